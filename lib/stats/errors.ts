import { mean } from "./mean.ts";
import { checkPair, type Series } from "./series.ts";

/**
 * Takes the root mean square error, √(Σ(predicted − actual)² / n) (Hyndman and Koehler, Another look at measures of
 * forecast accuracy, 2006).
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @returns The error in that unit.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { rmse } from "./errors.ts";
 *
 * console.assert(rmse([1, 2], [4, 6]) === Math.sqrt(12.5));
 * ```
 */
export function rmse(predicted: Series, actual: Series): number {
  return Math.sqrt(mean(squaredErrors(predicted, actual)));
}

/**
 * Takes the mean absolute error, Σ|predicted − actual| / n (Hyndman and Koehler, 2006).
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @returns The error in that unit.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { mae } from "./errors.ts";
 *
 * console.assert(mae([1, 2], [4, 0]) === 2.5);
 * ```
 */
export function mae(predicted: Series, actual: Series): number {
  return mean(absoluteErrors(predicted, actual));
}

/**
 * Takes the mean error, Σ(predicted − actual) / n: above 0 where a model answers too high on average.
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @returns The bias in that unit.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { bias } from "./errors.ts";
 *
 * console.assert(bias([1, 2], [4, 1]) === -1);
 * ```
 */
export function bias(predicted: Series, actual: Series): number {
  return mean(differences("take a bias", predicted, actual));
}

/** The absolute error of each row. */
export function absoluteErrors(predicted: Series, actual: Series): Float64Array {
  return differences("take a mean absolute error", predicted, actual).map(Math.abs);
}

/** The squared error of each row. */
export function squaredErrors(predicted: Series, actual: Series): Float64Array {
  return differences("take a root mean square error", predicted, actual).map((error) => error * error);
}

function differences(verb: string, predicted: Series, actual: Series): Float64Array {
  checkPair(verb, predicted, actual);
  return Float64Array.from(predicted, (value, row) => value - actual[row]!);
}
