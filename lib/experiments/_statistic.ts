import type { MetricSums } from "./sums.ts";

/** What one arm's units say of a metric. */
export interface Statistic {
  n: number;
  /** The estimate, moved by the covariate where there is one. */
  mean: number;
  /** Variance of one unit's part in the mean. */
  variance: number;
  /** The estimate without covariate, by which relative differences are divided. */
  plainMean: number;
}

/** Statistics of a control and another arm; with a covariate, one slope for both (Deng et al., 2013, CUPED, section 3). */
export function statisticsOf(sums: MetricSums, control: number, arm: number): [Statistic, Statistic] {
  if (sums.kind === "ratio") return [ratioOf(sums, control), ratioOf(sums, arm)];
  const slope = sums.other ? slopeOf(sums, control, arm) : 0;
  return [adjusted(sums, control, slope), adjusted(sums, arm, slope)];
}

/** The value of an arm as people know it; null when no unit has one. */
export function valueOf({ kind, n, mean, other }: MetricSums, arm: number): number | null {
  if (!(n[arm]! > 0)) return null;
  if (kind !== "ratio") return mean[arm]!;
  return other!.mean[arm] === 0 ? null : mean[arm]! / other!.mean[arm]!;
}

function adjusted({ kind, n, mean, square, other }: MetricSums, arm: number, slope: number): Statistic {
  const plain = {
    n: n[arm]!,
    mean: mean[arm]!,
    plainMean: mean[arm]!,
    variance: variance(kind, square[arm]!, n[arm]!),
  };
  if (!other || slope === 0) return plain;
  const before = variance(kind, other.square[arm]!, plain.n);
  const both = other.product[arm]! / (plain.n - 1);
  return {
    ...plain,
    mean: plain.mean - slope * other.mean[arm]!,
    variance: plain.variance + slope * slope * before - 2 * slope * both,
  };
}

/** Variance of a quotient of means by the delta method (Deng, Knoblich, Lu, 2018, Applying the delta method, section 3). */
function ratioOf({ n, mean, square, other }: MetricSums, arm: number): Statistic {
  const size = n[arm]!, top = mean[arm]!, bottom = other!.mean[arm]!;
  const ratio = top / bottom;
  const spread = square[arm]! - 2 * ratio * other!.product[arm]! + ratio * ratio * other!.square[arm]!;
  return { n: size, mean: ratio, plainMean: ratio, variance: spread / (size - 1) / (bottom * bottom) };
}

/** Covariance over variance of both arms together, deviations taken from the mean of both. */
function slopeOf({ kind, n, mean, square, other }: MetricSums, control: number, arm: number): number {
  const all = n[control]! + n[arm]!, weight = n[control]! * n[arm]! / all;
  const apart = mean[arm]! - mean[control]!, apartBefore = other!.mean[arm]! - other!.mean[control]!;
  const joint = (of: ArrayLike<number>, between: number) => of[control]! + of[arm]! + between * weight;
  const before = variance(kind, joint(other!.square, apartBefore ** 2), all);
  if (!(before > 0) || !(joint(square, apart ** 2) > 0)) return 0;
  return joint(other!.product, apart * apartBefore) / (all - 1) / before;
}

/** A proportion p has p(1 − p), which is its sum of squares over n. */
function variance(kind: MetricSums["kind"], square: number, n: number): number {
  return kind === "proportion" ? square / n : square / (n - 1);
}
