import { dirname } from "node:path";
import type { Notebook } from "../notebook.ts";
import { readNotebook } from "../read.ts";
import { readText } from "../sources.ts";
import type { CellVerdicts } from "../verdicts.ts";
import { judgeNotebook } from "../verify.ts";
import { diffNotebooks, type NotebookDiff } from "./diff_notebooks.ts";
import { orProblem } from "./or_problem.ts";

/** One version of a notebook, as it is on the disk or in a commit. */
export interface NotebookVersion {
  /** How it is called; empty where there is none by any name. */
  name: string;
  /** Whether there is a file, and whether it is a notebook. */
  state: "there" | "absent" | "broken";
  /** Null unless it is there. */
  notebook: Notebook | null;
  /** The verdicts on its cells; null where it was not judged, for example in no workbench. */
  verdicts: CellVerdicts[] | null;
  /** Why it is broken, or could not be judged; empty otherwise. */
  problem: string;
}

/** Where a version is. */
export interface VersionOptions {
  /** How it is called. */
  name: string;
  /** Absolute folder of its workbench; null in none: it is not judged then. */
  root: string | null;
  /** The text of a file by its absolute path, null when there is none; reads the disk by default. */
  readFile?: (path: string) => string | null;
}

/**
 * Reads and judges one version of a notebook. What is wrong with it is told, and nothing is thrown for it.
 *
 * @param path Absolute path of the file; null where there is none.
 * @param options Its name, its workbench, and how to read a file.
 * @returns The version.
 *
 * @example
 * ```ts
 * import { readVersion } from "./version.ts";
 *
 * const { state } = await readVersion("/w/a.ipynb", { name: "a.ipynb", root: null, readFile: () => "{" });
 * console.assert(state === "broken");
 * ```
 */
export async function readVersion(
  path: string | null,
  { name, root, readFile = readText }: VersionOptions,
): Promise<NotebookVersion> {
  const nothing = { name, notebook: null, verdicts: null, problem: "" };
  if (path === null) return { ...nothing, state: "absent" };
  const text = await orProblem(() => readFile(path));
  if (text.problem !== "") return { ...nothing, state: "broken", problem: text.problem };
  if (text.value === null) return { ...nothing, state: "absent" };
  const { value: notebook, problem } = await orProblem(() => readNotebook(text.value!, name));
  if (!notebook) return { ...nothing, state: "broken", problem };
  if (root === null) return { name, state: "there", notebook, verdicts: null, problem: "" };
  const judged = await orProblem(() => judgeNotebook(notebook, { root, from: dirname(path), readFile }));
  return { name, state: "there", notebook, verdicts: judged.value, problem: judged.problem };
}

const EMPTY: Notebook = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };

/**
 * Compares two versions; one that is not there, or is broken, counts as empty and is told in the notes.
 *
 * @param was The old version.
 * @param now The new version.
 * @returns All that differs.
 * @throws {RangeError} When there is a notebook on neither side.
 *
 * @example
 * ```ts
 * import { diffVersions, readVersion } from "./version.ts";
 *
 * const readFile = () => `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`;
 * const now = await readVersion("/w/a.ipynb", { name: "a.ipynb", root: null, readFile });
 * const was = await readVersion(null, { name: "none", root: null });
 * console.assert((diffVersions(was, now)).notes[0] === "the notebook is new: none is not there");
 * ```
 */
export function diffVersions(was: NotebookVersion, now: NotebookVersion): NotebookDiff {
  if (!was.notebook && !now.notebook) throw new RangeError(whyNothing([was, now]));
  const judged = now.verdicts && (was.verdicts || !was.notebook);
  const verdicts = judged ? { verdicts: { old: was.verdicts ?? [], new: now.verdicts! } } : {};
  const diff = diffNotebooks(was.notebook ?? EMPTY, now.notebook ?? EMPTY, verdicts);
  const notes = [
    ...[was, now].flatMap(({ problem }) => problem === "" ? [] : [problem]),
    ...was.state === "absent" ? [`the notebook is new${missing(was)}`] : [],
    ...now.state === "absent" ? [`the notebook is gone${missing(now)}`] : [],
  ];
  const isWhole = was.state === "absent" || now.state === "absent";
  return { ...diff, ...isWhole ? withoutTools(diff) : {}, notes: [...notes, ...diff.notes] };
}

function missing({ name }: NotebookVersion): string {
  return name === "" ? "" : `: ${name} is not there`;
}

/** That a whole notebook comes with what tools write into every one tells nothing. */
function withoutTools({ metadata }: NotebookDiff): Pick<NotebookDiff, "metadata" | "traces"> {
  return {
    metadata: metadata.filter(({ name }) => !OF_TOOLS.has(name)),
    traces: { counted: 0, recorded: 0, sealed: false },
  };
}

const OF_TOOLS = new Set(["kernelspec", "language_info", "boathouse.boathouse", "boathouse.deno", "boathouse.schema"]);

function whyNothing(sides: NotebookVersion[]): string {
  const found = sides.map(({ name, problem }) => problem === "" ? `"${name}" is not there` : problem);
  return `Cannot compare two notebooks as one side must be there: ${found.join("; ")}`;
}
