/** A value, or why there is none. */
export interface OrProblem<T> {
  /** What was read; null where it could not be. */
  value: T | null;
  /** What is wrong with it; empty where nothing is. */
  problem: string;
}

/**
 * Reads what others wrote: what is wrong with it is told beside the value, so that one broken file hides no other. What
 * is wrong with the machine is thrown.
 *
 * @param act Reads and checks.
 * @returns The value, or the message of an Error, SyntaxError, TypeError or RangeError.
 *
 * @example
 * ```ts
 * import { orProblem } from "./or_problem.ts";
 *
 * console.assert((await orProblem(() => JSON.parse("{"))).problem !== "");
 * ```
 */
export async function orProblem<T>(act: () => T | Promise<T>): Promise<OrProblem<T>> {
  try {
    return { value: await act(), problem: "" };
  } catch (error) {
    if (error instanceof Error && FAULTS.has(error.constructor)) return { value: null, problem: error.message };
    throw error;
  }
}

const FAULTS = new Set<unknown>([Error, SyntaxError, TypeError, RangeError]);
