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

/** Which units an experiment reaches; all of them where nothing is said. */
export interface Reach {
  /** Share of each arm's units that take part, from 0 to 1. */
  coverage?: number | undefined;
  /** Experiments of one `id` whose ranges do not overlap never share a unit; `range` is [from, to) within 0 to 1. */
  namespace?: { id: string; range: [from: number, to: number] } | undefined;
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
  const arm = enrol(unit, seed, arms);
  if (arm) return arm;
  // Weights such as 0.7 + 0.2 + 0.1 end a rounding error below 1.
  const last = arms.findLast((arm) => arm.weight > 0);
  if (last) return last;
  throw new RangeError(`Cannot assign "${unit}" as there must be an arm with a weight: got ${arms.length} arms`);
}

/**
 * Assigns a unit to an arm if the experiment reaches it. Equal to GrowthBook's assignment by hash version 2: an arm's
 * range begins where the weights before it end and is as long as its weight times the coverage; namespaces hash by
 * version 1, in 1,000 buckets (https://docs.growthbook.io/lib/build-your-own, "getBucketRanges", "inNamespace").
 *
 * @param unit who is assigned
 * @param seed name that separates one assignment from another
 * @param arms at least one arm; their weights add up to 1
 * @param reach which units take part
 * @returns the arm; null for a unit that takes no part
 * @example
 * ```ts
 * import { enrol } from "./assign.ts";
 * const arms = [{ name: "control", weight: 0.5 }, { name: "candidate", weight: 0.5 }];
 * if (enrol("ORD-LGA", "flight-delay", arms, { coverage: 0.1 }) !== null) throw new Error("unexpected");
 * ```
 */
export function enrol<A extends Arm>(
  unit: string,
  seed: string,
  arms: readonly A[],
  { coverage = 1, namespace }: Reach = {},
): A | null {
  if (namespace && !isWithin(fnv32a(`${unit}__${namespace.id}`) % 1000 / 1000, namespace.range)) return null;
  const place = hashUnit(seed, unit);
  let start = 0;
  for (const arm of arms) {
    if (place >= start && place < start + coverage * arm.weight) return arm;
    start += arm.weight;
  }
  return null;
}

function isWithin(place: number, [from, to]: [number, number]): boolean {
  return place >= from && place < to;
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
