import type { InputRead, OutputWritten, Pin } from "../../lib/lake/mod.ts";
import type { CellRun, CodeCell, Notebook, Output } from "../../lib/notebook/mod.ts";
import { cellName } from "../../lib/cells/directives/mod.ts";
import { readEnv } from "../../lib/config/env/mod.ts";
import {
  type CellFailure,
  type Child,
  type ChildOptions,
  type Execution,
  type OnLate,
  startChild,
} from "../kernel/mod.ts";
import { type CacheOptions, type CellCache, openCellCache } from "./cache/mod.ts";
import type { EarlyChild } from "./early_child.ts";
import { cellLabel } from "./cell_label.ts";
import { cellsToRun } from "./resume.ts";

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
  /** The process, where it is being started already. */
  early?: EarlyChild | undefined;
  /** What becomes of cells that have results on record: run again for their values only, or not at all. */
  above?: RecordedCells | undefined;
  /** What goes on behind a cell that ran to its end: it gives the notebook as it stands from there on, by `adds` cells longer. */
  behind?: { cell: string; adds: number; go(child: Child): Promise<Notebook> } | undefined;
  /** Where results of the cells of these ids are kept. */
  cache?: { cells: ReadonlySet<string>; options: CacheOptions } | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
  onCell?: ((report: CellReport) => void) | undefined;
}

/** Cells that stand above the one at which a run goes on. */
export interface RecordedCells {
  /** How a cell is treated and what is on record of it, by its id. */
  cells: ReadonlyMap<string, { how: "kept" | "again"; recorded: CellRun }>;
  /** Tells why a cell that was run again is not as it is on record; null where it is. */
  differs(id: string, run: CellRun): string | null;
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
  /** How messages name it: its `//| label`, else its id. */
  name: string;
  /** What people call it: its `//| label`, else its first words. */
  label: string;
  /**
   * `skipped` behind a cell that failed, or when the run was interrupted; in a run that goes on, `kept` where the cell
   * did not run, and `again` where it ran for its values and showed what it had shown; `cached` where its results were
   * those of an earlier run.
   */
  status: "ok" | "error" | "skipped" | "kept" | "again" | "cached";
  /** Milliseconds. */
  ms: number;
  /** What it read through recorded clients. */
  inputs: InputRead[];
  /** What it wrote through recorded clients; nothing unless it ran anew. */
  writes?: OutputWritten[];
  /** Why it failed. */
  error?: CellFailure;
  /** Why its results are not kept for other runs, though it asks for that. */
  notCached?: string;
}

/** What came of the cells of a notebook. */
export interface RanCells {
  /** The notebook that ran. */
  notebook: Notebook;
  /** What its cells did, by id, in document order. */
  runs: Map<string, CellRun>;
  reports: CellReport[];
  /** The cell that is not as it is on record, at which the run has ended; null where there is none. */
  changed: { cell: string; reason: string } | null;
}

/**
 * Runs the code cells of a notebook from top to bottom in a fresh process, until one fails or the run is interrupted.
 *
 * @param notebook The notebook.
 * @param options Folders, limits, listeners.
 * @returns What came of its cells.
 * @throws {Error} When no process can be started.
 */
export async function runCells(notebook: Notebook, options: RunCellsOptions): Promise<RanCells> {
  const ran: RanCells = { notebook, runs: new Map(), reports: [], changed: null };
  const late = new Set<string>();
  const cache = await cacheOf(notebook, options);
  await runInOrder(ran, options, { cache, late });
  if (!cache || options.kill?.aborted) return ran;
  const notKept = await cache.keep(ran.notebook, late);
  const reports = ran.reports.map((report) => {
    const reason = notKept.get(report.id);
    return reason === undefined || report.status !== "ok" ? report : { ...report, notCached: reason };
  });
  return { ...ran, reports };
}

/** Runs the cells until one fails, the run is interrupted, or one is not as it is on record; fills what came of them. */
async function runInOrder(ran: RanCells, options: RunCellsOptions, kept: Kept): Promise<void> {
  const { root, cwd, pin, signal, kill, early, above, behind, child: process, onProgress, onCell } = options;
  const { runs, reports } = ran;
  let [over, coming] = [false, behind?.adds ?? 0];
  const onLate: OnLate = (id, outputs, reads) => {
    const owner = ownerOf(id);
    kept.late.add(owner);
    // What comes after the last cell has ended comes by chance: one run would have it, the next would not.
    if (over || above?.cells.has(owner)) return;
    if (owner !== id) addReads(runs, owner, reads);
    else runs.set(id, { ...runs.get(id)!, ...reads, outputs: tidy(outputs) });
  };
  await using child = await (early?.take(onLate) ??
    startChild({ root, cwd, onLate, ...process, ...(pin ? { pin } : {}) }));
  using _killer = onAbort(kill, () => child[Symbol.asyncDispose]());
  for (let at = 0, cells = cellsToRun(ran.notebook); at < cells.length; at++) {
    const cell = cells[at]!;
    const known = above?.cells.get(cell.id);
    if (known) runs.set(cell.id, known.recorded);
    if (known?.how === "kept") {
      reports.push({ ...reportOf(cell, "kept"), inputs: known.recorded.inputs });
      continue;
    }
    if (isOver(reports) || signal?.aborted || kill?.aborted) {
      reports.push(reportOf(cell, "skipped"));
      continue;
    }
    onProgress?.({ done: at, total: cells.length + coming, cell: cell.id, label: cellLabel(cell.source) });
    const { run, report } = await replayOrRun({ child, cell, ran, number: at + 1 }, options, kept);
    const stopped = signal?.aborted || kill?.aborted;
    const reason = known && !stopped ? above!.differs(cell.id, run) : null;
    if (reason !== null) return void (ran.changed = { cell: cell.id, reason });
    reports.push(known ? { ...againOf(report), inputs: known.recorded.inputs } : report);
    onCell?.(reports.at(-1)!);
    if (behind?.cell === cell.id && report.status === "ok") {
      ran.notebook = await behind.go(child);
      cells = cellsToRun(ran.notebook);
      coming = 0;
    }
  }
  over = true;
  onProgress?.({ done: runs.size, total: reports.length, cell: "", label: "" });
}

/** The cache of a run, and the cells to which something was added after their end. */
interface Kept {
  cache: CellCache | null;
  late: Set<string>;
}

/** A cell whose turn it is. */
interface Turn {
  child: Child;
  cell: CodeCell;
  ran: RanCells;
  /** Its number. */
  number: number;
}

async function cacheOf(
  notebook: Notebook,
  { root, cwd, pin, child = {}, cache }: RunCellsOptions,
): Promise<CellCache | null> {
  if (!cache || cache.cells.size === 0) return null;
  const { env = readEnv(), permissions = ["-A"], maxOutputBytes } = child;
  return await openCellCache(notebook, { root, from: cwd, permissions, maxOutputBytes, env, pin }, cache.options);
}

async function replayOrRun(turn: Turn, options: RunCellsOptions, { cache, late }: Kept): Promise<Ended> {
  const { cell, ran } = turn;
  const isKnown = options.above?.cells.has(cell.id) ?? false;
  if (!cache || !options.cache!.cells.has(cell.id)) return await runTurn(turn, options, isKnown);
  const start = performance.now();
  const { reports, runs, notebook } = ran;
  const ranNow = new Set(reports.filter(({ status }) => status !== "kept").map(({ id }) => id));
  const place = (last: string) => ({ notebook, cell, runs, now: ranNow, evaluate: evaluateIn(turn, options, last) });
  const found = await cache.replay(place([...ranNow].at(-1) ?? cell.id));
  if (found) {
    if (!isKnown) runs.set(cell.id, found);
    const report = { ...reportOf(cell, "cached", performance.now() - start), inputs: found.inputs };
    return { run: found, report };
  }
  if (options.signal?.aborted || options.kill?.aborted) {
    return { run: { outputs: [], inputs: [], unproven: [] }, report: reportOf(cell, "skipped") };
  }
  const before = late.size;
  const ended = await runTurn(turn, options, isKnown);
  // What a resumed run has on record of the cell is not what the cell did now.
  if (isKnown || ended.report.status !== "ok") return ended;
  const doubt = ended.shared ? "other cells may change what it shows" : null;
  await cache.take(place(cell.id), ended.run, late.size > before ? "another cell went on meanwhile" : doubt);
  return ended;
}

async function runTurn({ child, cell, ran, number }: Turn, options: RunCellsOptions, isKnown: boolean): Promise<Ended> {
  const ended = await runCell(child, cell, options, number);
  if (!isKnown) ran.runs.set(cell.id, ended.run);
  return ended;
}

/** Evaluates beside the cells; what late code reads meanwhile is that of the cell that ran last. */
function evaluateIn({ child, ran }: Turn, { signal, above }: RunCellsOptions, last: string) {
  return async (source: string): Promise<Execution> => {
    const options = { silent: true, timeoutMs: ASIDE_MS, ...(signal ? { signal } : {}) };
    const done = await child.execute(`${last}${ASIDE}`, source, options);
    if (!above?.cells.has(last)) addReads(ran.runs, last, done);
    return done;
  };
}

function addReads(runs: RanCells["runs"], id: string, reads: Pick<CellRun, "unproven">): void {
  const run = runs.get(id);
  if (run && reads.unproven.length > 0) {
    runs.set(id, { ...run, unproven: [...new Set([...run.unproven, ...reads.unproven])].sort() });
  }
}

/** Ids of cells have no spaces. */
const ASIDE = " aside";
const ASIDE_MS = 120_000;

function ownerOf(id: string): string {
  return id.endsWith(ASIDE) ? id.slice(0, -ASIDE.length) : id;
}

/** What a run comes to in which no cell has to run. */
export function keepAll(notebook: Notebook, cells: RecordedCells["cells"]): RanCells {
  const reports = cellsToRun(notebook).map((cell) => {
    return { ...reportOf(cell, "kept"), inputs: cells.get(cell.id)!.recorded.inputs };
  });
  const runs = new Map([...cells].map(([id, { recorded }]) => [id, recorded]));
  return { notebook, runs, reports, changed: null };
}

/** Whether no further cell runs, as one has failed. */
function isOver(reports: readonly CellReport[]): boolean {
  const last = reports.at(-1)?.status;
  return last === "error" || last === "skipped";
}

/** What came of a cell, and whether it has shown something under an id by which other cells may change it. */
interface Ended {
  run: CellRun;
  report: CellReport;
  shared?: boolean;
}

async function runCell(
  child: Child,
  cell: CodeCell,
  { limits, signal }: RunCellsOptions,
  executionCount: number,
): Promise<Ended> {
  const start = performance.now();
  const timeoutMs = limits.get(cell.id);
  let shared = false;
  const { outputs, inputs, unproven, writes, status, error } = await child.execute(cell.id, cell.source, {
    executionCount,
    onOutput: (event) => void (shared ||= "displayId" in event),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal ? { signal } : {}),
  });
  const report = {
    ...reportOf(cell, status, performance.now() - start),
    inputs,
    ...(writes.length > 0 ? { writes } : {}),
    ...(error ? { error } : {}),
  };
  return { run: { outputs: tidy(outputs), inputs, unproven, writes }, report, shared };
}

/** A resumed run ran it for its values alone. */
function againOf({ status, notCached: _, ...report }: CellReport): CellReport {
  return { ...report, status: status === "ok" || status === "error" ? "again" : status };
}

function reportOf({ id, source }: CodeCell, status: CellReport["status"], ms = 0): CellReport {
  return { id, name: cellName({ id, source }), label: cellLabel(source), status, ms, inputs: [] };
}

/** Of a line that was printed over again, as progress bars do, only the last state is kept: how many there were is chance. */
function tidy(outputs: Output[]): Output[] {
  return outputs.map((output) => {
    if (output.output_type !== "stream") return output;
    return output.text.includes("\r") ? { ...output, text: output.text.split("\n").map(lastState).join("\n") } : output;
  });
}

/** What stands behind the last return of the carriage that something follows. */
function lastState(line: string): string {
  return line.slice(line.slice(0, -1).lastIndexOf("\r") + 1);
}

function onAbort(signal: AbortSignal | undefined, act: () => unknown): Disposable {
  const listener = () => void act();
  signal?.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", listener) };
}
