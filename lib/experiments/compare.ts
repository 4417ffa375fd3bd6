import { studentQuantile, studentTail } from "../stats/mod.ts";
import type { Statistic } from "./_statistic.ts";

/** A difference between two arms. */
export interface Effect {
  /** The difference, arm minus control. */
  value: number;
  /** Lower end of Welch's interval. */
  low: number;
  /** Upper end of Welch's interval. */
  high: number;
  /** Standard error of the difference. */
  error: number;
  /** The difference in standard errors. */
  t: number;
  /** Degrees of freedom. */
  df: number;
  /** Two-sided probability of a difference at least as large if there were none; valid for one look. */
  p: number;
  /** The same, valid at every look, however often one looks. */
  sequential: { low: number; high: number; p: number };
}

/** Why there is no figure. */
export interface NoEffect {
  /** The reason, in a few words. */
  reason: string;
}

/** How sure an interval is. */
export interface Certainty {
  /**
   * Share of wrong calls that is accepted.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * Units of both arms at which sequential intervals are narrowest.
   *
   * @default {5000}
   */
  tuning?: number;
}

/**
 * Compares two arms: Welch's t test (Welch, 1947) and always-valid intervals (Waudby-Smith et al., Time-uniform central
 * limit theory, arXiv:2103.06476v7, equations 9, 155 and 161). A relative difference is that of a quotient, by the delta
 * method.
 *
 * @param control statistic of the control
 * @param arm statistic of the other arm
 * @param isRelative whether the difference is divided by the control's mean
 * @param certainty how sure intervals are
 * @returns the difference, or why there is none
 */
export function compare(
  control: Statistic,
  arm: Statistic,
  isRelative: boolean,
  { alpha = 0.05, tuning = 5000 }: Certainty = {},
): Effect | NoEffect {
  const base = control.plainMean;
  if (isRelative && base === 0) return { reason: "the control's mean is 0" };
  const [parts, unit] = isRelative
    ? [[control.variance * (arm.plainMean / base) ** 2 / base ** 2, arm.variance / base ** 2] as const, base]
    : [[control.variance, arm.variance] as const, 1];
  const squaredError = parts[0] / control.n + parts[1] / arm.n;
  const value = (arm.mean - control.mean) / unit;
  if (!Number.isFinite(squaredError) || !Number.isFinite(value)) return { reason: "a sum is no finite number" };
  if (!(squaredError > 0)) return { reason: "no unit differs from another, so there is no variance" };
  const error = Math.sqrt(squaredError), df = freedom(control, arm), t = value / error;
  const half = studentQuantile(alpha / 2, df) * error;
  const sequential = sequentialOf(value, squaredError, control.n + arm.n, { alpha, tuning });
  const p = 2 * studentTail(Math.abs(t), df);
  return { value, low: value - half, high: value + half, error, t, df, p, sequential };
}

/** Welch and Satterthwaite's degrees of freedom, of the absolute difference. */
function freedom(a: Statistic, b: Statistic): number {
  const share = 1 / (1 + b.variance / b.n / (a.variance / a.n));
  return 1 / (share ** 2 / (a.n - 1) + (1 - share) ** 2 / (b.n - 1));
}

function sequentialOf(
  value: number,
  squaredError: number,
  n: number,
  { alpha, tuning }: Required<Certainty>,
): Effect["sequential"] {
  const squaredRho = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / tuning;
  const spread = n * squaredRho + 1;
  const half = Math.sqrt(squaredError * 2 * spread * Math.log(Math.sqrt(spread) / alpha) / (n * squaredRho));
  const evidence = n * squaredRho / (2 * spread) * (value * value / squaredError) - Math.log(spread) / 2;
  return { low: value - half, high: value + half, p: Math.min(1, Math.exp(-evidence)) };
}
