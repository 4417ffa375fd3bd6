import type { FileChange } from "../git/mod.ts";
import { type CellVerdicts, diffVersions, type NotebookDiff, type NotebookVersion } from "../notebook/mod.ts";
import { isReviewed, type ReviewSide } from "./_review_side.ts";

/** A notebook that changed, or whose results did not follow what changed. */
export interface NotebookReview {
  /** Path from the root of the repository; the old one where it is gone. */
  file: string;
  /** Its old path, where it was renamed. */
  oldFile?: string;
  /** What became of the file. */
  state: "added" | "removed" | "changed" | "untouched" | "broken";
  /** Why one side could not be read or judged; empty otherwise. */
  problems: string[];
  /** How its versions differ; null where the new one cannot be read. */
  diff: NotebookDiff | null;
  /** How many cells have which code verdict in the new version; empty where it was not judged. */
  verdicts: Record<string, number>;
  /** Cells whose results are not those of their code. */
  doubtful: DoubtfulCell[];
}

/** A cell whose results are not those of its code. */
export interface DoubtfulCell {
  /** Label or id of the cell. */
  cell: string;
  /** Its code verdict. */
  verdict: string;
  /** Why. */
  reason: string;
}

/** What became of a notebook, in words that a reader may need to escape. */
export function stateText({ state, oldFile, diff }: NotebookReview): string {
  if (oldFile === undefined || state === "broken") return state;
  return `${diff?.equal ? "" : "changed, "}renamed from ${oldFile}`;
}

/** Reviews the notebooks that changed, and those that became doubtful without a change of their own. */
export async function reviewNotebooks(
  was: ReviewSide,
  now: ReviewSide,
  changes: FileChange[],
): Promise<NotebookReview[]> {
  const touched = changes.filter((change) => {
    const path = change.new ?? change.old!;
    return path.endsWith(".ipynb") && isReviewed(path);
  });
  const reviews: NotebookReview[] = [];
  for (const change of touched) reviews.push(await reviewNotebook(change, was, now));
  const known = new Set(touched.map((change) => change.new));
  for (const file of now.list(".ipynb").filter((path) => !known.has(path))) {
    const version = await now.version(file);
    const doubtful = doubtfulCells(version.verdicts ?? []);
    if (doubtful.length === 0) continue;
    const before = new Set(doubtfulCells((await was.version(file)).verdicts ?? []).map(({ cell }) => cell));
    const fresh = doubtful.filter(({ cell }) => !before.has(cell));
    if (fresh.length === 0) continue;
    const verdicts = countVerdicts(version.verdicts ?? []);
    reviews.push({ file, state: "untouched", problems: [], diff: null, verdicts, doubtful: fresh });
  }
  return reviews.sort((a, b) => a.file < b.file ? -1 : 1);
}

async function reviewNotebook(change: FileChange, was: ReviewSide, now: ReviewSide): Promise<NotebookReview> {
  const [old, recent] = [await was.version(change.old), await now.version(change.new)];
  const isBroken = recent.state === "broken";
  const renamed = change.old !== null && change.new !== null && change.old !== change.new;
  return {
    file: change.new ?? change.old!,
    ...renamed ? { oldFile: change.old! } : {},
    state: isBroken ? "broken" : change.old === null ? "added" : change.new === null ? "removed" : "changed",
    problems: [...new Set([old, recent].flatMap((version) => problemOf(version)))],
    diff: !isBroken && (old.notebook || recent.notebook) ? diffVersions(old, recent) : null,
    verdicts: countVerdicts(recent.verdicts ?? []),
    doubtful: doubtfulCells(recent.verdicts ?? []),
  };
}

function problemOf({ problem }: NotebookVersion): string[] {
  return problem === "" ? [] : [problem];
}

function countVerdicts(verdicts: CellVerdicts[]): Record<string, number> {
  const counts = Object.groupBy(verdicts, ({ code }) => code.verdict);
  return Object.fromEntries(Object.entries(counts).map(([verdict, cells]) => [verdict, cells.length]));
}

function doubtfulCells(verdicts: CellVerdicts[]): DoubtfulCell[] {
  return verdicts.filter(({ code }) => code.verdict !== "fresh").map(({ cell, label, code }) => {
    return { cell: label ?? cell, verdict: code.verdict, reason: code.reason };
  });
}
