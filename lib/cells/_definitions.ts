import type { Meaning } from "./_identifiers.ts";
import type { Scope } from "./scope.ts";

/** Index of the last text before `end` that declares a name as it is used, else by any meaning; -1 where none does. */
export type LastDefinition = (name: string, meaning: Meaning, end: number) => number;

/** Notes where texts declare names, so that each use is found by a look into one short list. */
export function indexDefinitions(scopes: readonly Scope[]): LastDefinition {
  const meant = openPositions();
  const named = openPositions();
  for (const [at, { definitions }] of scopes.entries()) {
    for (const { name, meanings } of definitions) {
      named.add(name, at);
      for (const meaning of meanings) meant.add(`${meaning} ${name}`, at);
    }
  }
  return (name, meaning, end) => {
    const exact = lastBelow(meant.of(`${meaning} ${name}`), end);
    return exact >= 0 ? exact : lastBelow(named.of(name), end);
  };
}

/** Positions by key; they are added in rising order, and each counts once. */
export interface Positions {
  add(key: string, at: number): void;
  of(key: string): readonly number[];
}

export function openPositions(): Positions {
  const found = new Map<string, number[]>();
  return {
    add: (key, at) => {
      const known = found.get(key);
      if (!known) found.set(key, [at]);
      else if (known.at(-1) !== at) known.push(at);
    },
    of: (key) => found.get(key) ?? [],
  };
}

/** Where in a rising list the first position from `end` on stands. */
export function firstFrom(positions: readonly number[], end: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < end) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastBelow(positions: readonly number[], end: number): number {
  return positions[firstFrom(positions, end) - 1] ?? -1;
}
