import { chiSquareTail } from "../stats/mod.ts";

/** Whether units came to the arms as their weights say. */
export interface SampleRatio {
  /** `mismatch` means that something loses or moves units, and no figure of the experiment can be trusted. */
  verdict: "ok" | "mismatch" | "too few";
  /** Probability of shares at least as far from the weights by chance; null with too few units. */
  p: number | null;
}

const THRESHOLD = 0.001;
const LEAST_EXPECTED = 8;

/**
 * Tests for a sample ratio mismatch: Pearson's chi-square over the arms that have a weight (Fabijan et al., Diagnosing
 * sample ratio mismatch, 2019). An arm without weight is no degree of freedom; units in one are a mismatch. What is
 * expected of each arm decides whether there are enough, as an arm that gets none is just what is looked for.
 *
 * @param units units by arm
 * @param weights shares by arm, not all 0
 * @returns the verdict, mismatch below p = 0.001, from 8 expected units an arm on
 * @throws {RangeError} when there are not as many weights as arms, or none is positive
 * @example
 * ```ts
 * import { testSampleRatio } from "./srm.ts";
 * if (testSampleRatio([520, 480], [0.5, 0.5]).verdict !== "ok") throw new Error("unexpected");
 * if (testSampleRatio([600, 400], [0.5, 0.5]).verdict !== "mismatch") throw new Error("unexpected");
 * ```
 */
export function testSampleRatio(units: readonly number[], weights: readonly number[]): SampleRatio {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length !== units.length || !(total > 0) || weights.some((weight) => weight < 0)) {
    const found = `[${weights.join(", ")}] for ${units.length} arms`;
    throw new RangeError(
      `Cannot test the sample ratio as each arm must have a weight, one of them positive: got ${found}`,
    );
  }
  if (units.some((count, i) => count > 0 && weights[i] === 0)) return { verdict: "mismatch", p: 0 };
  const all = units.reduce((sum, count) => sum + count, 0);
  const active = units.map((count, i) => ({ count, expected: all * weights[i]! / total })).filter((_, i) =>
    weights[i]! > 0
  );
  if (active.length < 2) return { verdict: "ok", p: 1 };
  if (active.some(({ expected }) => expected < LEAST_EXPECTED)) return { verdict: "too few", p: null };
  const distance = active.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0);
  const p = chiSquareTail(distance, active.length - 1);
  return { verdict: p < THRESHOLD ? "mismatch" : "ok", p };
}
