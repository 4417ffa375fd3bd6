import type { InputRead, Pin } from "../../lib/lake/mod.ts";
import { type CellRun, type CodeCell, isCode, type Notebook, type Output } from "../../lib/notebook/mod.ts";
import { type CellFailure, type Child, type ChildOptions, type Execution, startChild } from "../kernel/mod.ts";
import { cellLabel } from "./cell_label.ts";

/** How the cells of a notebook are run. */
export interface RunCellsOptions {
  /** Absolute folder of the workbench. */
  root: string;
  /** Absolute folder of the notebook. */
  cwd: string;
  /** Milliseconds that a cell may run, by its id. */
  limits: ReadonlyMap<string, number>;
  pin?: Pin | undefined;
  signal?: AbortSignal | undefined;
  kill?: AbortSignal | undefined;
  child?: Pick<ChildOptions, "env" | "permissions" | "memoryMb" | "maxOutputBytes"> | undefined;
  /** What goes on behind a cell that ran to its end: it gives the notebook as it stands from there on. */
  behind?: { cell: string; go(child: Child): Promise<Notebook> } | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
  onCell?: ((report: CellReport) => void) | undefined;
}

/** How far a run is. */
export interface RunProgress {
  /** Cells that have run. */
  done: number;
  /** Cells to run. */
  total: number;
  /** Id of the cell that runs next; empty at the end. */
  cell: string;
  /** What people call it; empty at the end. */
  label: string;
}

/** What came of one cell. */
export interface CellReport {
  /** The cell's id. */
  id: string;
  /** What people call it: its `//| label`, else its first words. */
  label: string;
  /** `skipped` behind a cell that failed, or when the run was interrupted. */
  status: "ok" | "error" | "skipped";
  /** Milliseconds. */
  ms: number;
  /** What it read through recorded clients. */
  inputs: InputRead[];
  /** Why it failed. */
  error?: CellFailure;
}

/**
 * Runs the code cells of a notebook from top to bottom in a fresh process, until one fails or the run is interrupted.
 *
 * @param notebook The notebook.
 * @param options Folders, limits, listeners.
 * @returns The notebook that ran, what its cells did, by id, and what came of each cell.
 * @throws {Error} When no process can be started.
 */
export async function runCells(
  notebook: Notebook,
  options: RunCellsOptions,
): Promise<{ notebook: Notebook; runs: Map<string, CellRun>; reports: CellReport[] }> {
  const { root, cwd, pin, signal, kill, behind, child: process, onProgress, onCell } = options;
  let now = notebook;
  const runs = new Map<string, CellRun>();
  const reports: CellReport[] = [];
  let over = false;
  const onLate = (id: string, outputs: Output[]): void => {
    // What comes after the last cell has ended comes by chance: one run would have it, the next would not.
    if (!over) runs.set(id, { ...runs.get(id)!, outputs: tidy(outputs) });
  };
  await using child = await startChild({ root, cwd, onLate, ...process, ...(pin ? { pin } : {}) });
  using _killer = onAbort(kill, () => child[Symbol.asyncDispose]());
  for (let at = 0, cells = cellsToRun(now); at < cells.length; at++) {
    const cell = cells[at]!;
    const last = reports.at(-1)?.status ?? "ok";
    if (last !== "ok" || signal?.aborted || kill?.aborted) {
      reports.push(reportOf(cell, "skipped"));
      continue;
    }
    onProgress?.({ done: at, total: cells.length, cell: cell.id, label: cellLabel(cell.source) });
    const { execution, ms } = await runCell(child, cell, options, at + 1);
    const { inputs, unproven, writes, status, error } = execution;
    runs.set(cell.id, { outputs: tidy(execution.outputs), inputs, unproven, writes });
    reports.push({ ...reportOf(cell, status, ms), inputs, ...(error ? { error } : {}) });
    onCell?.(reports.at(-1)!);
    if (behind?.cell === cell.id && status === "ok") cells = cellsToRun(now = await behind.go(child));
  }
  over = true;
  onProgress?.({ done: runs.size, total: reports.length, cell: "", label: "" });
  return { notebook: now, runs, reports };
}

function cellsToRun({ cells }: Notebook): CodeCell[] {
  return cells.filter(isCode).filter(({ source }) => source.trim() !== "");
}

async function runCell(
  child: Child,
  cell: CodeCell,
  { limits, signal }: RunCellsOptions,
  executionCount: number,
): Promise<{ execution: Execution; ms: number }> {
  const start = performance.now();
  const timeoutMs = limits.get(cell.id);
  const execution = await child.execute(cell.id, cell.source, {
    executionCount,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal ? { signal } : {}),
  });
  return { execution, ms: performance.now() - start };
}

function reportOf({ id, source }: CodeCell, status: CellReport["status"], ms = 0): CellReport {
  return { id, label: cellLabel(source), status, ms, inputs: [] };
}

/** Of a line that was printed over again, as progress bars do, only the last state is kept: how many there were is chance. */
function tidy(outputs: Output[]): Output[] {
  return outputs.map((output) => {
    if (output.output_type !== "stream") return output;
    return { ...output, text: output.text.replace(/[^\n]*\r(?=[^\n])/g, "") };
  });
}

function onAbort(signal: AbortSignal | undefined, act: () => unknown): Disposable {
  const listener = () => void act();
  signal?.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", listener) };
}
