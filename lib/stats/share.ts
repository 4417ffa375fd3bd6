import type { Estimate, EstimateOptions } from "./estimate.ts";

/**
 * Estimates a share with the score interval of Wilson (Journal of the American Statistical Association 22, 1927), which
 * holds near 0 and 1 too.
 *
 * @param count how many of them, from 0 to n
 * @param n how many there are
 * @param options how wide the interval is
 * @returns the share with its interval within 0 to 1; of nothing 0 within [0, 1]
 * @throws {RangeError} when the count is not a whole number from 0 to n
 *
 * @example
 * ```ts
 * import { estimateShare } from "./share.ts";
 *
 * const { value, low, high } = estimateShare(1, 10);
 * console.assert(value === 0.1 && low > 0.017 && high < 0.405);
 * ```
 */
export function estimateShare(count: number, n: number, { z = 1.96 }: EstimateOptions = {}): Estimate {
  if (!Number.isInteger(count) || !Number.isInteger(n) || count < 0 || count > n) {
    throw new RangeError(`Cannot estimate a share as a count must be a whole number from 0 to ${n}: got ${count}`);
  }
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const share = count / n, over = 1 + z * z / n;
  const middle = (share + z * z / (2 * n)) / over;
  const half = z / over * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const low = count === 0 ? 0 : middle - half, high = count === n ? 1 : middle + half;
  return { value: share, low, high, n };
}
