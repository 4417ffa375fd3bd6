import type { Series } from "./series.ts";

/** Ranks from 1; equal values share the mean of theirs. */
export function midranks(values: Series): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, row) => row).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + 1 + to) / 2;
  }
  return ranks;
}

/** Positions by falling score, in groups of equal scores. */
export function fallingGroups(score: Series): Uint32Array[] {
  const order = Uint32Array.from({ length: score.length }, (_, row) => row).sort((a, b) => score[b]! - score[a]!);
  const groups: Uint32Array[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && score[order[to]!] === score[order[from]!]) to++;
    groups.push(order.subarray(from, to));
  }
  return groups;
}

/** Scores of the rows of class 1. */
export function positivesOf(score: Series, actual: Series): number[] {
  return Array.from(score).filter((_, row) => actual[row] === 1);
}

/** Scores of the rows of class 0. */
export function negativesOf(score: Series, actual: Series): number[] {
  return Array.from(score).filter((_, row) => actual[row] === 0);
}
