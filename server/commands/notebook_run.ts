import { basename, dirname, join, relative, resolve } from "node:path";
import { findRoot, lakePaths, loadSettings, pathExists, readDuration, signingKey } from "../../lib/config/mod.ts";
import { type DirectiveProblem, directiveText } from "../../lib/cells/directives/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { InputRead, OutputWritten, Pin } from "../../lib/lake/mod.ts";
import type { InputsNow } from "../../lib/notebook/mod.ts";
import type { OpenInputs } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import { say } from "./print.ts";
import { keepDurations, readDurations } from "./run_durations.ts";
import { openRunEvents } from "./run_events.ts";
import { parsePairs, readParameterFile } from "./run_parameters.ts";
import { watchRun } from "./run_progress.ts";
import { listenForStop } from "./stop_signals.ts";
import { reportTarget } from "./_report_target.ts";
import { type Action, type Answer, type Call, UsageError } from "./verb.ts";

/** What a run of one notebook reports. */
export interface NotebookRun {
  /** What was saved, an absolute path. */
  out: string;
  /** Format of a file older than nbformat 4.5, which was upgraded; null where it was not. */
  upgradedFrom?: string | null;
  /** "ok", "error" or "aborted". */
  status: string;
  /** Of a run that was resumed: its first cell, and why; null where no cell had to run. */
  resumed?: { cell: string; reason: string } | null;
  /** What each code cell did. */
  cells: RunCell[];
  /** Seconds. */
  seconds: number;
}

/** What came of one cell. */
export interface RunCell {
  /** The cell's id. */
  id: string;
  /** How messages name it: its label, else its id. */
  name: string;
  /** What people call it. */
  label: string;
  /** Such as "ok" or "error". */
  status: string;
  /** Milliseconds. */
  ms: number;
  /** What it read. */
  inputs: InputRead[];
  /** What it wrote. */
  writes?: OutputWritten[];
  /** Why it failed. */
  error?: { name: string; message: string };
  /** Why its results are not kept, though it asks for that. */
  notCached?: string;
}

/** Runs a notebook; it lives with the kernel and is handed in by the command line. */
export type RunNotebook = (file: string, options: {
  root: string;
  out: string;
  parameters?: Record<string, Json>;
  parameterTexts?: Record<string, string>;
  resume?: boolean;
  cache?: {
    folder: string;
    secret: string;
    refresh?: boolean;
    inputsNow?: InputsNow;
    note?: (line: string) => void;
  };
  pin?: Pin;
  timeoutMs?: number;
  child?: { memoryMb?: number };
  signal?: AbortSignal;
  kill?: AbortSignal;
  onDirective?: (problem: DirectiveProblem) => void;
  onProgress?: (progress: { done: number; total: number; cell: string; label: string }) => void;
  onCell?: (cell: RunCell) => void;
}) => Promise<NotebookRun>;

/** The verb `notebook run`. */
export function notebookRun({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return async (call) => {
    checkUsage(call.options);
    const file = resolve(call.args[0]!);
    const root = findRoot(dirname(file));
    if (call.options.sweep !== undefined) return await sweep(runNotebook, call, { file, root });
    const { out: wanted } = call.options;
    const out = resolve(wanted === undefined ? file : reportTarget("--out", String(wanted), [".ipynb"]));
    const run = await runOne(runNotebook, call, { file, root, out });
    const failed = run.status === "ok" ? null : failureText(run, call.args[0]!);
    const moved = run.out === out ? null : movedText(out, run.out);
    const old = run.upgradedFrom;
    const upgraded = old ? `notebook "${call.args[0]}" is nbformat ${old}: what was saved is nbformat 4.5` : null;
    for (const text of [failed, moved, upgraded]) if (text !== null) say(`boathouse: ${text}`);
    return {
      json: JSON.parse(JSON.stringify(run)) as Json,
      text: summaryText(run),
      exitCode: failed === null && moved === null ? 0 : 1,
    };
  };
}

async function sweep(
  runNotebook: RunNotebook,
  call: Call,
  { file, root }: { file: string; root: string },
): Promise<Answer> {
  const { planSweep, runSweep, sweepText } = await import("./run_sweep.ts");
  const { out, sweep } = call.options;
  const runs = planSweep(file, sweep as string[]);
  const folder = resolve(
    out === undefined ? join(lakePaths(loadSettings(root)).runs, `sweep-${basename(file, ".ipynb")}`) : String(out),
  );
  const results = await runSweep(runs, folder, async (copy, values) => {
    const run = await runOne(runNotebook, call, { file, root, out: copy, values });
    return { run, failure: run.status === "ok" ? null : failureText(run, call.args[0]!) };
  });
  const ended = results.length === runs.length && results.every(({ status }) => status === "ok");
  return {
    json: JSON.parse(JSON.stringify(results)) as Json,
    text: sweepText(results, { planned: runs.length, folder: relative(Deno.cwd(), folder) }),
    exitCode: ended ? 0 : 1,
  };
}

function checkUsage({ resume, parameter, parameters, sweep }: Call["options"]): void {
  if (resume && sweep !== undefined) {
    throw new UsageError("Cannot sweep and resume as a sweep begins anew: leave one out");
  }
  if (!resume || (parameter === undefined && parameters === undefined)) return;
  throw new UsageError(
    "Cannot resume with parameters as --resume keeps those of the run that it resumes: leave them out",
  );
}

function summaryText({ cells, seconds, out, resumed }: NotebookRun): string {
  const saved = `${seconds.toFixed(1)} s, saved in ${relative(Deno.cwd(), out)}`;
  if (resumed === null) {
    return `${cells.length === 1 ? "the cell is" : `all ${cells.length} cells are`} fresh: nothing had to run`;
  }
  const nameOf = (id: string) => cells.find((cell) => cell.id === id)?.name ?? id;
  const counts = Map.groupBy(cells, ({ status }) => status);
  const rest = [["again", "run again for their values"], ["kept", "kept"], ["cached", "from the cache"]] as const;
  const others = rest.flatMap(([status, words]) =>
    counts.has(status) ? [`${counts.get(status)!.length} ${words}`] : []
  );
  const left = counts.get("skipped")?.length ?? 0;
  const ran = left > 0
    ? `${cells.length - left} of ${cellsText(cells.length)} run`
    : others.length === 0
    ? cellsText(cells.length)
    : [`${cellsText(counts.get("ok")?.length ?? 0)} run`, ...others].join(", ");
  return `${ran} in ${saved}${resumed ? `; resumed at "${nameOf(resumed.cell)}": ${resumed.reason}` : ""}`;
}

function cellsText(number: number): string {
  return `${number} ${number === 1 ? "cell" : "cells"}`;
}

async function runOne(
  runNotebook: RunNotebook,
  { options, note }: Call,
  { file, root, out, values = {} }: { file: string; root: string; out: string; values?: Record<string, string> },
): Promise<NotebookRun> {
  const settings = loadSettings(root);
  const { cache } = lakePaths(settings);
  const folder = join(cache, "notebooks", "durations");
  const name = relative(root, file);
  if (!pathExists(file)) {
    throw new Deno.errors.NotFound(`Cannot run notebook "${name}" as it must be there: no such file`);
  }
  using stop = listenForStop(note);
  await using inputs = openInputsLater(root);
  await using events = openRunEvents({ root, file, note });
  using watch = watchRun(basename(file), { durations: await readDurations(folder, name), note });
  const run = await runNotebook(file, {
    root,
    out,
    ...(options.parameters === undefined ? {} : { parameters: await readParameterFile(String(options.parameters)) }),
    parameterTexts: { ...parsePairs((options.parameter ?? []) as string[]), ...values },
    ...(options.resume === true ? { resume: true } : {}),
    cache: {
      folder: join(cache, "cells"),
      secret: signingKey(settings),
      refresh: options.cache === false,
      inputsNow: inputs.now,
      note: (line) => say(`boathouse: ${line}`),
    },
    ...(options.timeout === undefined ? {} : { timeoutMs: readDuration(String(options.timeout))! }),
    ...(options.memory === undefined ? {} : { child: { memoryMb: Number(options.memory) } }),
    onDirective: (problem) => say(`boathouse: notebook "${name}", ${directiveText(problem)}`),
    ...stop,
    ...watch,
  });
  for (const { name, notCached } of run.cells) if (notCached) note(`cell "${name}" is not cached: ${notCached}`);
  await events.end(run);
  await keepDurations(folder, name, run.cells).catch((error) => note(`no durations are kept: ${explain(error)}`));
  return run;
}

/** Loads the workbench for the first question only: that takes longer than fifty cells to run. */
function openInputsLater(root: string): OpenInputs {
  let opening: Promise<OpenInputs> | undefined;
  const open = async () => (await import("../../lib/workbench/mod.ts")).openInputsNow(root);
  return {
    now: async (name, input) => await (await (opening ??= open())).now(name, input),
    [Symbol.asyncDispose]: async () => await (await opening)?.[Symbol.asyncDispose](),
  };
}

/**
 * Refuses a run that did not come to its end.
 *
 * @param run what the run reports
 * @param file the notebook, as shown to people
 * @throws {Error} with the cell that failed and its error
 */
export function refuseFailed(run: NotebookRun, file: string): void {
  if (run.status !== "ok") throw new Error(failureText(run, file));
}

function failureText({ status, cells }: NotebookRun, file: string): string {
  const failed = cells.find((cell) => cell.error);
  const rule = `Cannot run notebook "${file}" to its end as`;
  if (status === "aborted") return `${rule} it was interrupted${failed ? ` in cell "${failed.name}"` : ""}`;
  const why = failed?.error ? `${failed.error.name}: ${failed.error.message}` : status;
  return `${rule} cell "${failed?.name}" failed: ${why}`;
}

function movedText(out: string, beside: string): string {
  return `Cannot save notebook "${out}" as it must be as it was when the run began: its results are in "${beside}"`;
}
