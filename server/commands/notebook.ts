import { basename, dirname, join, relative, resolve } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { InputRead, Pin } from "../../lib/lake/mod.ts";
import {
  findingsOf,
  isCode,
  readNotebook,
  reportNotebook,
  verifyNotebook,
  writeReport,
} from "../../lib/notebook/mod.ts";
import { type Analysis, listAnalyses } from "../../lib/product/mod.ts";
import type { Action } from "./verb.ts";
import { openProgress } from "./progress.ts";
import { textTable } from "./text_table.ts";

/** What a run of one notebook reports. */
export interface NotebookRun {
  /** "ok" or "error". */
  status: string;
  /** What each code cell did. */
  cells: { id: string; status: string; inputs: InputRead[]; error?: { name: string; message: string } }[];
  /** Seconds. */
  seconds: number;
}

/** Runs a notebook; it lives with the kernel and is handed in by the command line. */
export type RunNotebook = (file: string, options: {
  root: string;
  out: string;
  parameters?: Record<string, Json>;
  pin?: Pin;
  onProgress?: (progress: { done: number; total: number; cell: string }) => void;
}) => Promise<NotebookRun>;

/** What to run, and where the copy and its report go. */
export interface ProductRun {
  /** Folder of the workbench. */
  root: string;
  /** The committed notebook, which stays as it is. */
  file: string;
  /** Folder of the copy. */
  folder: string;
  /** Snapshot to read. */
  pin: Pin;
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
export async function runProductNotebook({ root, file, folder, pin, runNotebook }: ProductRun) {
  const out = join(folder, basename(file));
  const run = await watched(file, (onProgress) => runNotebook(file, { root, out, pin, onProgress }));
  refuseFailed(run, relative(root, file));
  const { report, findings } = await reportCopy(out, folder);
  const inputs = run.cells.flatMap((cell) => cell.inputs);
  return { file: relative(root, out), cells: run.cells.length, findings, seconds: run.seconds, report, inputs };
}

/** The verb `notebook run`. */
export function notebookRun({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return async ({ args, options }) => {
    const file = resolve(args[0]!);
    const root = findRoot(dirname(file));
    const out = resolve(String(options.out ?? file));
    const parameters = parseParameters((options.parameter ?? []) as string[]);
    const run = await watched(file, (onProgress) => runNotebook(file, { root, out, parameters, onProgress }));
    const json = JSON.parse(JSON.stringify(run)) as Json;
    if (run.status !== "ok") refuseFailed(run, args[0]!);
    return {
      json,
      text: `${run.cells.length} cells in ${run.seconds.toFixed(1)} s, saved in ${relative(Deno.cwd(), out)}`,
    };
  };
}

/** The verb `notebook verify`. */
export const notebookVerify: Action = async ({ rest, root }) => {
  const folder = root();
  const files = rest.length > 0 ? rest.flatMap(notebooksBelow) : notebooksBelow(join(folder, "notebooks"));
  const rows: Record<string, Json>[] = [];
  for (const file of files) {
    for (const { cell, label, verdict, reason, unproven } of await verifyNotebook(file, { root: folder })) {
      rows.push({
        notebook: relative(folder, resolve(file)),
        cell: label ?? cell,
        verdict,
        reason,
        unproven: unproven.join(", "),
      });
    }
  }
  const stale = rows.filter(({ verdict }) => verdict !== "fresh");
  const text = stale.length === 0
    ? `${rows.length} cells in ${files.length} notebooks, all fresh`
    : `${textTable(stale)}\n\n${stale.length} of ${rows.length} cells are not fresh: run "boathouse notebook run FILE"`;
  return { json: rows, text, exitCode: stale.length === 0 ? 0 : 1 };
};

/** The verb `notebook report`. */
export const notebookReport: Action = async ({ args }) => {
  const file = resolve(args[0]!);
  const root = findRoot(dirname(file));
  const files = await writeReport(file, { root });
  return { json: { report: files[0]!, figures: files.slice(1) }, text: files.join("\n") };
};

/** The verb `notebook list`. */
export const notebookList: Action = async ({ root }) => {
  const analyses = await listAnalyses(root());
  const rows = analyses.map(({ file, question, findings, verdict }: Analysis) => ({
    file,
    verdict,
    findings: findings.length,
    question,
  }));
  return { json: JSON.parse(JSON.stringify(analyses)), text: textTable(rows) };
};

async function reportCopy(out: string, folder: string): Promise<{ report: string; findings: number }> {
  const name = basename(out, ".ipynb");
  const notebook = readNotebook(await Deno.readTextFile(out), out);
  const { markdown, files } = await reportNotebook(notebook, { name });
  for (const [file, bytes] of files) await Deno.writeFile(join(folder, file), bytes);
  const report = join(folder, `${name}.md`);
  await Deno.writeTextFile(report, markdown);
  return { report, findings: findingsOf(notebook).length };
}

async function watched(
  file: string,
  run: (onProgress: (progress: { done: number; total: number; cell: string }) => void) => Promise<NotebookRun>,
): Promise<NotebookRun> {
  const total = readNotebook(await Deno.readTextFile(file), file).cells.filter(isCode).length;
  using bar = openProgress(basename(file), total);
  return await run(({ done, cell }) => bar.update(done, `${basename(file)} ${cell}`));
}

/**
 * Refuses a run that did not come to its end.
 *
 * @param run what the run reports
 * @param file the notebook, as shown to people
 * @throws {Error} with the cell that failed and its error
 */
export function refuseFailed(run: NotebookRun, file: string): void {
  if (run.status === "ok") return;
  const failed = run.cells.find(({ status }) => status !== "ok");
  const why = failed?.error ? `${failed.error.name}: ${failed.error.message}` : failed?.status ?? run.status;
  throw new Error(`Cannot run notebook "${file}" to its end as cell "${failed?.id}" failed: ${why}`);
}

function parseParameters(pairs: readonly string[]): Record<string, Json> {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new RangeError(`Cannot read parameter "${pair}" as it must be NAME=VALUE`);
    return [pair.slice(0, at), parseValue(pair.slice(at + 1))];
  }));
}

function parseValue(text: string): Json {
  return /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|\[.*\]|\{.*\}|".*")$/s.test(text) ? JSON.parse(text) : text;
}

function notebooksBelow(path: string): string[] {
  if (Deno.statSync(path).isFile) return [path];
  return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    if (entry.isDirectory && !entry.name.startsWith(".")) return notebooksBelow(join(path, entry.name));
    return entry.name.endsWith(".ipynb") ? [join(path, entry.name)] : [];
  });
}
