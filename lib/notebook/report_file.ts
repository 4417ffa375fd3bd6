import { join, relative } from "node:path";
import { readNotebook } from "./read.ts";
import { placeOf, replaceFile, type ReportPlace } from "./_report_place.ts";
import { type Report, reportNotebook } from "./report.ts";

/** How a committed report differs from its notebook. */
export interface ReportProblem {
  /** Path from the root. */
  file: string;
  /** What is wrong, and the way out. */
  problem: string;
}

/**
 * Writes the report of a notebook to its place: `notebooks/x/y.ipynb` gives `reports/x/y.md` and figures `y.*.svg`
 * beside it. Figures that the notebook no longer has are removed.
 *
 * @param file Path of the notebook, below `notebooks/` of the root.
 * @param options `root`: absolute folder of the workbench.
 * @returns The paths written, from the root, the Markdown first.
 * @throws {RangeError} When the notebook is not below `notebooks/`.
 * @throws {SyntaxError | TypeError} When it is not a notebook.
 *
 * @example
 * ```ts
 * import { writeReport } from "./report_file.ts";
 *
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/notebooks/flights`, { recursive: true });
 * const file = `${root}/notebooks/flights/1_explore.ipynb`;
 * await Deno.writeTextFile(file, `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`);
 * console.assert((await writeReport(file, { root }))[0] === "reports/flights/1_explore.md");
 * ```
 */
export async function writeReport(file: string, { root }: { root: string }): Promise<string[]> {
  const { folder, name, report } = await makeReport(file, root);
  await Deno.mkdir(folder, { recursive: true });
  const files = filesOf(name, report);
  for (const [to, bytes] of files) await replaceFile(join(folder, to), bytes);
  for (const old of await strayFigures(folder, name, report)) await Deno.remove(join(folder, old));
  return [...files.keys()].map((to) => relative(root, join(folder, to)));
}

/**
 * Compares a committed report with what its notebook gives now.
 *
 * @param file Path of the notebook, below `notebooks/` of the root.
 * @param options `root`: absolute folder of the workbench.
 * @returns The differences; none when the report equals its notebook.
 * @throws {RangeError} When the notebook is not below `notebooks/`.
 * @throws {SyntaxError | TypeError} When it is not a notebook.
 *
 * @example
 * ```ts
 * import { verifyReport, writeReport } from "./report_file.ts";
 *
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/notebooks/flights`, { recursive: true });
 * const file = `${root}/notebooks/flights/1_explore.ipynb`;
 * await Deno.writeTextFile(file, `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`);
 * await writeReport(file, { root });
 * console.assert((await verifyReport(file, { root })).length === 0);
 * ```
 */
export async function verifyReport(file: string, { root }: { root: string }): Promise<ReportProblem[]> {
  const { folder, name, report } = await makeReport(file, root);
  const problems: ReportProblem[] = [];
  const add = (to: string, problem: string) => {
    problems.push({ file: relative(root, join(folder, to)), problem: `${problem}; run "boathouse notebook report"` });
  };
  for (const [to, bytes] of filesOf(name, report)) {
    const found = await readIfThere(join(folder, to));
    if (!found) add(to, "is missing");
    else if (!equal(found, bytes)) {
      add(to, `differs from its notebook${to.endsWith(".md") ? lineOf(found, bytes) : ""}`);
    }
  }
  for (const old of await strayFigures(folder, name, report)) add(old, "is of no figure of its notebook");
  return problems;
}

async function makeReport(file: string, root: string): Promise<ReportPlace & { report: Report }> {
  const place = placeOf(file, root);
  const notebook = readNotebook(await Deno.readTextFile(file), file);
  return { ...place, report: await reportNotebook(notebook, place) };
}

function filesOf(name: string, { markdown, files }: Report): Map<string, Uint8Array> {
  return new Map([[`${name}.md`, new TextEncoder().encode(markdown)], ...files]);
}

/** Files that look like this report's figures and are not. */
async function strayFigures(folder: string, name: string, { files }: Report): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const own = entry.name.startsWith(`${name}.`) && /\.(svg|png|jpeg|gif|webp)$/.test(entry.name);
      if (entry.isFile && own && !files.has(entry.name)) found.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function lineOf(found: Uint8Array, wanted: Uint8Array): string {
  const [a, b] = [found, wanted].map((bytes) => new TextDecoder().decode(bytes).split("\n"));
  return ` at line ${b!.findIndex((line, index) => line !== a![index]) + 1 || b!.length}`;
}
