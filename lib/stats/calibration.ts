import { checkPair, type Series } from "./series.ts";

/** One part of the rows, by what the model answered. */
export interface CalibrationPart {
  /** From 1, the lowest answers, to 10. */
  part: number;
  /** Rows in it. */
  n: number;
  /** Mean of the answers. */
  predicted: number;
  /** Mean of what came true; equal to `predicted` where a model is calibrated. */
  actual: number;
}

/**
 * Compares answers with the truth by decile: rows are sorted by answer, rows of equal answers stay in their order, and
 * part k holds those from ⌊(k−1)n/10⌋ to ⌊kn/10⌋ (reliability of regression: Hosmer and Lemeshow's grouping by deciles).
 *
 * @param predicted Answers of a model by row.
 * @param actual What came true, by row, in the same unit.
 * @returns Ten parts, or one per row where there are fewer rows.
 * @throws {RangeError} When lengths differ, there is no row, or a value is not finite.
 *
 * @example
 * ```ts
 * import { calibrationByDecile } from "./calibration.ts";
 *
 * const answers = Array.from({ length: 100 }, (_, row) => row);
 * console.assert(calibrationByDecile(answers, answers)[9]?.actual === 94.5);
 * ```
 */
export function calibrationByDecile(predicted: Series, actual: Series): CalibrationPart[] {
  checkPair("calibrate", predicted, actual);
  const n = predicted.length;
  const order = Uint32Array.from({ length: n }, (_, row) => row).sort((a, b) => predicted[a]! - predicted[b]! || a - b);
  const parts = Math.min(10, n);
  return Array.from({ length: parts }, (_, part) => {
    const rows = order.subarray(Math.floor(part * n / parts), Math.floor((part + 1) * n / parts));
    return { part: part + 1, n: rows.length, predicted: meanOf(predicted, rows), actual: meanOf(actual, rows) };
  });
}

function meanOf(values: Series, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) sum += values[row]!;
  return sum / rows.length;
}
