import * as simple from "simple-statistics";
import { asArray, checkPair, checkSeries, type Series } from "./series.ts";

/**
 * Takes the arithmetic mean, Σx / n, summed with the compensation of Kahan and Babuška (simple-statistics `sum`).
 *
 * @param values At least one finite number.
 * @returns The mean, in the unit of the values.
 * @throws {RangeError} When there is no value, or one is not finite.
 *
 * @example
 * ```ts
 * import { mean } from "./mean.ts";
 *
 * console.assert(mean([1, 2, 6]) === 3);
 * ```
 */
export function mean(values: Series): number {
  checkSeries("take a mean", values);
  return simple.mean(asArray(values));
}

/**
 * Takes the weighted mean, Σwx / Σw.
 *
 * @param values At least one finite number.
 * @param weights As many numbers that are not negative, of which one is positive.
 * @returns The mean, in the unit of the values.
 * @throws {RangeError} When lengths differ, a number is not finite, or weights are negative or all 0.
 *
 * @example
 * ```ts
 * import { weightedMean } from "./mean.ts";
 *
 * console.assert(weightedMean([1, 5], [3, 1]) === 2);
 * ```
 */
export function weightedMean(values: Series, weights: Series): number {
  checkPair("take a weighted mean", values, weights);
  let positive = false;
  for (let row = 0; row < weights.length; row++) {
    if (weights[row]! < 0) throw weightError(`${weights[row]} at row ${row}`);
    positive ||= weights[row]! > 0;
  }
  if (!positive) throw weightError("only zeros");
  return simple.weightedMean(asArray(values), asArray(weights));
}

function weightError(found: string): RangeError {
  return new RangeError(`Cannot take a weighted mean as weights must be 0 or more, one of them positive: got ${found}`);
}
