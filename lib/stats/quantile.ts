import * as simple from "simple-statistics";
import { asArray, checkSeries, type Series } from "./series.ts";

/**
 * Takes a quantile by linear interpolation between the order statistics (type 7 of Hyndman and Fan, Sample Quantiles in
 * Statistical Packages, 1996; numpy's default).
 *
 * @param values At least one finite number, in any order.
 * @param p Share of the values below it, from 0 to 1; 0.5 is the median.
 * @returns The quantile, in the unit of the values.
 * @throws {RangeError} When there is no value, one is not finite, or `p` is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { quantile } from "./quantile.ts";
 *
 * console.assert(quantile([3, 1, 2, 4], 0.5) === 2.5);
 * ```
 */
export function quantile(values: Series, p: number): number {
  checkSeries("take a quantile", values);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot take a quantile as p must be from 0 to 1: got ${p}`);
  return simple.quantile(asArray(values), p);
}
