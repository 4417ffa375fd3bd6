import { basename, join, relative } from "node:path";
import { type EvaluationSpec, lakePaths, listProducts, type Product } from "../../lib/config/mod.ts";
import {
  alertOnce,
  type EvaluatedVersion,
  evaluateVersion,
  type ModelWatch,
  tellMovedAliases,
  watchModels,
} from "../../lib/evaluate/mod.ts";
import { failedTag, VERDICT_TAG } from "../../lib/models/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { explain } from "../commands/explain.ts";
import type { RunNotebook } from "../commands/notebook_run.ts";
import { runProductNotebook } from "../commands/product_run.ts";

/** One model of a product, and what it must pass. */
export interface Evaluated {
  /** The product. */
  product: Product;
  /** Notebook, model, thresholds. */
  spec: EvaluationSpec;
}

/** How versions are evaluated. */
export interface EvaluationParts {
  /** The open workbench. */
  workbench: Workbench;
  /** Runs a notebook; it lives with the kernel. */
  runNotebook: RunNotebook;
  /** Says what is being done, a line each. */
  note: (line: string) => void;
}

/** A version whose evaluation fails is left alone after so many attempts, until this process starts anew. */
const ATTEMPTS = 3;

/**
 * Runs the evaluation notebook of a product for one version, into a copy under `lake/runs/` with its report, and records
 * the verdict.
 *
 * @param parts workbench, runner
 * @param evaluated product, notebook, thresholds
 * @param version number of the version
 * @param options `adHoc` records no verdict
 * @returns the verdict
 * @throws {Error} when a cell fails, with the cell and its error
 */
export async function evaluateOne(
  { workbench, runNotebook, note }: EvaluationParts,
  { product, spec }: Evaluated,
  version: string,
  { adHoc = false }: { adHoc?: boolean } = {},
): Promise<EvaluatedVersion & { report: string | null }> {
  const [store, bus, models] = [await workbench.store(), await workbench.bus(), await workbench.models()];
  const { root } = workbench.settings;
  const file = join(product.folder, spec.notebook);
  let report: string | null = null;
  const found = await evaluateVersion({
    store,
    bus,
    models,
    key: workbench.key,
    model: `${spec.model}@${version}`,
    thresholds: spec.thresholds,
    notebook: relative(root, file),
    adHoc,
    runNotebook: async (parameters) => {
      note(`evaluate ${spec.model}@${version} by ${relative(root, file)}`);
      const folder = await runFolder(workbench, `${spec.model}-${version}`);
      const run = await runProductNotebook({ root, file, folder, parameters, runNotebook });
      report = run.report;
      return { run: basename(folder), inputs: run.inputs };
    },
  });
  return { ...found, report };
}

/** Time-ordered and unique, so that runs never share a folder. */
async function runFolder(workbench: Workbench, name: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
  const unique = crypto.randomUUID().slice(0, 8);
  const folder = join(lakePaths(workbench.settings).runs, `evaluate-${name}-${stamp}-${unique}`);
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

/** All models of all products that are evaluated. */
export function evaluatedModels(root: string): Evaluated[] {
  return listProducts(root).flatMap((product) => product.evaluations.map((spec) => ({ product, spec })));
}

/** The one trigger of this version: what is registered is evaluated. */
export interface EvaluationJob {
  /**
   * Tells the bus what has changed in the registry, and evaluates each version that has no verdict. What fails is tried
   * again by later calls, three times in all; then it is an alert.
   */
  round(signal: AbortSignal): Promise<EvaluatedVersion[]>;
}

/**
 * Makes the job that evaluates what is registered.
 *
 * @param parts workbench, runner
 * @returns the job
 */
export async function evaluationJob(parts: EvaluationParts): Promise<EvaluationJob> {
  const { workbench, note } = parts;
  const watch = watchModels({ bus: await workbench.bus(), models: await workbench.models(), key: workbench.key });
  const failures = new Map<string, number>();
  const done = new Set<string>(), toldMoves = new Set<string>();
  return {
    round: async (signal) => {
      const { changes, unread } = await watch.reconcile();
      for (const { model, version, action, alias } of changes) {
        note(`model ${model}@${version} ${alias === undefined ? action : `${alias} ${action}`}`);
      }
      const evaluated = evaluatedModels(workbench.settings.root);
      await tellAliases(parts, watch, evaluated, toldMoves);
      for (const { model, reason } of unread) await giveUp(parts, evaluated, model, reason, failures);
      const found: EvaluatedVersion[] = [];
      for (const { one, version, ref } of pending(watch, evaluated)) {
        if (signal.aborted || done.has(ref) || (failures.get(ref) ?? 0) >= ATTEMPTS) continue;
        const verdict = await attempt(parts, one, version, failures);
        if (!verdict) continue;
        done.add(ref);
        if (!verdict.isNew) continue;
        note(
          `verdict on ${ref}: ${verdict.verdict}${verdict.failed.length > 0 ? ` (${verdict.failed.join(", ")})` : ""}`,
        );
        found.push(verdict);
      }
      return found;
    },
  };
}

/** What answers from a version that an alias left goes on so: people are told. */
async function tellAliases(
  { workbench, note }: EvaluationParts,
  watch: ModelWatch,
  evaluated: readonly Evaluated[],
  told: Set<string>,
): Promise<void> {
  const ownerOf = (model: string) => evaluated.find(({ spec }) => spec.model === model)?.product ?? null;
  const [bus, store, control] = [await workbench.bus(), await workbench.store(), await workbench.control()];
  const around = { bus, store, control, key: workbench.key, ownerOf, told };
  for (const { alias, version, user, changes } of await tellMovedAliases(watch.known(), around)) {
    const proposed = changes.length === 0 ? "" : `; proposed is ${changes.join(", ")}`;
    note(`alias ${alias} names version ${version}, ${user} answers as before${proposed}`);
  }
}

function pending(watch: ModelWatch, evaluated: readonly Evaluated[]) {
  return evaluated.flatMap((one) => {
    const versions = [...watch.known().versions.get(one.spec.model)?.keys() ?? []];
    return versions.map((version) => ({ one, version, ref: `${one.spec.model}@${version}` }));
  });
}

async function attempt(
  parts: EvaluationParts,
  one: Evaluated,
  version: string,
  failures: Map<string, number>,
): Promise<EvaluatedVersion | null> {
  const ref = `${one.spec.model}@${version}`;
  try {
    return await evaluateOne(parts, one, version);
  } catch (error) {
    const count = (failures.get(ref) ?? 0) + 1;
    failures.set(ref, count);
    parts.note(`cannot evaluate ${ref}, attempt ${count} of ${ATTEMPTS}: ${explain(error)}`);
    if (count >= ATTEMPTS) await tell(parts, one, ref, explain(error), count);
    return null;
  }
}

/** What cannot be read is not tried again. */
async function giveUp(
  parts: EvaluationParts,
  evaluated: readonly Evaluated[],
  ref: string,
  reason: string,
  failures: Map<string, number>,
): Promise<void> {
  const one = evaluated.find(({ spec }) => ref.startsWith(`${spec.model}@`));
  if (!one || failures.has(ref)) return;
  failures.set(ref, ATTEMPTS);
  parts.note(`cannot evaluate ${ref}: ${reason}`);
  await tell(parts, one, ref, reason, 1);
}

async function tell(
  { workbench, note }: EvaluationParts,
  { product }: Evaluated,
  ref: string,
  reason: string,
  attempts: number,
): Promise<void> {
  await (await workbench.models()).setTag(ref, VERDICT_TAG, failedTag(reason))
    .catch((error) => note(`cannot note on ${ref} that its evaluation fails: ${explain(error)}`));
  await alertOnce({ bus: await workbench.bus(), key: workbench.key }, {
    alert: "evaluation-failed",
    rule: ref,
    runbook: `${ref} has no verdict: ${reason}. Mend it, then run "boathouse evaluate ${product.name}".`,
    value: attempts,
    threshold: ATTEMPTS,
    query: `SELECT * FROM model WHERE model = '${ref.split("@")[0]}'`,
    product,
  });
}
