/** One arm of an assignment: its name and its share of units. */
export interface Arm {
  /** Name of the variant. */
  name: string;
  /** Share of units, from 0 to 1. */
  weight: number;
}

/**
 * Hashes a unit to a place in [0, 1): GrowthBook's hash version 2, FNV-1a twice over UTF-16 code units, 10,000 buckets
 * (https://docs.growthbook.io/lib/build-your-own, "hash").
 *
 * @param seed name that separates one assignment from another
 * @param unit who is assigned
 * @returns place, a multiple of 0.0001
 * @example
 * ```ts
 * import { hashUnit } from "./assign.ts";
 * if (hashUnit("seed", "a") !== 0.0505) throw new Error("unexpected");
 * ```
 */
export function hashUnit(seed: string, unit: string): number {
  return (fnv32a(String(fnv32a(seed + unit))) % 10_000) / 10_000;
}

/**
 * Assigns a unit to an arm: the one whose bucket range, in the order of the arms, holds the unit's hash. Equal to
 * GrowthBook's assignment with full coverage.
 *
 * @param unit who is assigned
 * @param seed name that separates one assignment from another
 * @param arms at least one arm; their weights add up to 1
 * @returns the arm
 * @throws {RangeError} when there is no arm
 * @example
 * ```ts
 * import { assign } from "./assign.ts";
 * const arms = [{ name: "control", weight: 0.9 }, { name: "candidate", weight: 0.1 }];
 * if (assign("ORD-LGA", "flight-delay", arms).name !== "control") throw new Error("unexpected");
 * ```
 */
export function assign<A extends Arm>(unit: string, seed: string, arms: readonly A[]): A {
  const place = hashUnit(seed, unit);
  let end = 0;
  for (const arm of arms) {
    end += arm.weight;
    if (place < end) return arm;
  }
  // Weights such as 0.7 + 0.2 + 0.1 end a rounding error below 1.
  const last = arms.findLast((arm) => arm.weight > 0);
  if (last) return last;
  throw new RangeError(`Cannot assign "${unit}" as there must be an arm with a weight: got ${arms.length} arms`);
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
