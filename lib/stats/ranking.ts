import { checkClasses } from "./classification.ts";
import { type Estimate, estimateMean, type EstimateOptions } from "./estimate.ts";
import { fallingGroups } from "./_ranks.ts";
import { checkPair, type Series } from "./series.ts";

/** How many places of a ranking count. */
export interface RankingOptions {
  /**
   * Places from the top.
   *
   * @default all
   */
  k?: number;
}

/**
 * Takes the normalised discounted cumulative gain of one ranking: Σ relevance / log₂(place + 1), over that of the best
 * order (Järvelin and Kekäläinen, 2002). Rows of equal score share the places that they take, as scikit-learn's
 * `ndcg_score` has it.
 *
 * @param score Any number by row, higher for what comes first.
 * @param relevance How good each row is, 0 or more.
 * @param options How many places count.
 * @returns The gain from 0 to 1; 0 where nothing is relevant.
 * @throws {RangeError} When lengths differ, there is no row, a number is not finite, relevance is negative, or `k` is
 * not a whole number above 0.
 *
 * @example
 * ```ts
 * import { ndcg } from "./ranking.ts";
 *
 * console.assert(ndcg([3, 2, 1], [5, 1, 0]) === 1 && ndcg([1, 2, 3], [5, 1, 0]) < 1);
 * ```
 */
export function ndcg(score: Series, relevance: Series, { k = Infinity }: RankingOptions = {}): number {
  checkPair("rank", score, relevance);
  checkPlaces(k);
  for (let row = 0; row < relevance.length; row++) {
    if (relevance[row]! >= 0) continue;
    throw new RangeError(`Cannot rank as relevance must be 0 or more: got ${relevance[row]} at row ${row}`);
  }
  const best = gain(relevance, relevance, k);
  return best === 0 ? 0 : gain(score, relevance, k) / best;
}

/**
 * Takes the mean of `ndcg` over rankings, each its own query or day, with the interval of a mean over them.
 *
 * @param rankings Scores and relevance, by ranking.
 * @param options How many places count, and how wide the interval is.
 * @returns The mean and its interval from 0 to 1; `n` counts rankings.
 * @throws {RangeError} As `ndcg`, or when there is no ranking.
 *
 * @example
 * ```ts
 * import { estimateNdcg } from "./ranking.ts";
 *
 * const { value, n } = estimateNdcg([{ score: [2, 1], relevance: [1, 0] }, { score: [2, 1], relevance: [3, 1] }]);
 * console.assert(value === 1 && n === 2);
 * ```
 */
export function estimateNdcg(
  rankings: readonly { score: Series; relevance: Series }[],
  options: RankingOptions & EstimateOptions = {},
): Estimate {
  const found = estimateMean(rankings.map(({ score, relevance }) => ndcg(score, relevance, options)), options);
  return { ...found, low: Math.max(0, found.low), high: Math.min(1, found.high) };
}

/**
 * Takes the average precision of a ranking: Σ (recall − recall before) · precision over falling thresholds, without
 * interpolation, as scikit-learn's `average_precision_score`.
 *
 * @param score Any number by row, higher for class 1.
 * @param actual The class by row, 0 or 1; class 1 must occur.
 * @returns The precision from 0 to 1.
 * @throws {RangeError} When lengths differ, a score is not finite, a class not 0 or 1, or class 1 does not occur.
 *
 * @example
 * ```ts
 * import { averagePrecision } from "./ranking.ts";
 *
 * console.assert(averagePrecision([0.9, 0.8, 0.1], [1, 0, 1]) === 0.5 + (2 / 3) / 2);
 * ```
 */
export function averagePrecision(score: Series, actual: Series): number {
  checkPair("take an average precision", score, actual);
  checkClasses("take an average precision", actual);
  const positives = Array.from(actual).filter((value) => value === 1).length;
  if (positives === 0) throw new RangeError("Cannot take an average precision as class 1 must occur: got only 0");
  let [seen, found, sum] = [0, 0, 0];
  for (const group of fallingGroups(score)) {
    const hits = group.reduce((count, row) => count + actual[row]!, 0);
    seen += group.length;
    found += hits;
    sum += hits / positives * (found / seen);
  }
  return sum;
}

/**
 * Takes the share of class 1 among the rows with the `k` highest scores, rows of equal score in their order.
 *
 * @param score Any number by row, higher for class 1.
 * @param actual The class by row, 0 or 1.
 * @param k Places from the top, at most as many as there are rows.
 * @returns The share from 0 to 1.
 * @throws {RangeError} When lengths differ, a score is not finite, a class not 0 or 1, or `k` does not fit.
 *
 * @example
 * ```ts
 * import { precisionAt } from "./ranking.ts";
 *
 * console.assert(precisionAt([0.9, 0.8, 0.1], [1, 0, 1], 2) === 0.5);
 * ```
 */
export function precisionAt(score: Series, actual: Series, k: number): number {
  checkPair("take a precision", score, actual);
  checkClasses("take a precision", actual);
  checkPlaces(k);
  if (k > score.length) throw new RangeError(`Cannot rank as k must be at most the rows, ${score.length}: got ${k}`);
  const top = fallingGroups(score).flatMap((group) => [...group]).slice(0, k);
  return top.reduce((hits, row) => hits + actual[row]!, 0) / k;
}

/** Rows of equal score each gain the mean of their group at each of its places. */
function gain(score: Series, relevance: Series, k: number): number {
  let [place, sum] = [0, 0];
  for (const group of fallingGroups(score)) {
    const share = group.reduce((total, row) => total + relevance[row]!, 0) / group.length;
    let discounts = 0;
    for (let at = 0; at < group.length; at++, place++) if (place < k) discounts += 1 / Math.log2(place + 2);
    sum += share * discounts;
  }
  return sum;
}

function checkPlaces(k: number): void {
  if (k === Infinity || (Number.isInteger(k) && k > 0)) return;
  throw new RangeError(`Cannot rank as k must be a whole number above 0: got ${k}`);
}
