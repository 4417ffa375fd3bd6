import { join, relative } from "node:path";
import { listProducts, type Product } from "../../lib/config/mod.ts";
import { judge, type RecordedVerdict, recordVerdict } from "../../lib/evaluate/mod.ts";
import type { InputRead } from "../../lib/lake/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { lakePaths } from "../../lib/config/mod.ts";
import type { Action } from "./verb.ts";
import { refuseFailed, type RunNotebook } from "./notebook_run.ts";
import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

/** The verdict on one version. */
export interface VersionVerdict {
  /** Name of the model. */
  model: string;
  /** Number of the version. */
  version: string;
  /** Whether all bounds hold. */
  verdict: "pass" | "fail";
  /** Metrics whose bound does not hold. */
  failed: string[];
  /** Whether it is of this run. */
  isNew: boolean;
}

/** The run of an evaluation's notebook. */
export interface EvaluationRun {
  /** Id of the run. */
  run: string;
  /** What it read. */
  inputs: readonly InputRead[];
  /** When it began, milliseconds since 1970. */
  sinceMs: number;
}

/**
 * Computes and records the verdicts on all versions of a product's models, from the metrics that a run logged. A version
 * that has its verdict keeps it.
 *
 * @param workbench the open workbench
 * @param product the product
 * @param run the run of its evaluation notebook
 * @returns verdicts by model and version
 */
export async function recordVerdicts(
  workbench: Workbench,
  product: Product,
  run: EvaluationRun,
): Promise<VersionVerdict[]> {
  const [store, bus, models] = [await workbench.store(), await workbench.bus(), await workbench.models()];
  const done: VersionVerdict[] = [];
  for (const { model, notebook, thresholds } of product.evaluations) {
    for (const { version } of await models.versions(model)) {
      const recorded: RecordedVerdict = await recordVerdict({
        store,
        bus,
        models,
        key: workbench.key,
        model: `${model}@${version}`,
        thresholds,
        notebook: relative(workbench.settings.root, join(product.folder, notebook)),
        ...run,
      });
      const { verdict, failed, isNew } = recorded;
      done.push({ model, version, verdict, failed, isNew });
    }
  }
  return done;
}

/** The verb `evaluate`. */
export function evaluate({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return withWorkbench(async (workbench, { args, options }) => {
    const product = findProduct(workbench, args[0]!);
    const sinceMs = Date.now();
    const { run, inputs } = await runEvaluations(workbench, product, runNotebook);
    const verdicts = options.adHoc
      ? await judgeAll(workbench, product)
      : await recordVerdicts(workbench, product, { run, inputs, sinceMs });
    const rows = verdicts.map(({ model, version, verdict, failed, isNew }) => ({
      model,
      version,
      verdict,
      failed: failed.join(", "),
      recorded: options.adHoc ? "no" : isNew ? "now" : "before",
    }));
    const exitCode = verdicts.every(({ verdict }) => verdict === "pass") ? 0 : 1;
    return { json: rows, text: textTable(rows), exitCode };
  });
}

function findProduct(workbench: Workbench, name: string): Product {
  const products = listProducts(workbench.settings.root);
  const found = products.find((product) => product.name === name);
  if (found && found.evaluations.length > 0) return found;
  const why = found
    ? "has no evaluation in its product.yaml"
    : `must be one of notebooks/: there is ${products.map((each) => each.name).join(", ") || "none"}`;
  throw new RangeError(`Cannot evaluate product "${name}" as it ${why}`);
}

async function runEvaluations(workbench: Workbench, product: Product, runNotebook: RunNotebook) {
  const { root } = workbench.settings;
  const run = crypto.randomUUID();
  const folder = join(lakePaths(workbench.settings).runs, `evaluate-${run}`);
  await Deno.mkdir(folder, { recursive: true });
  const inputs: InputRead[] = [];
  for (const notebook of new Set(product.evaluations.map((each) => each.notebook))) {
    const file = join(product.folder, notebook);
    const report = await runNotebook(file, { root, out: join(folder, notebook) });
    refuseFailed(report, relative(root, file));
    inputs.push(...report.cells.flatMap((cell) => cell.inputs));
  }
  return { run, inputs };
}

async function judgeAll(workbench: Workbench, product: Product): Promise<VersionVerdict[]> {
  const models = await workbench.models();
  const all = await Promise.all(
    product.evaluations.map(async ({ model, thresholds }) =>
      (await models.versions(model)).map(({ version, evaluation }) => {
        const { verdict, failed } = judge({ metrics: evaluation, thresholds });
        return { model, version, verdict, failed, isNew: true };
      })
    ),
  );
  return all.flat();
}
