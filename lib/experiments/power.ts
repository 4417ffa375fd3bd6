import { studentQuantile, studentTail } from "../stats/mod.ts";

/**
 * Tells how probably a true difference is found by a two-sided test (normal approximation; Cohen, Statistical power
 * analysis, 1988, 2.3).
 *
 * @param effect the true difference
 * @param error its standard error, above 0
 * @param alpha share of wrong calls that is accepted
 * @returns probability, alpha to 1
 * @example
 * ```ts
 * import { detectableEffect, powerOf } from "./power.ts";
 * if (Math.abs(powerOf(detectableEffect(2, 0.05, 0.8), 2, 0.05) - 0.8) > 1e-5) throw new Error("unexpected");
 * ```
 */
export function powerOf(effect: number, error: number, alpha: number): number {
  const bound = studentQuantile(alpha / 2, Infinity), shift = effect / error;
  return studentTail(bound - shift, Infinity) + studentTail(bound + shift, Infinity);
}

/**
 * Tells the smallest true difference that a two-sided test finds with a probability: (z of alpha / 2 + z of the power)
 * standard errors (Cohen, 1988, 2.4), what falls on the wrong side left out.
 *
 * @param error standard error of the difference
 * @param alpha share of wrong calls that is accepted
 * @param power probability of finding it, 0.5 to below 1
 * @returns the difference, above 0
 * @example
 * ```ts
 * import { detectableEffect } from "./power.ts";
 * if (detectableEffect(1, 0.05, 0.8).toFixed(3) !== "2.802") throw new Error("unexpected");
 * ```
 */
export function detectableEffect(error: number, alpha: number, power: number): number {
  return (studentQuantile(alpha / 2, Infinity) + studentQuantile(1 - power, Infinity)) * error;
}
