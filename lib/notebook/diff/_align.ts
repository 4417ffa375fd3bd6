import { diffArrays } from "diff";

/** A run of equal, removed or added items. */
export interface Run {
  kind: "same" | "removed" | "added";
  count: number;
}

/** Aligns two lists; null where that would take more work than is left. */
export type Align = (was: readonly string[], now: readonly string[]) => Run[] | null;

/** More edits than this are no longer read as edits by anybody. */
const MAX_EDITS = 1_000;
/** Steps of Myers' algorithm: of one pair of lists, and of all together. */
const STEPS = 3_000_000;
const ALL_STEPS = 6_000_000;

/** What the parts of one diff share, so that its work and its size are bounded whatever it compares. */
export interface Bounds {
  align: Align;
  /** Asks for room for lines of texts; gives how many may be shown. */
  lines(wanted: number): number;
}

/** More lines are not read by anybody; behind them each text still shows its first ones. */
const ALL_LINES = 20_000;
const FIRST_LINES = 10;

/** Opens the bounds of one diff. */
export function openBounds(): Bounds {
  let left = ALL_LINES;
  return {
    align: openAlign(),
    lines(wanted) {
      const given = Math.min(wanted, Math.max(FIRST_LINES, left));
      left -= given;
      return given;
    },
  };
}

/** Opens an aligner whose calls share one bound of work, counted in steps and not in time: the same input gives the same runs. */
export function openAlign({ steps = ALL_STEPS } = {}): Align {
  let left = steps;
  return (was, now) => {
    const head = commonHead(was, now);
    const tail = commonTail(was, now, head);
    const [a, b] = [was.slice(head, was.length - tail), now.slice(head, now.length - tail)];
    const inner = a.length === 0 || b.length === 0 ? replaced(a, b) : align(a, b);
    return inner && joinRuns([{ kind: "same", count: head }, ...inner, { kind: "same", count: tail }]);
  };

  function align(a: string[], b: string[]): Run[] | null {
    const length = a.length + b.length;
    const edits = Math.min(MAX_EDITS, Math.floor(Math.min(STEPS, left) / length));
    const found = edits > 0 ? diffArrays(a, b, { maxEditLength: edits }) : undefined;
    if (!found) {
      left -= edits * (edits + length) / 4;
      return null;
    }
    const runs = found.map(({ added, removed, count }): Run => ({
      kind: added ? "added" : removed ? "removed" : "same",
      count: count ?? 0,
    }));
    const made = runs.reduce((sum, { kind, count }) => kind === "same" ? sum : sum + count, 0);
    left -= length + made * made / 2;
    return runs;
  }
}

/** All of one list removed, all of the other added. */
export function replaced(was: readonly unknown[], now: readonly unknown[]): Run[] {
  return joinRuns([{ kind: "removed", count: was.length }, { kind: "added", count: now.length }]);
}

/** What stands between equal items: what is gone from there and what came, and where that begins in the new list. */
export interface Gap<T> {
  gone: T[];
  come: T[];
  at: number;
}

/** The gaps of an alignment, in order. */
export function gapsOf<T>(runs: readonly Run[], was: readonly T[], now: readonly T[]): Gap<T>[] {
  const gaps: Gap<T>[] = [];
  let [i, j, open] = [0, 0, false];
  for (const { kind, count } of runs) {
    if (kind !== "same") {
      const gap = open ? gaps.pop()! : { gone: [], come: [], at: j };
      const gone = kind === "removed" ? gap.gone.concat(was.slice(i, i + count)) : gap.gone;
      gaps.push({ gone, come: kind === "added" ? gap.come.concat(now.slice(j, j + count)) : gap.come, at: gap.at });
    }
    open = kind !== "same";
    if (kind !== "added") i += count;
    if (kind !== "removed") j += count;
  }
  return gaps;
}

function joinRuns(runs: Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (run.count === 0) continue;
    if (last?.kind === run.kind) joined[joined.length - 1] = { ...last, count: last.count + run.count };
    else joined.push(run);
  }
  return joined;
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

function commonTail(a: readonly string[], b: readonly string[], head: number): number {
  let count = 0;
  const most = Math.min(a.length, b.length) - head;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}
