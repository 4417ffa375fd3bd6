import type { ModelState } from "../../lib/control/mod.ts";
import type { Product } from "../../lib/config/mod.ts";
import type { Models } from "../../lib/models/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { explain } from "../commands/explain.ts";
import type { Finding } from "./finding.ts";

/** How many versions are named that wait for a verdict. */
const NAMED = 5;

/**
 * Loads each promoted model, whose content is hashed on the way.
 *
 * @param models the registry
 * @param promoted what is promoted, by name of the model
 * @returns a finding for each
 */
export async function promotedModels(
  models: Models,
  promoted: Readonly<Record<string, ModelState>>,
): Promise<Omit<Finding, "part">[]> {
  const found: Omit<Finding, "part">[] = [];
  for (const [name, state] of Object.entries(promoted)) found.push(await promotedModel(models, name, state));
  return found;
}

async function promotedModel(
  models: Models,
  model: string,
  { version, digest, by }: ModelState,
): Promise<Omit<Finding, "part">> {
  const name = `promoted ${model}@${version}`;
  try {
    await using held = await models.hold(`${model}@${version}`);
    if (held.digest === digest) {
      return { name, state: "proved", detail: `by ${by}; its artefacts load and have the digest ${short(digest)}` };
    }
    const detail = `the registry holds other content (${short(held.digest)}) than was promoted (${short(digest)}): ` +
      `promote a version of now, boathouse promote model:${model}@VERSION`;
    return { name, state: "broken", detail };
  } catch (error) {
    return { name, state: "broken", detail: explain(error) };
  }
}

/**
 * Tells which versions of the models that products evaluate have no verdict.
 *
 * @param models the registry
 * @param store the store that holds the lake, and the verdicts
 * @param products the products of the workbench
 * @returns a finding for each model that is evaluated
 */
export async function waitingVersions(
  models: Models,
  store: Store,
  products: readonly Product[],
): Promise<Omit<Finding, "part">[]> {
  const wanted = products.flatMap(({ name, evaluations }) =>
    evaluations.map(({ model }) => ({ model, product: name }))
  );
  if (wanted.length === 0) return [];
  const { verdictPath } = await import("../../lib/models/mod.ts");
  const verdicts = await listPaths(store, verdictPath({ name: "", version: "", digest: "" }).replace(/[^/]*$/, ""));
  const inventory = await models.inventory();
  const found: Omit<Finding, "part">[] = [];
  for (const { model, product } of wanted) {
    const { versions = new Map(), failed = new Map() } = inventory.get(model) ?? {};
    const waiting: string[] = [];
    for (const [version, noted] of versions) {
      const digest = noted ?? await digestOf(models, `${model}@${version}`);
      if (digest !== null && verdicts.has(verdictPath({ name: model, version, digest }))) continue;
      if (failed.has(version)) found.push(failedEvaluation(`${model}@${version}`, product, failed.get(version)!));
      else waiting.push(version);
    }
    found.push(verdictsOn(model, product, versions.size, waiting));
  }
  return found;
}

function failedEvaluation(ref: string, product: string, reason: string): Omit<Finding, "part"> {
  const [model, version] = ref.split("@");
  const again = `boathouse evaluate ${product} --model ${model} --version ${version}`;
  return { name: `evaluation of ${ref}`, state: "broken", detail: `failed: ${reason}; mend it, then run ${again}` };
}

function verdictsOn(model: string, product: string, count: number, waiting: string[]): Omit<Finding, "part"> {
  const name = `verdicts on ${model}`;
  if (count === 0) {
    return { name, state: "promised", detail: "no version is registered yet: run the notebook that logs it" };
  }
  if (waiting.length === 0) return { name, state: "proved", detail: `all of ${count} versions have one` };
  const newest = waiting.slice(-NAMED).toReversed().join(", ");
  const more = waiting.length > NAMED ? ` and ${waiting.length - NAMED} older` : "";
  const what = waiting.length === 1
    ? `version ${newest} of ${count} waits`
    : `versions ${newest}${more} of ${count} wait`;
  const detail = `${what} for one: the role jobs gives it, or boathouse evaluate ${product}`;
  return { name, state: "promised", detail };
}

async function listPaths(store: Store, folder: string): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { path } of store.list(folder)) found.add(path);
  return found;
}

/** Of a version that others logged nobody has noted the digest; one that cannot be read has no verdict. */
async function digestOf(models: Models, ref: string): Promise<string | null> {
  return await models.get(ref).then(({ digest }) => digest, () => null);
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
