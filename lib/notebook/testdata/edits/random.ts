/** Chance that is the same for the same seed. */
export interface Random {
  /** A number from 0, below 1. */
  next(): number;
  /** A whole number from 0, below `end`. */
  below(end: number): number;
  /** One of a list. */
  pick<T>(list: readonly T[]): T;
  /** A list in another order. */
  shuffle<T>(list: readonly T[]): T[];
}

/** Chance from a seed: mulberry32, a counter whose bits are mixed twice. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const shuffle = <T>(list: readonly T[]): T[] => {
    return list.map((item) => ({ item, key: next() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
  };
  return { next, below, pick, shuffle };
}
