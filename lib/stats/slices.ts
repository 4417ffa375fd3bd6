import type { Estimate } from "./estimate.ts";
import { checkPair, type Series } from "./series.ts";

/** A metric on a part of the rows. */
export interface SliceEstimate {
  /** What the rows have in common. */
  slice: string;
  /** The estimate; null where it cannot be taken from these rows. */
  value: number | null;
  /** Lower end of the interval. */
  low: number | null;
  /** Upper end of the interval. */
  high: number | null;
  /** Rows in the slice. */
  n: number;
  /** Why there is no estimate; null where there is one. */
  problem: string | null;
}

/**
 * Takes a metric for each group of rows. What cannot be taken from a group, such as an area under the curve where only
 * one class occurs, is said there and stops no other.
 *
 * @param slices What each row belongs to; NULL is a group of its own, named `null`.
 * @param predicted Answers of a model by row.
 * @param actual What came true by row.
 * @param estimate Takes the metric, such as `estimateRmse`.
 * @returns One entry per group: the largest first, groups of equal size by name.
 * @throws {RangeError} When lengths differ, there is no row, or a number is not finite.
 *
 * @example
 * ```ts
 * import { estimateRmse } from "./estimate.ts";
 * import { bySlice } from "./slices.ts";
 *
 * const [first, second] = bySlice(["LAX", "SFO", "LAX"], [1, 2, 3], [1, 5, 3], estimateRmse);
 * console.assert(first?.slice === "LAX" && first.value === 0 && second?.value === 3);
 * ```
 */
export function bySlice(
  slices: ArrayLike<unknown>,
  predicted: Series,
  actual: Series,
  estimate: (predicted: Series, actual: Series) => Estimate,
): SliceEstimate[] {
  checkPair("take a metric by slice", predicted, actual);
  if (slices.length !== predicted.length) {
    throw new RangeError(
      `Cannot take a metric by slice as each row must belong to one: got ${slices.length} slices of ${predicted.length} rows`,
    );
  }
  const rows = new Map<string, number[]>();
  for (let row = 0; row < slices.length; row++) {
    const name = String(slices[row]);
    const known = rows.get(name);
    if (known) known.push(row);
    else rows.set(name, [row]);
  }
  return [...rows]
    .map(([slice, of]) => {
      const take = (values: Series) => Float64Array.from(of, (row) => values[row]!);
      return { slice, n: of.length, ...attempt(() => estimate(take(predicted), take(actual))) };
    })
    .sort((a, b) => b.n - a.n || (a.slice < b.slice ? -1 : 1));
}

function attempt(take: () => Estimate): Omit<SliceEstimate, "slice" | "n"> {
  try {
    const { value, low, high } = take();
    return { value, low, high, problem: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { value: null, low: null, high: null, problem: error.message };
  }
}
