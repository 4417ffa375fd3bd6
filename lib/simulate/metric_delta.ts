import type { MetricSpec } from "../config/mod.ts";
import type { Json } from "../events/mod.ts";
import { type Estimate, estimateMean } from "../stats/mod.ts";

/** An answer with what it should have been: what a metric is computed from. */
export interface MetricRow {
  /** The request. */
  input: Json;
  /** The answer; null when there was none. */
  output: Json;
  /** Labels by name. */
  label: Readonly<Record<string, Json>>;
}

/** Computes a metric's SQL for rows, in their order; null where it has no value. */
export type MeasureRows = (name: string, spec: MetricSpec, rows: readonly MetricRow[]) => Promise<(number | null)[]>;

/** How a metric changes on labelled decisions. */
export interface MetricDelta {
  /** Name of the metric. */
  metric: string;
  /** Its unit. */
  unit: string;
  /** Direction of improvement. */
  better: MetricSpec["better"];
  /** Decisions with a value on both sides. */
  n: number;
  /** Mean of the active revision. */
  base: number;
  /** Mean of the candidate. */
  candidate: number;
  /** Paired difference with its 95 % interval; decisions of one unit count as one. */
  difference: Estimate;
  /** What the difference is worth per decision, by currency: more than 0 costs more. */
  money: Record<string, Estimate>;
}

/** A metric that could not be compared. */
export interface NoDelta {
  /** Name of the metric. */
  metric: string;
  /** Why. */
  reason: string;
}

/** A labelled decision under both revisions. */
export interface LabelledPair {
  /** Who was assigned, or the decision where nobody is. */
  unit: string;
  /** The active answer. */
  base: MetricRow;
  /** The candidate's answer. */
  candidate: MetricRow;
}

/**
 * Compares metrics of a product between two revisions, decision by decision.
 *
 * @param metrics metrics by name
 * @param pairs labelled decisions
 * @param measure computes a metric
 * @returns a difference per metric, or why there is none
 */
export async function compareMetrics(
  metrics: Readonly<Record<string, MetricSpec>>,
  pairs: readonly LabelledPair[],
  measure: MeasureRows,
): Promise<(MetricDelta | NoDelta)[]> {
  const rows = [...pairs.map(({ base }) => base), ...pairs.map(({ candidate }) => candidate)];
  const found: (MetricDelta | NoDelta)[] = [];
  for (const [name, spec] of Object.entries(metrics)) {
    try {
      const values = pairs.length === 0 ? [] : await measure(name, spec, rows);
      found.push(deltaOf(name, spec, pairs, values));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      found.push({ metric: name, reason: error.message.split("\n")[0]! });
    }
  }
  return found;
}

function deltaOf(
  metric: string,
  { unit, better, perUnit = {} }: MetricSpec,
  pairs: readonly LabelledPair[],
  values: readonly (number | null)[],
): MetricDelta | NoDelta {
  const both = pairs.flatMap((pair, i) => {
    const [base, candidate] = [values[i], values[i + pairs.length]];
    return typeof base === "number" && typeof candidate === "number" ? [{ unit: pair.unit, base, candidate }] : [];
  });
  const n = both.length;
  if (n === 0) return { metric, reason: "no decision with a label has a value under both revisions" };
  const difference = { ...byUnit(both), n };
  const mean = (side: "base" | "candidate") => both.reduce((sum, each) => sum + each[side], 0) / n;
  const money = Object.entries(perUnit).map(([currency, price]) => [currency, times(difference, price)] as const);
  return {
    metric,
    unit,
    better,
    n,
    base: mean("base"),
    candidate: mean("candidate"),
    difference,
    money: Object.fromEntries(money),
  };
}

/** Quotient of sums by unit; its interval by the delta method (Deng et al., KDD 2018, section 3.1). */
function byUnit(both: readonly { unit: string; base: number; candidate: number }[]): Estimate {
  const units = new Map<string, { sum: number; n: number }>();
  for (const { unit, base, candidate } of both) {
    const { sum, n } = units.get(unit) ?? { sum: 0, n: 0 };
    units.set(unit, { sum: sum + candidate - base, n: n + 1 });
  }
  const all = [...units.values()];
  const ratio = all.reduce((total, { sum }) => total + sum, 0) / both.length;
  const perUnit = both.length / all.length;
  return estimateMean(all.map(({ sum, n }) => ratio + (sum - ratio * n) / perUnit));
}

function times({ value, low, high, n }: Estimate, factor: number): Estimate {
  const [one, other] = [low * factor, high * factor];
  return { value: value * factor, low: Math.min(one, other), high: Math.max(one, other), n };
}
