import { type Estimate, estimateMean, type EstimateOptions } from "./estimate.ts";
import { mean } from "./mean.ts";
import { midranks, negativesOf, positivesOf } from "./_ranks.ts";
import { checkPair, type Series } from "./series.ts";

/**
 * Takes the logarithmic loss of probabilities, −mean(y·ln p + (1 − y)·ln(1 − p)) (Good, Rational Decisions, 1952).
 * Probabilities are kept 2⁻⁵² away from 0 and 1, as scikit-learn's `log_loss` does.
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @returns The loss in nats; ln 2 for a model that always answers 0.5.
 * @throws {RangeError} When lengths differ, there is no row, a probability is not from 0 to 1, or a class not 0 or 1.
 *
 * @example
 * ```ts
 * import { logLoss } from "./classification.ts";
 *
 * console.assert(logLoss([0.5, 0.5], [0, 1]) === Math.log(2));
 * ```
 */
export function logLoss(probability: Series, actual: Series): number {
  return mean(logLosses(probability, actual));
}

/**
 * Takes the logarithmic loss with the interval of a mean; rows must not depend on one another.
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @param options How wide the interval is.
 * @returns The loss and its interval in nats, never below 0.
 * @throws {RangeError} As `logLoss`.
 *
 * @example
 * ```ts
 * import { estimateLogLoss } from "./classification.ts";
 *
 * console.assert(estimateLogLoss([0.5, 0.5], [0, 1]).value === Math.log(2));
 * ```
 */
export function estimateLogLoss(probability: Series, actual: Series, options: EstimateOptions = {}): Estimate {
  return notNegative(estimateMean(logLosses(probability, actual), options));
}

/**
 * Takes Brier's score, mean((p − y)²) (Brier, Verification of forecasts expressed in terms of probability, 1950).
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @returns The score from 0, the best, to 1.
 * @throws {RangeError} When lengths differ, there is no row, a probability is not from 0 to 1, or a class not 0 or 1.
 *
 * @example
 * ```ts
 * import { brier } from "./classification.ts";
 *
 * console.assert(brier([0.5, 1], [0, 1]) === 0.125);
 * ```
 */
export function brier(probability: Series, actual: Series): number {
  return mean(squares(probability, actual));
}

/**
 * Takes Brier's score with the interval of a mean; rows must not depend on one another.
 *
 * @param probability Probability of class 1 by row.
 * @param actual The class by row, 0 or 1.
 * @param options How wide the interval is.
 * @returns The score and its interval, never below 0.
 * @throws {RangeError} As `brier`.
 *
 * @example
 * ```ts
 * import { estimateBrier } from "./classification.ts";
 *
 * console.assert(estimateBrier([0, 1], [0, 1]).high === 0);
 * ```
 */
export function estimateBrier(probability: Series, actual: Series, options: EstimateOptions = {}): Estimate {
  return notNegative(estimateMean(squares(probability, actual), options));
}

/**
 * Takes the area under the receiver operating characteristic: the probability that a row of class 1 has a higher score
 * than one of class 0, equal scores counting half (Mann and Whitney, 1947; Hanley and McNeil, 1982).
 *
 * @param score Any number by row, higher for class 1.
 * @param actual The class by row, 0 or 1; both must occur.
 * @returns The area; 0.5 for scores that tell nothing.
 * @throws {RangeError} When lengths differ, a score is not finite, a class not 0 or 1, or a class does not occur.
 *
 * @example
 * ```ts
 * import { auc } from "./classification.ts";
 *
 * console.assert(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) === 0.75);
 * ```
 */
export function auc(score: Series, actual: Series): number {
  const { positives, negatives } = split(score, actual);
  const [m, n] = [positives.length, negatives.length];
  const ranks = midranks([...positives, ...negatives]);
  let sum = 0;
  for (let row = 0; row < m; row++) sum += ranks[row]!;
  return (sum - m * (m + 1) / 2) / (m * n);
}

/**
 * Takes the area under the receiver operating characteristic with DeLong's interval (DeLong, DeLong and
 * Clarke-Pearson, 1988, by the midranks of Sun and Xu, 2014). Of scores that divide the classes without a fault the
 * interval is the value, however few rows there are: give `n` beside it.
 *
 * @param score Any number by row, higher for class 1.
 * @param actual The class by row, 0 or 1; both must occur.
 * @param options How wide the interval is.
 * @returns The area and its interval, from 0 to 1.
 * @throws {RangeError} As `auc`.
 *
 * @example
 * ```ts
 * import { estimateAuc } from "./classification.ts";
 *
 * const { value, low, high } = estimateAuc([0.1, 0.4, 0.35, 0.8, 0.7], [0, 0, 1, 1, 1]);
 * console.assert(low < value && value < high && high <= 1);
 * ```
 */
export function estimateAuc(score: Series, actual: Series, { z = 1.96 }: EstimateOptions = {}): Estimate {
  const { positives, negatives } = split(score, actual);
  const [m, n] = [positives.length, negatives.length];
  const all = midranks([...positives, ...negatives]);
  const among = [midranks(positives), midranks(negatives)] as const;
  // Of each row the share of rows of the other class that it is told apart from.
  const above = Float64Array.from({ length: m }, (_, row) => (all[row]! - among[0][row]!) / n);
  const below = Float64Array.from({ length: n }, (_, row) => 1 - (all[m + row]! - among[1][row]!) / m);
  const value = auc(score, actual);
  const half = z * Math.sqrt(varianceOf(above) / m + varianceOf(below) / n);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half), n: m + n };
}

/** The two classes must occur, and are told by 0 and 1. */
export function split(score: Series, actual: Series): { positives: number[]; negatives: number[] } {
  checkPair("take an area under the curve", score, actual);
  checkClasses("take an area under the curve", actual);
  const [positives, negatives] = [positivesOf(score, actual), negativesOf(score, actual)];
  if (positives.length > 0 && negatives.length > 0) return { positives, negatives };
  throw new RangeError(
    `Cannot take an area under the curve as both classes must occur: got only ${positives.length > 0 ? 1 : 0}`,
  );
}

/** Refuses what is neither 0 nor 1. */
export function checkClasses(verb: string, actual: Series): void {
  for (let row = 0; row < actual.length; row++) {
    if (actual[row] === 0 || actual[row] === 1) continue;
    throw new RangeError(`Cannot ${verb} as classes must be 0 or 1: got ${actual[row]} at row ${row}`);
  }
}

/** Refuses what is no probability. */
export function checkProbabilities(verb: string, probability: Series): void {
  for (let row = 0; row < probability.length; row++) {
    if (probability[row]! >= 0 && probability[row]! <= 1) continue;
    throw new RangeError(
      `Cannot ${verb} as probabilities must be from 0 to 1: got ${probability[row]} at row ${row}`,
    );
  }
}

function logLosses(probability: Series, actual: Series): Float64Array {
  check("take a logarithmic loss", probability, actual);
  const inside = (p: number) => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p));
  return Float64Array.from(probability, (p, row) => -Math.log(inside(actual[row] === 1 ? p : 1 - p)));
}

function squares(probability: Series, actual: Series): Float64Array {
  check("take a Brier score", probability, actual);
  return Float64Array.from(probability, (p, row) => (p - actual[row]!) ** 2);
}

function check(verb: string, probability: Series, actual: Series): void {
  checkPair(verb, probability, actual);
  checkProbabilities(verb, probability);
  checkClasses(verb, actual);
}

function varianceOf(values: Float64Array): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function notNegative(estimate: Estimate): Estimate {
  return { ...estimate, low: Math.max(0, estimate.low) };
}
