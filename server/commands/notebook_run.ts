import { basename, dirname, relative, resolve } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { InputRead, Pin } from "../../lib/lake/mod.ts";
import { isCode, readNotebook } from "../../lib/notebook/mod.ts";
import { openProgress } from "./progress.ts";
import type { Action } from "./verb.ts";

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

/**
 * Runs a notebook with a progress bar on standard error.
 *
 * @param file path of the notebook
 * @param run runs it, and tells how far it is
 * @returns what the run reports
 */
export async function watched(
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
