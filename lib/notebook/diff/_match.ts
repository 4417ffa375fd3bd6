import type { NotebookCell } from "../notebook.ts";
import { openQueues } from "./_queues.ts";

/** The indexes of a cell in the old and in the new notebook; null where it is not there. */
export interface CellPair {
  old: number | null;
  new: number | null;
  /** Whether other cells passed it. */
  moved: boolean;
}

/** Cells that have less of their words in common are two cells. */
const LEAST_SHARED = 0.6;
/** Of cells in question each is compared with so many at most. */
const NEAR = 40;
const MAX_WORDS = 400;

/**
 * Pairs the cells of two notebooks: by id, then by kind and exact text, then by how many of their words they share.
 *
 * @returns The pairs in the order of the new notebook, with what is gone where it stood.
 */
export function matchCells(was: NotebookCell[], now: NotebookCell[]): CellPair[] {
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  const pair = (old: number, at: number) => {
    partner.set(at, old);
    taken.add(old);
  };
  const open = () => ({
    old: was.map((_, index) => index).filter((index) => !taken.has(index)),
    new: now.map((_, index) => index).filter((index) => !partner.has(index)),
  });
  const byId = new Map(was.map(({ id }, index) => [id, index]));
  for (const [at, { id }] of now.entries()) {
    const old = byId.get(id);
    if (old !== undefined) pair(old, at);
  }
  for (const [old, at] of sameText(was, now, open())) pair(old, at);
  for (const [old, at] of similarText(was, now, open())) pair(old, at);
  return orderPairs(was.length, now.length, partner);
}

interface Open {
  old: number[];
  new: number[];
}

function sameText(was: NotebookCell[], now: NotebookCell[], open: Open): [number, number][] {
  const textOf = ({ cell_type, source }: NotebookCell) => `${cell_type} ${source.trim()}`;
  const take = openQueues(open.old, (old) => textOf(was[old]!));
  return open.new.flatMap((at) => {
    const old = now[at]!.source.trim() === "" ? undefined : take(textOf(now[at]!));
    return old === undefined ? [] : [[old, at]];
  });
}

function similarText(was: NotebookCell[], now: NotebookCell[], open: Open): [number, number][] {
  const bags = open.old.map((old) => bagOf(was[old]!.source));
  const found = open.new.flatMap((at, index) => {
    const bag = bagOf(now[at]!.source);
    const from = Math.max(0, Math.min(index, open.old.length) - NEAR / 2);
    return open.old.slice(from, from + NEAR).flatMap((old, near) => {
      const alike = was[old]!.cell_type === now[at]!.cell_type ? likeness(bags[from + near]!, bag) : 0;
      return alike < LEAST_SHARED ? [] : [{ old, at, alike }];
    });
  });
  const taken = { old: new Set<number>(), new: new Set<number>() };
  const best = found.sort((a, b) => b.alike - a.alike || Math.abs(a.old - a.at) - Math.abs(b.old - b.at));
  return best.flatMap(({ old, at }) => {
    if (taken.old.has(old) || taken.new.has(at)) return [];
    taken.old.add(old);
    taken.new.add(at);
    return [[old, at]];
  });
}

interface Bag {
  words: Map<string, number>;
  size: number;
}

function bagOf(source: string): Bag {
  const words = new Map<string, number>();
  const found = source.slice(0, 20_000).match(/[\p{L}\p{N}_]+/gu)?.slice(0, MAX_WORDS) ?? [];
  for (const word of found) words.set(word, (words.get(word) ?? 0) + 1);
  return { words, size: found.length };
}

/** Dice's coefficient of two bags of words; 0 for texts of a word or two, which are alike by chance. */
function likeness(a: Bag, b: Bag): number {
  if (Math.min(a.size, b.size) < 3) return 0;
  let shared = 0;
  for (const [word, count] of a.words) shared += Math.min(count, b.words.get(word) ?? 0);
  return 2 * shared / (a.size + b.size);
}

function orderPairs(wasLength: number, nowLength: number, partner: ReadonlyMap<number, number>): CellPair[] {
  const olds = Array.from({ length: nowLength }, (_, at) => partner.get(at) ?? null);
  const still = new Set(longestRise(olds.filter((old) => old !== null)));
  const kept = new Set(partner.values());
  const pairs: CellPair[] = [];
  const goneAfter = (old: number) => {
    for (let next = old + 1; next < wasLength && !still.has(next); next++) {
      if (!kept.has(next)) pairs.push({ old: next, new: null, moved: false });
    }
  };
  goneAfter(-1);
  for (const [at, old] of olds.entries()) {
    const stayed = old !== null && still.has(old);
    pairs.push({ old, new: at, moved: old !== null && !stayed });
    if (stayed) goneAfter(old);
  }
  return pairs;
}

/** The longest increasing subsequence: the cells that stayed, so that as few as possible count as moved. */
function longestRise(values: number[]): number[] {
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const value of values) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < value) low = middle + 1;
      else high = middle;
    }
    before.set(value, ends[low - 1]);
    ends[low] = value;
  }
  const rise: number[] = [];
  for (let value = ends.at(-1); value !== undefined; value = before.get(value)) rise.push(value);
  return rise.reverse();
}
