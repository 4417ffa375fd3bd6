import { basename, dirname, join, relative, resolve } from "node:path";
import type { Json } from "../../lib/events/mod.ts";
import type { InputRead, Pin } from "../../lib/lake/mod.ts";
import {
  type CellRun,
  type CodeCell,
  findingsOf,
  isCode,
  type Notebook,
  readNotebook,
  stampProvenance,
  writeNotebook,
} from "../../lib/notebook/mod.ts";
import { type CellFailure, type Child, startChild } from "../kernel/mod.ts";
import { injectParameters } from "./parameters.ts";

/** How to run a notebook. */
export interface RunOptions {
  /** Absolute folder of the workbench. */
  root: string;
  /** Where the notebook with its results goes; the notebook itself is written only when it is named here. */
  out: string;
  /** Values for the cell tagged `parameters`. */
  parameters?: Record<string, Json>;
  /** Snapshot of the lake to read. */
  pin?: Pin;
  /** Milliseconds that one cell may take; no limit unless given. */
  timeoutMs?: number;
  /** Interrupts the run; what was done is saved. */
  signal?: AbortSignal;
  /** Is told before each cell. */
  onProgress?: (progress: RunProgress) => void;
}

/** How far a run is. */
export interface RunProgress {
  /** Cells that are done. */
  done: number;
  /** Cells in all. */
  total: number;
  /** Id of the next cell. */
  cell: string;
}

/** What one cell did. */
export interface CellReport {
  /** Its id. */
  id: string;
  /** "skipped" behind the first error. */
  status: "ok" | "error" | "skipped";
  /** Milliseconds. */
  ms: number;
  /** What it read through recorded clients. */
  inputs: InputRead[];
  /** Why it failed. */
  error?: CellFailure;
}

/** What a run did. */
export interface RunReport {
  /** The notebook, relative to the workbench. */
  file: string;
  /** Where its results are, relative to the workbench. */
  out: string;
  /** "error" when a cell failed; what was done before is saved. */
  status: "ok" | "error";
  /** One entry per code cell, in order. */
  cells: CellReport[];
  /** Number of findings. */
  findings: number;
  /** Seconds in all. */
  seconds: number;
}

/**
 * Runs a notebook from top to bottom in a process of its own, and saves it with outputs and provenance in one step. It
 * stops at the first error; the same run gives the same bytes.
 *
 * @param file path of the notebook
 * @param options where results go, parameters, snapshot, limits
 * @returns what each cell did
 * @throws {SyntaxError | TypeError | RangeError} when the file is no notebook or does not have a parameter
 */
export async function runNotebook(file: string, options: RunOptions): Promise<RunReport> {
  const begun = performance.now();
  const { root, out, parameters = {}, pin } = options;
  const path = resolve(file);
  const shown = relative(root, path);
  const notebook = await injectParameters(readNotebook(await Deno.readTextFile(path), shown), parameters, shown);
  await using child = await startChild({ root, cwd: dirname(path), ...(pin && { pin }) });
  const { cells, runs } = await runCells(notebook, child, options);
  const cleared = { ...notebook, cells: notebook.cells.map((cell) => isCode(cell) ? clear(cell) : cell) };
  const stamped = await stampProvenance(cleared, { cells: runs, parameters }, { root, from: dirname(path) });
  await save(resolve(out), writeNotebook(stamped));
  return {
    file: shown,
    out: relative(root, resolve(out)),
    status: cells.every(({ status }) => status === "ok") ? "ok" : "error",
    cells,
    findings: findingsOf(stamped).length,
    seconds: Math.round(performance.now() - begun) / 1000,
  };
}

async function runCells(notebook: Notebook, child: Child, { timeoutMs, signal, onProgress }: RunOptions) {
  const code = notebook.cells.filter(isCode);
  const cells: CellReport[] = [];
  const runs = new Map<string, CellRun>();
  let failed = false;
  for (const [done, { id, source }] of code.entries()) {
    if (failed) {
      cells.push({ id, status: "skipped", ms: 0, inputs: [] });
      continue;
    }
    onProgress?.({ done, total: code.length, cell: id });
    const begun = performance.now();
    const limits = {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal && { signal }),
      executionCount: done + 1,
    };
    const { status, outputs, inputs, unproven, error } = await child.execute(id, source, limits);
    const ms = Math.round(performance.now() - begun);
    runs.set(id, { outputs, inputs, unproven });
    cells.push({ id, status, ms, inputs, ...(error && { error }) });
    failed = status === "error";
  }
  return { cells, runs };
}

// Results of an earlier run must not stand behind the first error of this one.
function clear(cell: CodeCell): CodeCell {
  const { boathouse: _, ...metadata } = cell.metadata;
  return { ...cell, metadata, outputs: [], execution_count: null };
}

async function save(out: string, text: string): Promise<void> {
  const fresh = join(dirname(out), `.${basename(out)}.tmp-${crypto.randomUUID()}`);
  try {
    await Deno.writeTextFile(fresh, text);
    await Deno.rename(fresh, out);
  } catch (error) {
    await Deno.remove(fresh).catch((gone) => {
      if (!(gone instanceof Deno.errors.NotFound)) throw gone;
    });
    throw error;
  }
}
