import { checkClasses, checkProbabilities } from "./classification.ts";
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

/**
 * Compares probabilities with how often class 1 came true, by bins of equal width: those of scikit-learn's
 * `calibration_curve`, without the empty ones.
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @param bins How many bins from 0 to 1.
 * @returns The bins that have rows, by rising probability; `part` counts from 1.
 * @throws {RangeError} When lengths differ, there is no row, a probability is not from 0 to 1, a class not 0 or 1, or
 * `bins` is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { calibrationCurve } from "./calibration.ts";
 *
 * const [low, high] = calibrationCurve([0.1, 0.2, 0.9], [0, 0, 1], 2);
 * console.assert(low?.n === 2 && low.actual === 0 && high?.part === 2 && high.actual === 1);
 * ```
 */
export function calibrationCurve(probability: Series, actual: Series, bins = 10): CalibrationPart[] {
  checkPair("calibrate", probability, actual);
  checkProbabilities("calibrate", probability);
  checkClasses("calibrate", actual);
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`Cannot calibrate as bins must be a whole number above 0: got ${bins}`);
  }
  const rows: number[][] = Array.from({ length: bins }, () => []);
  for (let row = 0; row < probability.length; row++) rows[binOf(probability[row]!, bins)]!.push(row);
  return rows.flatMap((of, index) => {
    if (of.length === 0) return [];
    const among = Uint32Array.from(of);
    return [{
      part: index + 1,
      n: of.length,
      predicted: meanOf(probability, among),
      actual: meanOf(actual, among),
    }];
  });
}

/**
 * Takes the expected calibration error: the distance between probability and how often class 1 came true, by bin of
 * `calibrationCurve`, weighted by rows (Naeini, Cooper and Hauskrecht, 2015).
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @param bins How many bins from 0 to 1.
 * @returns The error from 0, the best, to 1. It depends on `bins`.
 * @throws {RangeError} As `calibrationCurve`.
 *
 * @example
 * ```ts
 * import { calibrationError } from "./calibration.ts";
 *
 * console.assert(calibrationError([0.5, 0.5], [0, 1]) === 0);
 * ```
 */
export function calibrationError(probability: Series, actual: Series, bins = 10): number {
  return calibrationCurve(probability, actual, bins)
    .reduce((sum, { n, predicted, actual: came }) => sum + n / probability.length * Math.abs(predicted - came), 0);
}

/** A bin holds its upper bound, the first its lower one too. */
function binOf(probability: number, bins: number): number {
  let index = Math.min(bins - 1, Math.max(0, Math.ceil(probability * bins) - 1));
  while (index > 0 && probability <= index / bins) index--;
  while (index < bins - 1 && probability > (index + 1) / bins) index++;
  return index;
}

function meanOf(values: Series, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) sum += values[row]!;
  return sum / rows.length;
}
