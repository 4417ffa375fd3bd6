import { dirname, join } from "node:path";
import { type EvaluationSpec, loadProduct, type Threshold } from "../config/mod.ts";
import { dataTablesOf, diffRecord, diffValue, type Notebook, orProblem, type ValueChange } from "../notebook/mod.ts";
import type { ReviewSide } from "./_review_side.ts";

/** A metric of a model, as the product's evaluation notebook shows it in a table. */
export interface MetricReview {
  /** The product. */
  product: string;
  /** The model with its version, as the table names it, such as `flight-delay@2`. */
  model: string;
  /** The metric and its values, which are equal where only the bound changed. */
  value: ValueChange;
  /** Whether the new value keeps to the bound; null without a bound or a value. */
  holds: boolean | null;
  /** The bound in words, such as `at most 28`; empty without one. */
  bound: string;
}

/** A bound of product.yaml that is another one. */
export interface ThresholdReview {
  /** The product. */
  product: string;
  /** The model. */
  model: string;
  /** The metric. */
  metric: string;
  /** The old bound; empty where there was none. */
  old: string;
  /** The new bound; empty where there is none. */
  new: string;
}

/** What evaluations say. */
export interface Evaluations {
  metrics: MetricReview[];
  thresholds: ThresholdReview[];
  /** What could not be read. */
  problems: string[];
}

/** Compares bounds of products and the metrics that their evaluation notebooks show. */
export async function reviewMetrics(was: ReviewSide, now: ReviewSide): Promise<Evaluations> {
  const [old, recent] = [await readSide(was), await readSide(now)];
  const keys = [...new Set([...old.evaluations.keys(), ...recent.evaluations.keys()])].sort();
  const both = keys.map((key) => [old.evaluations.get(key), recent.evaluations.get(key)] as const);
  return {
    metrics: both.flatMap(([a, b]) => compareMetrics(a, b)),
    thresholds: both.flatMap(([a, b]) => compareThresholds(a, b)),
    problems: [...new Set([...old.problems, ...recent.problems])],
  };
}

interface Evaluation extends EvaluationSpec {
  product: string;
  /** Values by metric, by the name that the table gives to the model. */
  values: Map<string, Record<string, number>>;
}

async function readSide(side: ReviewSide): Promise<{ evaluations: Map<string, Evaluation>; problems: string[] }> {
  const evaluations = new Map<string, Evaluation>();
  const problems: string[] = [];
  for (const file of side.list("/product.yaml")) {
    const read = await orProblem(() => loadProduct(join(side.root, file), { readFile: side.readFile }));
    if (!read.value) problems.push(read.problem);
    for (const spec of read.value?.evaluations ?? []) {
      const { notebook } = await side.version(join(dirname(file), spec.notebook));
      const values = notebook ? metricsOf(notebook, spec) : new Map();
      evaluations.set(`${file} ${spec.model}`, { ...spec, product: read.value!.name, values });
    }
  }
  return { evaluations, problems };
}

/** Rows that a text names after the model, in tables with a column of one of the metrics. */
function metricsOf(notebook: Notebook, { model, thresholds }: EvaluationSpec): Evaluation["values"] {
  const found: Evaluation["values"] = new Map();
  for (const row of dataTablesOf(notebook).flatMap(({ data }) => data)) {
    const name = Object.values(row).find((value) => typeof value === "string" && value.split("@")[0] === model);
    const bounded = Object.keys(thresholds).some((metric) => typeof row[metric] === "number");
    if (typeof name !== "string" || !bounded) continue;
    const numbers = Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === "number");
    found.set(name, { ...Object.fromEntries(numbers), ...found.get(name) });
  }
  return found;
}

function compareMetrics(was: Evaluation | undefined, now: Evaluation | undefined): MetricReview[] {
  const { product, thresholds } = (now ?? was)!;
  const models = [...new Set([...was?.values.keys() ?? [], ...now?.values.keys() ?? []])].sort();
  const bounded = (metric: string) => Object.hasOwn(thresholds, metric);
  return models.flatMap((model) => {
    const [old, recent] = [was?.values.get(model), now?.values.get(model)];
    // Of a version that is new or gone the bounded metrics are enough.
    const changed = diffRecord(old ?? {}, recent ?? {}).filter(({ name }) => (old && recent) || bounded(name));
    const judgedAnew = Object.keys(recent ?? {}).filter((metric) => {
      return boundOf(was, metric) !== boundOf(now, metric) && !changed.some(({ name }) => name === metric);
    }).map((metric): ValueChange => ({ name: metric, old: recent![metric]!, new: recent![metric]! }));
    return [...changed, ...judgedAnew].map((value) => {
      const threshold = bounded(value.name) ? thresholds[value.name] : undefined;
      const holds = threshold && typeof value.new === "number" ? keepsTo(threshold, value.new) : null;
      return { product, model, value, holds, bound: boundText(threshold) };
    });
  });
}

function boundOf(evaluation: Evaluation | undefined, metric: string): string {
  const { thresholds = {} } = evaluation ?? {};
  return Object.hasOwn(thresholds, metric) ? boundText(thresholds[metric]) : "";
}

function keepsTo({ atMost = Infinity, atLeast = -Infinity }: Threshold, value: number): boolean {
  return value <= atMost && value >= atLeast;
}

function boundText(threshold: Threshold | undefined): string {
  if (!threshold) return "";
  const { atMost, atLeast } = threshold;
  return [atLeast === undefined ? "" : `at least ${atLeast}`, atMost === undefined ? "" : `at most ${atMost}`]
    .filter((part) => part !== "").join(", ");
}

function compareThresholds(was: Evaluation | undefined, now: Evaluation | undefined): ThresholdReview[] {
  const { product, model } = (now ?? was)!;
  const metrics = [...new Set([...Object.keys(was?.thresholds ?? {}), ...Object.keys(now?.thresholds ?? {})])].sort();
  return metrics.flatMap((metric) => {
    const [old, recent] = [boundOf(was, metric), boundOf(now, metric)];
    return diffValue(metric, old, recent) ? [{ product, model, metric, old, new: recent }] : [];
  });
}
