import { resolve } from "node:path";
import { accessHeaders } from "../../lib/config/mod.ts";
import { promoteModel } from "../../lib/evaluate/mod.ts";
import { retireFunction } from "../../lib/endpoints/mod.ts";
import { promote, type Promoted } from "../../lib/functions/mod.ts";
import { endpointPins, type Workbench } from "../../lib/workbench/mod.ts";
import { decisionFinder } from "../serving/mod.ts";
import { diffText, diffVersions, readVersion, versionText } from "./function_version.ts";
import { replayDecision } from "./replay_decision.ts";
import { textTable } from "./text_table.ts";
import type { Answer } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** How to promote. */
export interface PromoteCellOptions {
  /** Accepts a working tree with changes; the version is marked. */
  allowDirty: boolean;
  /** Who promotes it. */
  by: string;
  /** Why. */
  why: string;
}

/**
 * Promotes one function from a notebook of the workbench.
 *
 * @param workbench the open workbench
 * @param notebook path of the notebook
 * @param name name of the exported function
 * @param options who, why, and whether changes are accepted
 * @returns the version
 */
export async function promoteCell(
  workbench: Workbench,
  notebook: string,
  name: string,
  options: PromoteCellOptions,
): Promise<Promoted> {
  const parts = {
    store: await workbench.store(),
    control: await workbench.control(),
    models: await workbench.models(),
  };
  return await promote({ notebook: resolve(notebook), name, root: workbench.settings.root, ...options }, parts);
}

/** The verb `promote`. */
export const promoteFunction = withWorkbench(async (workbench, { args, options }) => {
  const what = args[0]!;
  const why = typeof options.why === "string" ? options.why : "asked on the command line";
  if (what.startsWith("model:")) return await promoteVersion(workbench, what.slice("model:".length), why);
  const [notebook, name] = what.split("#") as [string, string | undefined];
  if (!name) {
    const isModel = /^[^/#]+@[\w-]+$/.test(what);
    const how = isModel ? `a model is model:${what}` : "name the function behind #";
    throw new RangeError(`Cannot promote "${what}" as it must be NOTEBOOK#FUNCTION or model:NAME@VERSION; ${how}`);
  }
  const { hash, examples, changed } = await promoteCell(workbench, notebook, name, {
    allowDirty: options.allowDirty === true,
    by: "command line",
    why,
  });
  const text = changed
    ? `${name}@${hash.slice(0, 12)}, ${examples} examples replayed`
    : `${name}@${hash.slice(0, 12)}, as before`;
  return { json: { name, hash, examples, changed }, text };
});

async function promoteVersion(workbench: Workbench, ref: string, why: string): Promise<Answer> {
  const parts = { control: await workbench.control(), pins: endpointPins(workbench) };
  const done = await promoteModel(ref, parts, { by: "command line", why });
  const { name, version, digest, previous, offset, changed } = done;
  const was = previous === null || !changed ? "" : `, before it version ${previous}`;
  const text =
    `model ${name}@${version} (${digest.slice(0, 12)}) ${changed ? "is promoted" : "is promoted, as before"}` +
    `${was}; it answers POST /v2/models/${name}/infer`;
  return { json: { model: name, version, digest, previous, offset, changed }, text };
}

/** The verb `function list`. */
export const functionList = withWorkbench(async (workbench) => {
  const { functions } = await (await workbench.control()).state();
  const rows = Object.entries(functions).map(([name, { hash, history }]) => ({
    function: name,
    newest: hash.slice(0, 12),
    promotions: history.length,
  }));
  return { json: rows, text: textTable(rows) };
});

/** The verb `function show`. */
export const functionShow = withWorkbench(async (workbench, { args }) => {
  const { hash } = await findVersion(workbench, args[0]!);
  const facts = await readVersion(await workbench.store(), hash);
  return { json: JSON.parse(JSON.stringify(facts)), text: versionText(facts) };
});

/** The verb `function diff`. */
export const functionDiff = withWorkbench(async (workbench, { args }) => {
  const store = await workbench.store();
  const read = async (ref: string) => await readVersion(store, (await findVersion(workbench, ref)).hash);
  const diff = diffVersions(await read(args[0]!), await read(args[1]!));
  return { json: JSON.parse(JSON.stringify(diff)), text: diffText(diff) };
});

/** The verb `function retire`. */
export const functionRetire = withWorkbench(async (workbench, { args, options }) => {
  const ref = args[0]!;
  const { name, hash, hashes } = await findVersion(workbench, ref);
  const gone = ref.includes("@") ? [hash] : hashes;
  const why = typeof options.why === "string" ? options.why : "asked on the command line";
  const parts = { store: await workbench.store(), control: await workbench.control() };
  await retireFunction(name, gone, parts, { by: "command line", why });
  const text = `${name}: retired ${
    gone.map((each) => each.slice(0, 12)).join(", ")
  }; promote it again to bring it back`;
  return { json: { name, retired: gone }, text };
});

/** The verb `function replay`. */
export const functionReplay = withWorkbench(async (workbench, { args }) => {
  const id = args[0]!;
  const parts = { bus: await workbench.bus(), store: await workbench.store() };
  const decision = await decisionFinder(parts)(id);
  if (decision === null) throw new RangeError(`Cannot replay decision "${id}" as neither bus nor lake has it`);
  const { equal, output, steps } = await replayDecision(decision, parts.store);
  const lines = steps.map(({ step, outcome, replayed }) => `${step} was ${outcome}: ${replayed}`);
  const text = [...lines, `${id}: ${equal ? "equal" : "not equal"}`].join("\n");
  return {
    json: { decision: id, equal, output, steps: steps.map((step) => ({ ...step })) },
    text,
    exitCode: equal ? 0 : 1,
  };
});

/** The verb `function call`. */
export const functionCall = withWorkbench(async (workbench, { args }) => {
  const [ref, body] = args as [string, string];
  const { hash } = await findVersion(workbench, ref);
  const { hostname, port } = workbench.settings.listen.serving;
  const url = `http://${hostname}:${port}/v1/functions/${ref.split("@")[0]}@${hash}`;
  const response = await ask(url, body);
  const json = await response.json();
  if (!response.ok) throw new Error(`Cannot call "${ref}": ${json.detail ?? json.title ?? response.status}`);
  return { json, text: JSON.stringify(json, null, 2) };
});

async function ask(url: string, body: string): Promise<Response> {
  try {
    const headers = { "content-type": "application/json", ...accessHeaders() };
    return await fetch(url, { method: "POST", headers, body });
  } catch (cause) {
    throw new Error(`Cannot reach the serving plane at ${new URL(url).origin}: start it with "boathouse start"`, {
      cause,
    });
  }
}

/** A promoted version by `name` or `name@` and the beginning of its hash, and all versions of that name. */
async function findVersion(
  workbench: Workbench,
  ref: string,
): Promise<{ name: string; hash: string; hashes: string[] }> {
  const [name, wanted] = ref.split("@") as [string, string | undefined];
  const { functions } = await (await workbench.control()).state();
  const found = Object.hasOwn(functions, name) ? functions[name]! : null;
  if (!found) {
    throw new RangeError(`Cannot find function "${name}" as none of that name is promoted: boathouse function list`);
  }
  const hashes = [...new Set(found.history.map((each) => each.hash))];
  const matching = wanted === undefined ? [found.hash] : hashes.filter((hash) => hash.startsWith(wanted));
  if (matching.length === 1) return { name, hash: matching[0]!, hashes };
  const many = matching.length > 1 ? "several versions begin" : "no version begins";
  throw new RangeError(
    `Cannot find function "${ref}" as ${many} so: it has ${hashes.map((each) => each.slice(0, 12)).join(", ")}`,
  );
}
