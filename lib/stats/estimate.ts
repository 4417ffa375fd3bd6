import * as simple from "simple-statistics";
import { absoluteErrors, squaredErrors } from "./errors.ts";
import { mean } from "./mean.ts";
import { asArray, checkSeries, type Series } from "./series.ts";

/** A value with its interval, as metrics of a model version are logged. */
export interface Estimate {
  /** The estimate. */
  value: number;
  /** Lower end of the interval. */
  low: number;
  /** Upper end of the interval. */
  high: number;
  /** Rows that it is taken from. */
  n: number;
}

/** How wide an interval is. */
export interface EstimateOptions {
  /**
   * Standard errors on each side; 1.96 covers 95 % of many repetitions.
   *
   * @default {1.96}
   */
  z?: number;
}

/**
 * Takes a mean with the interval of the central limit theorem, x̄ ± z·s/√n with s from n − 1 (Wasserman, All of
 * Statistics, 2004, section 6.3). Rows must not depend on one another.
 *
 * @param values At least one finite number; of a single one the interval is the value.
 * @param options How wide the interval is.
 * @returns The mean and its interval, in the unit of the values.
 * @throws {RangeError} When there is no value, or one is not finite.
 *
 * @example
 * ```ts
 * import { estimateMean } from "./estimate.ts";
 *
 * const { value, low, high, n } = estimateMean([1, 2, 3]);
 * console.assert(value === 2 && low < 2 && high > 2 && n === 3);
 * ```
 */
export function estimateMean(values: Series, { z = 1.96 }: EstimateOptions = {}): Estimate {
  checkSeries("estimate a mean", values);
  const n = values.length;
  const value = mean(values);
  const half = n === 1 ? 0 : z * simple.sampleStandardDeviation(asArray(values)) / Math.sqrt(n);
  return { value, low: value - half, high: value + half, n };
}

/**
 * Takes the mean absolute error with the interval of a mean.
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @param options How wide the interval is.
 * @returns The error and its interval in that unit, never below 0.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { estimateMae } from "./estimate.ts";
 *
 * console.assert(estimateMae([1, 2, 3], [2, 3, 4]).value === 1);
 * ```
 */
export function estimateMae(predicted: Series, actual: Series, options: EstimateOptions = {}): Estimate {
  const found = estimateMean(absoluteErrors(predicted, actual), options);
  return { ...found, low: Math.max(0, found.low) };
}

/**
 * Takes the root mean square error with an interval: that of the mean squared error, each end's root taken.
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @param options How wide the interval is.
 * @returns The error and its interval in that unit, never below 0.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { estimateRmse } from "./estimate.ts";
 *
 * console.assert(estimateRmse([1, 2, 3], [1, 2, 3]).high === 0);
 * ```
 */
export function estimateRmse(predicted: Series, actual: Series, options: EstimateOptions = {}): Estimate {
  const { value, low, high, n } = estimateMean(squaredErrors(predicted, actual), options);
  return { value: Math.sqrt(value), low: Math.sqrt(Math.max(0, low)), high: Math.sqrt(high), n };
}
