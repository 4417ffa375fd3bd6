import type { MetricSpec } from "../config/mod.ts";
import { BUILT_IN_METRICS, type Revision } from "../endpoints/mod.ts";
import { hasTable, type Lake, type Pin } from "../lake/mod.ts";
import { analyse, type AnalyseOptions, type Analysis } from "./analyse.ts";
import { checkExpression } from "./check_expression.ts";
import { type Shapes, shapesSql, sumsSql, UNITS_SQL } from "./_decision_sql.ts";
import type { MetricSums } from "./sums.ts";

/** Which experiment is read. */
export interface ExperimentQuestion {
  /** Revision whose variants are compared. */
  revision: Revision;
  /** Metrics of the product by name. */
  metrics: Readonly<Record<string, MetricSpec>>;
  /** First moment that counts; all of it by default. */
  from?: Date | undefined;
  /** First moment that does not count any more. */
  to?: Date | undefined;
}

/** What was found of one arm. */
export interface ArmFound {
  /** Name of the variant. */
  name: string;
  /** Share of units that it is to get. */
  weight: number;
  /** Units that met this arm alone. */
  units: number;
  /** Those of them that were answered by a fallback at least once; they count all the same. */
  fallbacks: number;
}

/** How labels came. */
export interface LabelsFound {
  /** Decisions of the units that count. */
  decisions: number;
  /** Decisions by name of label that have one. */
  labelled: Record<string, number>;
  /** Those of them that have several, of which the last by `at` counts. */
  repeated: number;
  /** Decisions with labels of a time before the decision, which do not count. */
  early: number;
}

/** What an experiment says, and what it was read from. */
export interface ExperimentResults {
  /** Name of the endpoint. */
  endpoint: string;
  /** Digest of the revision. */
  revision: string;
  /** What is believed. */
  hypothesis: string;
  /** The metric that decides. */
  primary: string;
  /** Arms, the control first. */
  arms: ArmFound[];
  /** How labels came. */
  labels: LabelsFound;
  /** Statistics. */
  analysis: Analysis;
  /** Where the tables stood, so that the same can be read again. */
  pin: Pin;
}

const BUILT_IN_SQL: Readonly<Record<string, string>> = {
  latency_ms: "latencyMs",
  error_rate: "status = 'error'",
  fallback_rate: "status = 'fallback'",
};

/**
 * Reads an experiment from the lake: units from exposures, values from decisions and their labels, all at the lake's pinned
 * snapshot. A metric is the mean over decisions, and as those of one unit hang together, a quotient of sums by unit. A
 * unit's first exposure decides its arm; units that met several arms are counted and left out.
 *
 * @param lake the lake
 * @param question revision, metrics, time
 * @param options how sure to be
 * @returns the results
 * @throws {RangeError} when the endpoint has no experiment or no exposure, or a metric is unknown or more than an expression
 * @throws {SyntaxError} when a metric is no SQL
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { experimentResults } from "./experiment_results.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * const spec = {
 *   schema: 1 as const, endpoint: "e", product: "p", contract: 1, seed: "e", budgetMs: 9, logging: "buffered" as const,
 *   owner: "o", businessCase: "b", tasks: ["t"], variants: [{ name: "a", weight: 1, steps: [{ value: 1 }] }],
 *   experiment: { hypothesis: "h", primary: "latency_ms", guardrails: [] },
 * };
 * const question = { revision: { revision: "0".repeat(64), spec }, metrics: {} };
 * const error = await experimentResults(lake, question).catch((error) => error);
 * if (!error.message.includes("nobody was exposed yet")) throw error;
 * ```
 */
export async function experimentResults(
  lake: Lake,
  { revision: { revision, spec }, metrics, from = new Date(0), to = new Date(Date.UTC(9999, 0)) }: ExperimentQuestion,
  options: Omit<AnalyseOptions, "better" | "guardrails"> = {},
): Promise<ExperimentResults> {
  const { endpoint, experiment } = spec;
  if (!experiment) throw refuse(endpoint, 'its revision must have one: add "experiment" to its file and apply it');
  const names = [...new Set([experiment.primary, ...experiment.guardrails])];
  const sqls = await Promise.all(names.map((name) => sqlOf(lake, endpoint, name, metrics[name])));
  if (!await hasTable(lake, "exposure")) throw refuse(endpoint, "there must be an exposure: nobody was exposed yet");
  const params = [endpoint, revision, from.toISOString(), to.toISOString()];
  const units = (await lake.query<UnitsRow>(UNITS_SQL, params)).rows();
  if (units.length === 0) {
    throw refuse(endpoint, `revision ${revision.slice(0, 12)} must have an exposure: it has none`);
  }
  const hasLabels = await hasTable(lake, "label");
  const found = (await lake.query<ShapeRow>(shapesSql(hasLabels), params)).rows();
  const rows = (await lake.query<SumsRow>(sumsSql(sqls, shapesOf(found), hasLabels), params)).rows();
  const arms = spec.variants.map(({ name, weight }) => {
    const { units: count = 0, fallbacks = 0 } = units.find(({ arm }) => arm === name) ?? {};
    return { name, weight, units: count, fallbacks };
  });
  const sums = names.map((name, i) => sumsOf(name, i, arms.map((arm) => rows.find((row) => row.arm === arm.name))));
  const multiple = units.find(({ arm }) => arm === null)?.units ?? 0;
  return {
    endpoint,
    revision,
    hypothesis: experiment.hypothesis,
    primary: experiment.primary,
    arms,
    labels: labelsOf(found),
    analysis: analyse({ arms, metrics: sums, multiple }, {
      ...options,
      better: Object.fromEntries(names.map((name) => [name, metrics[name]?.better ?? "lower"])),
      guardrails: experiment.guardrails.filter((name) => name !== experiment.primary),
    }),
    pin: await lake.pin(["exposure", "inference", ...(hasLabels ? ["label"] : [])]),
  };
}

function refuse(endpoint: string, because: string): RangeError {
  return new RangeError(`Cannot read the experiment of endpoint "${endpoint}" as ${because}`);
}

async function sqlOf(lake: Lake, endpoint: string, name: string, metric: MetricSpec | undefined): Promise<string> {
  const builtIn = BUILT_IN_METRICS.includes(name) ? BUILT_IN_SQL[name] : undefined;
  if (builtIn !== undefined) return builtIn;
  if (metric === undefined) throw refuse(endpoint, `metric "${name}" must be in product.yaml: it is not`);
  await checkExpression(lake, name, metric.sql);
  return metric.sql;
}

interface UnitsRow {
  arm: string | null;
  units: number;
  fallbacks: number;
}

interface ShapeRow {
  part: "output" | "input" | "label" | "early";
  name: string | null;
  shape: string | null;
  decisions: number;
  repeated: number;
}

type SumsRow = { arm: string } & Record<string, number | null>;

function shapesOf(found: readonly ShapeRow[]): Shapes {
  const shape = ({ name, shape }: ShapeRow) => ({ name, type: shape ?? '"JSON"' });
  const one = (part: ShapeRow["part"]) => shape(found.find((row) => row.part === part)!);
  return {
    output: one("output"),
    input: one("input"),
    labels: found.filter(({ part }) => part === "label").map(shape),
  };
}

function labelsOf(found: readonly ShapeRow[]): LabelsFound {
  const labels = found.filter(({ part }) => part === "label");
  return {
    decisions: found.find(({ part }) => part === "output")!.decisions,
    labelled: Object.fromEntries(labels.map(({ name, decisions }) => [name, decisions])),
    repeated: labels.reduce((sum, { repeated }) => sum + repeated, 0),
    early: found.filter(({ part }) => part === "early").reduce((sum, { decisions }) => sum + decisions, 0),
  };
}

/** DuckDB gives averages of squares, so that numbers of any size are added up alike. */
function sumsOf(metric: string, i: number, rows: (SumsRow | undefined)[]): MetricSums {
  const column = (name: string) => rows.map((row) => row?.[name + i] ?? 0);
  const n = column("n");
  const total = (name: string) => column(name).map((average, arm) => average * n[arm]!);
  const other = { mean: column("om"), square: total("os"), product: total("op") };
  return { metric, kind: "ratio", n, mean: column("mean"), square: total("square"), other };
}
