import { openProgress } from "./progress.ts";

/** What came of one cell, as far as progress tells it. */
export interface EndedCell {
  /** The cell's id. */
  id: string;
  /** What people call it. */
  label: string;
  /** Such as "ok" or "error". */
  status: string;
  /** Milliseconds. */
  ms: number;
}

/** What is told of a running notebook. */
export interface RunWatch extends Disposable {
  onProgress(progress: { done: number; total: number; label: string }): void;
  onCell(cell: EndedCell): void;
}

/** How a run is watched. */
export interface WatchOptions {
  /** How many milliseconds its cells took the last time, by id. */
  durations?: Readonly<Record<string, number>>;
  /** Says a line for each cell that ended, where standard error is no terminal. */
  note?: (line: string) => void;
}

/**
 * Shows how far the run of a notebook is: a bar on a terminal, a line for each cell that ended elsewhere.
 *
 * @param name what runs, such as the notebook's file name
 * @param options what is known of the last run, and where lines go
 * @returns the listeners of a run; disposing ends the bar
 */
export function watchRun(name: string, { durations = {}, note }: WatchOptions = {}): RunWatch {
  const stack = new DisposableStack();
  const ended: EndedCell[] = [];
  let total = 0;
  let bar: ReturnType<typeof openProgress> | null = null;
  return {
    onProgress: ({ done, total: count, label }) => {
      total = count;
      bar ??= stack.use(openProgress(name, total, { tellsLeft: true }));
      const left = remainingMs(ended, total, durations);
      bar.update(done, label === "" ? name : `${name} ${label}`, left === null ? "" : `${durationText(left)} left`);
    },
    onCell: (cell) => {
      ended.push(cell);
      if (Deno.stderr.isTerminal()) return;
      note?.(`${name} ${ended.length}/${total} ${cell.label}: ${cell.status}, ${durationText(cell.ms)}`);
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/**
 * Foretells how long the rest of a run takes: what its cells took the last time, and the mean of those that have ended
 * for cells of which nothing is known.
 *
 * @param ended cells that have ended
 * @param total cells of the notebook
 * @param durations milliseconds by cell of the last run
 * @returns milliseconds, null while nothing is known
 * @example
 * ```ts
 * import { remainingMs } from "./run_progress.ts";
 * if (remainingMs([{ id: "a", label: "", status: "ok", ms: 10 }], 3, { b: 70 }) !== 80) throw new Error("unexpected");
 * ```
 */
export function remainingMs(
  ended: readonly EndedCell[],
  total: number,
  durations: Readonly<Record<string, number>>,
): number | null {
  const known = Object.entries(durations).filter(([id]) => !ended.some((cell) => cell.id === id)).map(([, ms]) => ms);
  const unknown = Math.max(0, total - ended.length - known.length);
  if (unknown > 0 && ended.length === 0) return null;
  const mean = ended.reduce((sum, { ms }) => sum + ms, 0) / Math.max(1, ended.length);
  return known.reduce((sum, ms) => sum + ms, 0) + unknown * mean;
}

/** A duration as people say it: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
