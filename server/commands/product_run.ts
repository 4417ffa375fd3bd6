import { basename, join, relative } from "node:path";
import type { Json } from "../../lib/events/mod.ts";
import type { Pin } from "../../lib/lake/mod.ts";
import { findingsOf, readNotebook, reportNotebook } from "../../lib/notebook/mod.ts";
import { refuseFailed, type RunNotebook } from "./notebook_run.ts";
import { watchRun } from "./run_progress.ts";

/** What to run, and where the copy and its report go. */
export interface ProductRun {
  /** Folder of the workbench. */
  root: string;
  /** The committed notebook, which stays as it is. */
  file: string;
  /** Folder of the copy. */
  folder: string;
  /** Snapshot to read; that of its start by default. */
  pin?: Pin;
  /** Values for its cell tagged `parameters`. */
  parameters?: Record<string, Json>;
  /** How to run it. */
  runNotebook: RunNotebook;
}

/**
 * Runs a product's notebook on a pinned snapshot into a copy, and writes the copy's report beside it.
 *
 * @param run notebook, folder of the copy, snapshot
 * @returns what ran
 * @throws {Error} when a cell fails, with the cell and its error
 */
export async function runProductNotebook({ root, file, folder, runNotebook, ...given }: ProductRun) {
  const out = join(folder, basename(file));
  using watch = watchRun(basename(file));
  const run = await runNotebook(file, { root, out, ...given, ...watch });
  refuseFailed(run, relative(root, file));
  const { report, findings } = await reportCopy(out, folder);
  const inputs = run.cells.flatMap((cell) => cell.inputs);
  return { file: relative(root, out), cells: run.cells.length, findings, seconds: run.seconds, report, inputs };
}

async function reportCopy(out: string, folder: string): Promise<{ report: string; findings: number }> {
  const name = basename(out, ".ipynb");
  const notebook = readNotebook(await Deno.readTextFile(out), out);
  const { markdown, files } = await reportNotebook(notebook, { name });
  for (const [file, bytes] of files) await Deno.writeFile(join(folder, file), bytes);
  const report = join(folder, `${name}.md`);
  await Deno.writeTextFile(report, markdown);
  return { report, findings: findingsOf(notebook).length };
}
