import type { Align } from "./_align.ts";

/** Runs of characters in a text, each from its first to behind its last, in UTF-16 units. */
export type Marks = [from: number, to: number][];

/** Longer texts are not compared by words. */
const MAX_TEXT = 2_000;
/** Texts with a smaller share of equal characters are two texts, not one that was edited. */
const LEAST_SHARED = 0.4;

/** Finds what differs between two texts word by word; null where they have little in common, or are too long. */
export function diffWords(was: string, now: string, align: Align): { old: Marks; new: Marks } | null {
  if (was.length > MAX_TEXT || now.length > MAX_TEXT) return null;
  const [a, b] = [wordsOf(was), wordsOf(now)];
  const runs = align(a, b);
  if (!runs) return null;
  const marks = { old: [] as Marks, new: [] as Marks };
  let [i, j, from, to, shared] = [0, 0, 0, 0, 0];
  for (const { kind, count } of runs) {
    const length = lengthOf(kind === "added" ? b.slice(j, j + count) : a.slice(i, i + count));
    if (kind === "removed") marks.old.push([from, from + length]);
    if (kind === "added") marks.new.push([to, to + length]);
    if (kind === "same") shared += length;
    if (kind !== "added") [i, from] = [i + count, from + length];
    if (kind !== "removed") [j, to] = [j + count, to + length];
  }
  return shared < LEAST_SHARED * Math.max(was.length, now.length) ? null : marks;
}

/** A text cut at the marks. */
export function cutAtMarks(text: string, marks: Marks): { text: string; marked: boolean }[] {
  const parts: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    parts.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true });
    at = to;
  }
  return [...parts, { text: text.slice(at), marked: false }].filter((part) => part.text !== "");
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+(?:[.,]\d+)*|\s+|[^]/gu) ?? [];
}

function lengthOf(words: string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0);
}
