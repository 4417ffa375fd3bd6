import { relative } from "node:path";
import type { EvaluatedVersion } from "../../lib/evaluate/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { type Evaluated, evaluatedModels, evaluateOne, type EvaluationParts } from "../jobs/evaluations.ts";
import type { RunNotebook } from "./notebook_run.ts";
import { textTable } from "./text_table.ts";
import { type Action, UsageError } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** The verb `evaluate`. */
export function evaluate({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return withWorkbench(async (workbench, { args, options, note }) => {
    const parts = { workbench, runNotebook, note };
    const wanted = await findVersions(workbench, args[0]!, options);
    const adHoc = options.adHoc === true;
    const found = await evaluateAll(parts, wanted, adHoc);
    const { root } = workbench.settings;
    const rows = found.map(({ model, version, verdict, failed, isNew, report }) => ({
      model,
      version,
      verdict,
      failed: failed.join(", "),
      recorded: adHoc ? "no" : isNew ? "now" : "before",
      report: report === null ? "" : relative(root, report),
    }));
    return { json: rows, text: textTable(rows), exitCode: found.every(({ verdict }) => verdict === "pass") ? 0 : 1 };
  });
}

/** One version of one model. */
export interface Wanted {
  /** Product, notebook, thresholds. */
  one: Evaluated;
  /** Number of the version. */
  version: string;
}

/**
 * Evaluates versions one after the other; one that has its verdict keeps it, and its notebook does not run.
 *
 * @param parts workbench, runner
 * @param wanted the versions
 * @param adHoc whether no verdict is recorded
 * @returns verdicts in the same order
 * @throws {Error} when a notebook fails; verdicts before it stand
 */
export async function evaluateAll(
  parts: EvaluationParts,
  wanted: readonly Wanted[],
  adHoc = false,
): Promise<(EvaluatedVersion & { report: string | null })[]> {
  const found = [];
  for (const { one, version } of wanted) found.push(await evaluateOne(parts, one, version, { adHoc }));
  return found;
}

/**
 * Finds what is to be evaluated: one version of one model, or every version of all models of a product.
 *
 * @param workbench the open workbench
 * @param name the product
 * @param options `model` and `version`, as the command line has them
 * @returns the versions, oldest first, by model
 * @throws {RangeError} when there is no such product, model or version
 */
export async function findVersions(
  workbench: Workbench,
  name: string,
  { model, version }: { model?: unknown; version?: unknown } = {},
): Promise<Wanted[]> {
  const evaluated = findProduct(workbench.settings.root, name).filter(({ spec }) => {
    return model === undefined || spec.model === model;
  });
  if (evaluated.length === 0) {
    const names = findProduct(workbench.settings.root, name).map(({ spec }) => spec.model).join(", ");
    throw new RangeError(
      `Cannot evaluate model "${model}" as it must be one that product.yaml of "${name}" evaluates: ${names}`,
    );
  }
  if (version !== undefined && evaluated.length > 1) {
    const names = evaluated.map(({ spec }) => spec.model).join(", ");
    throw new UsageError(
      `Cannot evaluate version ${version} of product "${name}" as it has several models: add --model, one of ${names}`,
    );
  }
  const inventory = await (await workbench.models()).inventory();
  const wanted = evaluated.flatMap((one) => {
    const versions = [...inventory.get(one.spec.model)?.versions.keys() ?? []];
    return versions.filter((each) => version === undefined || each === version).map((each) => ({ one, version: each }));
  });
  if (wanted.length > 0) return wanted;
  const models = evaluated.map(({ spec }) => spec.model).join(", ");
  const what = version === undefined ? "a version of" : `version ${version} of`;
  throw new RangeError(
    `Cannot evaluate product "${name}" as ${what} ${models} must be registered: boathouse model list`,
  );
}

function findProduct(root: string, name: string): Evaluated[] {
  const all = evaluatedModels(root);
  const found = all.filter(({ product }) => product.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ product }) => product.name))].join(", ") || "none";
  throw new RangeError(
    `Cannot evaluate product "${name}" as it must be one of notebooks/ with an evaluation in its product.yaml: there is ${names}`,
  );
}
