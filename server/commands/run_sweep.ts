import { basename, join } from "node:path";
import type { Json } from "../../lib/events/mod.ts";
import { findingsOf, readNotebook } from "../../lib/notebook/mod.ts";
import type { NotebookRun } from "./notebook_run.ts";
import { textTable } from "./text_table.ts";

/** Runs of one sweep at most, so that a slip of the pen does not run for a week. */
const MAX_RUNS = 1_000;

/** One run of a sweep. */
export interface SweepRun {
  /** The values of the parameters that are swept, as they were written. */
  values: Record<string, string>;
  /** File name of the copy. */
  name: string;
}

/** What came of one run of a sweep. */
export interface SweepResult extends SweepRun {
  /** "ok", "error" or "aborted". */
  status: string;
  /** Seconds; 0 where it could not begin. */
  seconds: number;
  /** Where the copy is, an absolute path; null where there is none. */
  out: string | null;
  /** What it found. */
  findings: { cell: string; label: string; text: string; values: Record<string, Json> }[];
  /** Why it did not come to its end; null where it did. */
  error: string | null;
}

/**
 * Plans the runs of a sweep: every value of one parameter with every value of the others.
 *
 * @param file path of the notebook
 * @param sweeps texts such as `route=A,B,C`, one per parameter
 * @returns the runs, the last parameter changing fastest; the names of their copies differ
 * @throws {RangeError} when one is not NAME=VALUE,VALUE…, a name or a value comes twice, or there are too many
 * @example
 * ```ts
 * import { planSweep } from "./run_sweep.ts";
 * console.assert(planSweep("a.ipynb", ["route=A,B", "n=1,2"]).length === 4);
 * ```
 */
export function planSweep(file: string, sweeps: readonly string[]): SweepRun[] {
  const axes = sweeps.map(readSweep);
  const twice = axes.find(({ name }, index) => axes.findIndex((other) => other.name === name) < index);
  if (twice) {
    throw new RangeError(`Cannot sweep "${twice.name}" as each parameter may be swept once: it is given twice`);
  }
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_RUNS) {
    throw new RangeError(`Cannot sweep as there may be ${MAX_RUNS} runs at most: it takes ${count}`);
  }
  const all = axes.reduce<Record<string, string>[]>(
    (rows, { name, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  const stem = basename(file, ".ipynb");
  const taken = new Set<string>();
  return all.map((values) => {
    const words = Object.entries(values).map(([name, value]) => `${name}-${value}`).join(".");
    const slug = words.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100);
    let name = `${stem}.${slug}.ipynb`;
    for (let copy = 2; taken.has(name); copy++) name = `${stem}.${slug}-${copy}.ipynb`;
    taken.add(name);
    return { values, name };
  });
}

function readSweep(text: string): { name: string; values: string[] } {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  const values = text.slice(at + 1).split(",").map((value) => value.trim());
  if (at < 1 || values.includes("")) {
    throw new RangeError(`Cannot sweep "${text}" as it must be NAME=VALUE,VALUE and so on, without empty values`);
  }
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) {
    throw new RangeError(`Cannot sweep "${name}" as its values must differ: "${twice}" comes twice`);
  }
  return { name, values };
}

/**
 * Runs a sweep, one run after the other. A run that fails is told of, and the next ones run all the same; only what
 * stops a run from outside ends the sweep.
 *
 * @param runs the planned runs
 * @param folder absolute folder of the copies
 * @param run runs one
 * @returns what came of each that ran
 */
export async function runSweep(
  runs: readonly SweepRun[],
  folder: string,
  run: (out: string, values: Record<string, string>) => Promise<{ run: NotebookRun; failure: string | null }>,
): Promise<SweepResult[]> {
  const results: SweepResult[] = [];
  for (const planned of runs) {
    const result = await resultOf(planned, () => run(join(folder, planned.name), planned.values));
    results.push(result);
    if (result.status === "aborted") break;
  }
  return results;
}

async function resultOf(
  planned: SweepRun,
  run: () => Promise<{ run: NotebookRun; failure: string | null }>,
): Promise<SweepResult> {
  try {
    const { run: { status, seconds, out, cells }, failure } = await run();
    const names = new Map(cells.map(({ id, name }) => [id, name]));
    const found = findingsOf(readNotebook(await Deno.readTextFile(out), out));
    const findings = found.map((each) => ({ ...each, label: names.get(each.cell) ?? each.cell }));
    return { ...planned, status, seconds, out, findings, error: failure };
  } catch (error) {
    // A value that does not fit is that run's failure alone.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return { ...planned, status: "error", seconds: 0, out: null, findings: [], error: error.message };
  }
}

/**
 * Shows a sweep: a row for each run, then each finding by the values that it was made with.
 *
 * @param results what came of the runs
 * @param options how many runs were planned, and the folder of the copies as shown to people
 * @returns lines, the counts last
 */
export function sweepText(
  results: readonly SweepResult[],
  { planned, folder }: { planned: number; folder: string },
): string {
  const rows = results.map(({ values, status, seconds, name, out }) => ({
    ...values,
    status,
    seconds: Math.round(seconds * 10) / 10,
    copy: out === null ? "" : name,
  }));
  const named = (values: Record<string, string>) => Object.entries(values).map((pair) => pair.join("=")).join(" ");
  const cells = new Map(results.flatMap(({ findings }) => findings.map(({ cell, label }) => [cell, label])));
  const findings = [...cells].map(([cell, label]) =>
    [
      `${label}:`,
      ...results.flatMap((result) =>
        result.findings.filter((found) => found.cell === cell).map(({ text }) => `  ${named(result.values)}: ${text}`)
      ),
    ].join("\n")
  );
  const errors = results.flatMap(({ values, error }) => error === null ? [] : [`${named(values)}: ${error}`]);
  return [textTable(rows), ...findings, ...errors, countsText(results, planned, folder)].join("\n\n");
}

function countsText(results: readonly SweepResult[], planned: number, folder: string): string {
  const runs = `${planned} ${planned === 1 ? "run" : "runs"} done`;
  const number = (status: string) => results.filter((result) => result.status === status).length;
  if (number("ok") === planned) return `${runs} in ${folder}`;
  const others = [[number("error"), "failed"], [number("aborted"), "interrupted"], [
    planned - results.length,
    "not begun",
  ]] as const;
  const told = others.flatMap(([count, what]) => count > 0 ? [`${count} ${what}`] : []);
  return [`${number("ok")} of ${runs}`, ...told, `in ${folder}`].join(", ");
}
