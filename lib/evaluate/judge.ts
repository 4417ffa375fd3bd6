import type { Threshold } from "../config/mod.ts";

/** A metric with what is known of its precision. */
export interface Metric {
  /** The metric. */
  value: number;
  /** Lower end of its interval. */
  low?: number;
  /** Upper end of its interval. */
  high?: number;
  /** Rows that it was computed on. */
  n?: number;
}

/** Metrics by name. */
export type Metrics = Readonly<Record<string, Metric>>;

/** What a model is judged by. */
export interface JudgeOptions {
  /** Metrics that the evaluation logged of the model. */
  metrics: Metrics;
  /** Bounds by metric, as product.yaml has them. */
  thresholds: Readonly<Record<string, Threshold>>;
  /** Metrics, on the same rows, of the mean of the training rows; without them `*_vs_baseline` is taken as logged. */
  baseline?: Metrics;
  /** Metrics, on the same rows, of the version that alias `champion` names; null or absent when there is none. */
  champion?: Metrics | null;
}

/** How one bound was found to hold. */
export interface Check {
  /** Name of the metric. */
  metric: string;
  /** Its value; null when it is missing, or does not apply. */
  value: number | null;
  /** Whether the bound holds; one that does not apply holds. */
  holds: boolean;
  /** What was found, for people. */
  reason: string;
}

/** A verdict, and what it rests on. */
export interface Judgement {
  /** Whether all bounds hold. */
  verdict: "pass" | "fail";
  /** Names of the metrics whose bound does not hold. */
  failed: string[];
  /** The metrics, with the ratios that were computed. */
  metrics: Record<string, Metric>;
  /** One entry per bound. */
  checks: Check[];
}

/**
 * Judges a model by its metrics and the product's bounds. A bound on a metric that is missing or no finite number does
 * not hold. `X_vs_baseline` is X over the baseline's X; `X_vs_champion` is X over the champion's X, and does not apply
 * where there is no champion (docs/architecture.md, "Models").
 *
 * @param options metrics, bounds, and the metrics to compare with
 * @returns the verdict
 * @throws {RangeError} when there is no bound, or one names neither atMost nor atLeast
 * @example
 * ```ts
 * import { judge } from "./judge.ts";
 * const { verdict } = judge({ metrics: { rmse: { value: 27.1 } }, thresholds: { rmse: { atMost: 28 } } });
 * if (verdict !== "pass") throw new Error("unexpected");
 * ```
 */
export function judge({ metrics, thresholds, baseline, champion = null }: JudgeOptions): Judgement {
  const names = Object.keys(thresholds);
  if (names.length === 0) throw new RangeError("Cannot judge a model as it must have a threshold to meet: got none");
  const known: Record<string, Metric> = { ...metrics };
  for (const name of names) {
    const ratio = ratioOf(name, metrics, baseline, champion);
    if (ratio === null) continue;
    delete known[name];
    if (ratio !== undefined) known[name] = ratio;
  }
  const checks = names.map((name) => {
    if (name.endsWith(VS_CHAMPION) && !champion) {
      return { metric: name, value: null, holds: true, reason: "does not apply: no champion" };
    }
    return checkBound(name, Object.hasOwn(known, name) ? known[name]!.value : null, thresholds[name]!);
  });
  const failed = checks.filter(({ holds }) => !holds).map(({ metric }) => metric);
  return { verdict: failed.length === 0 ? "pass" : "fail", failed, metrics: known, checks };
}

/** End of the names of metrics that are ratios to the mean of the training rows. */
export const VS_BASELINE = "_vs_baseline";
const VS_CHAMPION = "_vs_champion";

/** null: the metric is taken as logged; undefined: it is a ratio that a part is missing of. */
function ratioOf(
  name: string,
  metrics: Metrics,
  baseline: Metrics | undefined,
  champion: Metrics | null,
): Metric | null | undefined {
  if (name.endsWith(VS_CHAMPION)) return divide(name.slice(0, -VS_CHAMPION.length), metrics, champion ?? {});
  if (name.endsWith(VS_BASELINE) && baseline) return divide(name.slice(0, -VS_BASELINE.length), metrics, baseline);
  return null;
}

function divide(name: string, metrics: Metrics, others: Metrics): Metric | undefined {
  if (!Object.hasOwn(metrics, name) || !Object.hasOwn(others, name)) return undefined;
  const { value, n } = metrics[name]!;
  return { value: value / others[name]!.value, ...(n === undefined ? {} : { n }) };
}

function checkBound(metric: string, value: number | null, { atMost, atLeast }: Threshold): Check {
  if (atMost === undefined && atLeast === undefined) {
    throw new RangeError(
      `Cannot judge a model as the threshold of "${metric}" must name atMost or atLeast: got neither`,
    );
  }
  if (value === null) return { metric, value, holds: false, reason: "missing" };
  if (!Number.isFinite(value)) return { metric, value, holds: false, reason: `${value} is no finite number` };
  if (atMost !== undefined && !(value <= atMost)) {
    return { metric, value, holds: false, reason: `${value} > ${atMost}` };
  }
  if (atLeast !== undefined && !(value >= atLeast)) {
    return { metric, value, holds: false, reason: `${value} < ${atLeast}` };
  }
  const bounds = [atMost === undefined ? "" : `at most ${atMost}`, atLeast === undefined ? "" : `at least ${atLeast}`];
  return { metric, value, holds: true, reason: `${value} is ${bounds.filter((bound) => bound !== "").join(" and ")}` };
}
