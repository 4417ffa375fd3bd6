import type { Series } from "../stats/mod.ts";

/** How a metric's value per arm is made of its units: a mean, a share of units, or a quotient of two sums. */
export type MetricKind = "mean" | "proportion" | "ratio";

/**
 * What one metric's units add up to, a column per figure and a row per arm. Squares and products are sums of deviations
 * from the arm's own mean, so that values far from 0 lose no digits.
 */
export interface MetricSums {
  /** Name of the metric. */
  metric: string;
  /** How its value is made. */
  kind: MetricKind;
  /** Units that have a value. */
  n: Series;
  /** Means of the values; of a ratio, of its numerator. */
  mean: Series;
  /** Sums of squared deviations of the values. */
  square: Series;
  /** Of a ratio the denominator, of other kinds the same metric of the same units before the experiment. */
  other?: {
    /** Means. */
    mean: Series;
    /** Sums of squared deviations. */
    square: Series;
    /** Sums of products of the deviations of both. */
    product: Series;
  };
}

/**
 * Adds up the values of units, in two passes.
 *
 * @param metric name and kind of the metric
 * @param arm row of each unit's arm
 * @param values value of each unit
 * @param options `arms` is the number of arms, `other` the second value of each unit
 * @returns the sums
 * @throws {RangeError} when columns differ in length, or a unit's arm is none
 * @example
 * ```ts
 * import { addUp } from "./sums.ts";
 * const { mean, square } = addUp({ metric: "minutes", kind: "mean" }, [0, 0, 1], [1, 3, 5], { arms: 2 });
 * if (mean[0] !== 2 || square[0] !== 2 || mean[1] !== 5) throw new Error("unexpected");
 * ```
 */
export function addUp(
  metric: Pick<MetricSums, "metric" | "kind">,
  arm: Series,
  values: Series,
  { arms, other }: { arms: number; other?: Series },
): MetricSums {
  checkColumns(metric.metric, arms, arm, [values, ...(other ? [other] : [])]);
  const n = perArm(arms, arm, () => 1);
  const mean = meansOf(n, arm, values);
  const square = perArm(arms, arm, (row, i) => (values[row]! - mean[i]!) ** 2);
  if (other === undefined) return { ...metric, n, mean, square };
  const otherMean = meansOf(n, arm, other);
  return {
    ...metric,
    n,
    mean,
    square,
    other: {
      mean: otherMean,
      square: perArm(arms, arm, (row, i) => (other[row]! - otherMean[i]!) ** 2),
      product: perArm(arms, arm, (row, i) => (values[row]! - mean[i]!) * (other[row]! - otherMean[i]!)),
    },
  };
}

/**
 * Adds the sums of further units to those of earlier ones, none of whom is in both (Chan, Golub, LeVeque, Updating
 * formulae and a pairwise algorithm for computing sample variances, 1979, 2.1).
 *
 * @param one sums of some units
 * @param more sums of other units of the same metric and arms
 * @returns the sums of all
 * @throws {RangeError} when the metric, its kind or its arms differ, or only one has a second value
 * @example
 * ```ts
 * import { addUp, mergeSums } from "./sums.ts";
 * const [metric, arms] = [{ metric: "m", kind: "mean" } as const, { arms: 1 }];
 * const both = mergeSums(addUp(metric, [0, 0], [1, 2], arms), addUp(metric, [0], [6], arms));
 * if (both.n[0] !== 3 || both.mean[0] !== 3 || both.square[0] !== 14) throw new Error("unexpected");
 * ```
 */
export function mergeSums(one: MetricSums, more: MetricSums): MetricSums {
  checkSame(one, more);
  const n = zip((i) => one.n[i]! + more.n[i]!, one.n);
  const merged = (a: Series, b: Series) => zip((i) => n[i] === 0 ? 0 : a[i]! + (b[i]! - a[i]!) * more.n[i]! / n[i]!, n);
  const weight = (i: number) => n[i] === 0 ? 0 : one.n[i]! * more.n[i]! / n[i]!;
  const apart = (i: number) => more.mean[i]! - one.mean[i]!;
  const { metric, kind } = one;
  const first = {
    metric,
    kind,
    n,
    mean: merged(one.mean, more.mean),
    square: zip((i) => one.square[i]! + more.square[i]! + apart(i) ** 2 * weight(i), n),
  };
  if (!one.other || !more.other) return first;
  const [x, y] = [one.other, more.other];
  const otherApart = (i: number) => y.mean[i]! - x.mean[i]!;
  return {
    ...first,
    other: {
      mean: merged(x.mean, y.mean),
      square: zip((i) => x.square[i]! + y.square[i]! + otherApart(i) ** 2 * weight(i), n),
      product: zip((i) => x.product[i]! + y.product[i]! + apart(i) * otherApart(i) * weight(i), n),
    },
  };
}

function zip(at: (i: number) => number, like: Series): Float64Array {
  return Float64Array.from({ length: like.length }, (_, i) => at(i));
}

function perArm(arms: number, arm: Series, value: (row: number, arm: number) => number): Float64Array {
  const sums = new Float64Array(arms);
  for (let row = 0; row < arm.length; row++) sums[arm[row]!]! += value(row, arm[row]!);
  return sums;
}

function meansOf(n: Series, arm: Series, values: Series): Float64Array {
  const sums = perArm(n.length, arm, (row) => values[row]!);
  return zip((i) => n[i] === 0 ? 0 : sums[i]! / n[i]!, n);
}

function checkColumns(metric: string, arms: number, arm: Series, columns: Series[]): void {
  const odd = columns.find((column) => column.length !== arm.length);
  if (odd) {
    throw new RangeError(`Cannot add up "${metric}" as columns must be ${arm.length} long: got ${odd.length}`);
  }
  for (let row = 0; row < arm.length; row++) {
    if (Number.isInteger(arm[row]) && arm[row]! >= 0 && arm[row]! < arms) continue;
    throw new RangeError(`Cannot add up "${metric}" as an arm must be 0 to ${arms - 1}: got ${arm[row]} at row ${row}`);
  }
}

function checkSame(one: MetricSums, more: MetricSums): void {
  const told = ({ metric, kind, n, other }: MetricSums) =>
    `${kind} "${metric}" of ${n.length} arms${other ? " with a second value" : ""}`;
  if (told(one) === told(more)) return;
  throw new RangeError(`Cannot merge sums as they must be of one metric: got ${told(one)} and ${told(more)}`);
}
