import { dirname, resolve } from "node:path";
import type { Json } from "../../lib/events/mod.ts";
import type { InputRead, Pin } from "../../lib/lake/mod.ts";
import {
  type CellFinding,
  type CellRun,
  type CodeCell,
  findingsOf,
  isCode,
  type Notebook,
  type Output,
  readNotebook,
  stampProvenance,
  writeNotebook,
} from "../../lib/notebook/mod.ts";
import { type CellFailure, type Child, type ChildOptions, type Execution, startChild } from "../kernel/mod.ts";
import { injectParameters } from "./parameters.ts";
import { openSave } from "./save.ts";

/** How a notebook is run. */
export interface RunOptions {
  /** Absolute folder of the workbench, which has deno.json. */
  root: string;
  /** Path to save the run notebook to; the notebook itself only where it is the same. */
  out: string;
  /** Values by name, for the cell tagged `parameters`. */
  parameters?: Record<string, Json>;
  /** The snapshot of the lake that its cells read. */
  pin?: Pin;
  /** Milliseconds after which a cell is interrupted; never unless given. */
  timeoutMs?: number;
  /** Interrupts the run; what ran so far is saved. */
  signal?: AbortSignal;
  /** Process of the cells: environment, permissions, memory, output cap. */
  child?: Pick<ChildOptions, "env" | "permissions" | "memoryMb" | "maxOutputBytes">;
  /** Is told before each cell, and at the end. */
  onProgress?(progress: RunProgress): void;
}

/** How far a run is. */
export interface RunProgress {
  /** Cells that have run. */
  done: number;
  /** Cells to run. */
  total: number;
  /** Id of the cell that runs next; empty at the end. */
  cell: string;
}

/** What came of a run. */
export interface RunReport {
  /** The notebook, an absolute path. */
  file: string;
  /** What was saved, an absolute path. */
  out: string;
  /** Whether every cell ran to its end. */
  status: "ok" | "error";
  /** The code cells that have code, in document order. */
  cells: CellReport[];
  /** What it found. */
  findings: CellFinding[];
  /** How long it took. */
  seconds: number;
}

/** What came of one cell. */
export interface CellReport {
  /** The cell's id. */
  id: string;
  /** `skipped` behind a cell that failed. */
  status: "ok" | "error" | "skipped";
  /** Milliseconds. */
  ms: number;
  /** What it read through recorded clients. */
  inputs: InputRead[];
  /** Why it failed. */
  error?: CellFailure;
}

/**
 * Runs a notebook from top to bottom in a fresh process and saves it with its outputs and their provenance. It stops at
 * the first error; what ran so far is saved. Outputs hold no times and no paths of this machine, so that a second run
 * over the same inputs saves the same bytes.
 *
 * @param file Path of the notebook.
 * @param options Where to save, parameters, limits.
 * @returns What came of each cell.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is no notebook, or a parameter does not fit.
 * @throws {Error} When it cannot be saved, or no process can be started.
 *
 * @example
 * ```ts
 * import { runNotebook } from "./run_notebook.ts";
 *
 * const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
 * const folder = await Deno.makeTempDir();
 * const cells = [{ cell_type: "code", id: "a", metadata: {}, source: "20 + 1", outputs: [], execution_count: null }];
 * await Deno.writeTextFile(`${folder}/a.ipynb`, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
 * const report = await runNotebook(`${folder}/a.ipynb`, { root, out: `${folder}/b.ipynb` });
 * console.assert(report.status === "ok" && (await Deno.readTextFile(report.out)).includes("21"));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function runNotebook(file: string, options: RunOptions): Promise<RunReport> {
  const start = performance.now();
  const [from, out] = [resolve(file), resolve(options.out)];
  const read = await readFile(from);
  const notebook = withoutRun(injectParameters(readNotebook(read, file), options.parameters ?? {}, file));
  await using pending = await openSave(out);
  const { reports, runs } = await runCells(notebook, dirname(from), options);
  const run = { cells: runs, parameters: options.parameters ?? {} };
  const stamped = await stampProvenance(notebook, run, { root: options.root, from: dirname(from) });
  await pending.save(writeNotebook(stamped));
  return {
    file: from,
    out,
    status: reports.every(({ status }) => status === "ok") ? "ok" : "error",
    cells: reports,
    findings: findingsOf(stamped),
    seconds: (performance.now() - start) / 1_000,
  };
}

async function readFile(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot run notebook "${file}" as it must be there: no such file`, { cause });
  }
}

/** A failed run must not show what an earlier one found. */
function withoutRun(notebook: Notebook): Notebook {
  const clear = (cell: CodeCell): CodeCell => {
    const { boathouse: _, execution: __, ...metadata } = cell.metadata;
    return { ...cell, metadata, outputs: [], execution_count: null };
  };
  const { boathouse: _, ...metadata } = notebook.metadata;
  return { ...notebook, metadata, cells: notebook.cells.map((cell) => isCode(cell) ? clear(cell) : cell) };
}

async function runCells(notebook: Notebook, cwd: string, options: RunOptions) {
  const { root, pin, child: limits, onProgress } = options;
  const cells = notebook.cells.filter(isCode).filter(({ source }) => source.trim() !== "");
  const runs = new Map<string, CellRun>();
  const reports: CellReport[] = [];
  const onLate = (id: string, outputs: Output[]) => runs.set(id, { ...runs.get(id)!, outputs: tidy(outputs) });
  await using child = await startChild({ root, cwd, onLate, ...limits, ...(pin ? { pin } : {}) });
  for (const [done, cell] of cells.entries()) {
    if (reports.some(({ status }) => status === "error")) {
      reports.push({ id: cell.id, status: "skipped", ms: 0, inputs: [] });
      continue;
    }
    onProgress?.({ done, total: cells.length, cell: cell.id });
    const { execution, ms } = await runCell(child, cell, options, done + 1);
    const { inputs, unproven, writes } = execution;
    runs.set(cell.id, { outputs: tidy(execution.outputs), inputs, unproven, writes });
    reports.push(reportOf(cell, execution, ms));
  }
  onProgress?.({ done: runs.size, total: cells.length, cell: "" });
  return { runs, reports };
}

async function runCell(child: Child, cell: CodeCell, { timeoutMs, signal }: RunOptions, executionCount: number) {
  const start = performance.now();
  const execution = await child.execute(cell.id, cell.source, {
    executionCount,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal ? { signal } : {}),
  });
  return { execution, ms: performance.now() - start };
}

function reportOf({ id }: CodeCell, { status, inputs, error }: Execution, ms: number): CellReport {
  const report: CellReport = { id, status, ms, inputs };
  return error ? { ...report, error } : report;
}

/** Of a line that was printed over again, as progress bars do, only the last state is kept: how many there were is chance. */
function tidy(outputs: Output[]): Output[] {
  return outputs.map((output) => {
    if (output.output_type !== "stream") return output;
    return { ...output, text: output.text.replace(/[^\n]*\r(?=[^\n])/g, "") };
  });
}
