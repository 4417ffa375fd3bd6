import { type Align, type Bounds, replaced, type Run } from "./_align.ts";
import { diffWords, type Marks } from "./_words.ts";

/** A text that changed, as runs of lines. */
export interface TextChange {
  /** Lines that are new. */
  added: number;
  /** Lines that are gone. */
  removed: number;
  /** False where the texts are too large or too different to be aligned: then all lines count as replaced. */
  aligned: boolean;
  /** Changed lines with up to three equal ones around them. */
  hunks: Hunk[];
  /** Changed lines that are left out of the hunks. */
  more: number;
}

/** Lines that changed near each other. */
export interface Hunk {
  /** Its first line in the old text, from 1. */
  old: number;
  /** Its first line in the new text, from 1. */
  new: number;
  /** The lines in order. */
  lines: DiffLine[];
}

/** One line of a hunk. */
export interface DiffLine {
  /** Whether it is in both texts, in the old one only or in the new one only. */
  kind: "same" | "removed" | "added";
  /** The line, cut at 2,000 characters. */
  text: string;
  /** What differs from the line that it replaces or that replaces it, in UTF-16 units; absent where there is none. */
  marks?: Marks;
}

const CONTEXT = 3;
const MAX_LINES = 400;
const MAX_LINE = 2_000;

/** Compares two texts by lines, and lines that replace each other by words; null where they are equal. */
export function diffText(was: string, now: string, { align, lines: askRoom }: Bounds): TextChange | null {
  if (was === now) return null;
  const ends = [was, now].every((text) => text === "" || text.endsWith("\n"));
  const [a, b] = [linesOf(was, ends), linesOf(now, ends)];
  const found = align(a, b);
  const runs = found ?? replaced(a, b);
  const count = (kind: Run["kind"]) => runs.reduce((sum, run) => run.kind === kind ? sum + run.count : sum, 0);
  const [added, removed] = [count("added"), count("removed")];
  const { hunks, shown } = cutHunks(runs, a, b, askRoom(Math.min(MAX_LINES, added + removed)));
  return {
    added,
    removed,
    aligned: found !== null,
    hunks: found ? hunks.map((hunk) => ({ ...hunk, lines: markLines(hunk.lines, align) })) : hunks,
    more: added + removed - shown,
  };
}

/** A line break at the end is worth a line of its own only where the other text has none. */
function linesOf(text: string, ends: boolean): string[] {
  if (text === "") return [];
  return (ends ? text.slice(0, -1) : text).split("\n");
}

/** Equal lines between two changes stay together while both need them; the first and last run of equal lines is cut. */
function cutHunks(runs: Run[], a: string[], b: string[], most: number): { hunks: Hunk[]; shown: number } {
  const hunks: Hunk[] = [];
  let open: Hunk | null = null;
  let [i, j, shown] = [0, 0, 0];
  for (const [index, { kind, count }] of runs.entries()) {
    if (kind !== "same" && shown >= most) break;
    const last = index === runs.length - 1;
    if (kind !== "same") {
      const room = Math.min(count, most - shown);
      if (!open) hunks.push(open = { old: i + 1, new: j + 1, lines: [] });
      open.lines.push(...kind === "removed" ? take(kind, a, i, room) : take(kind, b, j, room));
      shown += room;
    } else if (open && !last && count <= 2 * CONTEXT) open.lines.push(...take(kind, a, i, count));
    else {
      open?.lines.push(...take(kind, a, i, Math.min(count, CONTEXT)));
      const skip = Math.max(0, count - CONTEXT);
      open = last ? null : { old: i + skip + 1, new: j + skip + 1, lines: take(kind, a, i + skip, count - skip) };
      if (open) hunks.push(open);
    }
    if (kind !== "added") i += count;
    if (kind !== "removed") j += count;
  }
  return { hunks: hunks.filter(({ lines }) => lines.some((line) => line.kind !== "same")), shown };
}

function take(kind: DiffLine["kind"], lines: string[], from: number, count: number): DiffLine[] {
  return lines.slice(from, from + count).map((text) => ({ kind, text: cut(text) }));
}

function cut(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}

/** Marks the words that differ, where lines replace others one by one. */
function markLines(lines: DiffLine[], align: Align): DiffLine[] {
  const marked = [...lines];
  for (let at = 0; at < lines.length;) {
    const removed = countKind(lines, at, "removed");
    const added = countKind(lines, at + removed, "added");
    for (let k = 0; k < Math.min(removed, added); k++) {
      const [was, now] = [lines[at + k]!, lines[at + removed + k]!];
      const marks = diffWords(was.text, now.text, align);
      if (marks) {
        [marked[at + k], marked[at + removed + k]] = [{ ...was, marks: marks.old }, { ...now, marks: marks.new }];
      }
    }
    at += Math.max(1, removed + added);
  }
  return marked;
}

function countKind(lines: DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let count = 0;
  while (lines[from + count]?.kind === kind) count++;
  return count;
}
