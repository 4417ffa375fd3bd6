import { readDirectives } from "../../lib/cells/directives/mod.ts";
import { basename, join } from "node:path";
import {
  cellProvenanceOf,
  type CellVerdicts,
  type CodeCell,
  compareOutputs,
  type InputsNow,
  isCode,
  type Notebook,
  type OutputDifference,
  provenanceOf,
  readNotebook,
  readTolerance,
  recordedPin,
} from "../../lib/notebook/mod.ts";
import { explain } from "./explain.ts";
import type { NotebookRun, RunCell, RunNotebook } from "./notebook_run.ts";
import { inputsAgain } from "./_inputs_again.ts";
import type { StopSignals } from "./stop_signals.ts";

/** What came of running a notebook again. */
export interface Reproduction {
  /** Outputs on record. */
  outputs: number;
  /** How many of them came again. */
  reproduced: number;
  /** Those that did not, and those that came beside them. */
  differences: ReproducedDifference[];
  /** What is to be known of the comparison, such as inputs that could not be pinned. */
  notes: string[];
  /** Why it did not run, or not to its end; null where it did. */
  problem: string | null;
}

/** An output that did not come again, by its address. */
export interface ReproducedDifference extends OutputDifference {
  /** Id of the cell. */
  cell: string;
  /** Its label, else its id. */
  label: string;
  /** What may be the cause, such as a cell that is not proven; empty where none is known. */
  why: string;
}

/** What running a notebook again takes. */
export interface ReproduceOptions {
  /** Absolute folder of the workbench. */
  root: string;
  /** The verdicts on its code cells. */
  cells: readonly CellVerdicts[];
  /** Tells what there is now of what it has read. */
  inputsNow: InputsNow;
  runNotebook: RunNotebook;
  stop: Pick<StopSignals, "signal" | "kill">;
}

/**
 * Runs a notebook again, with the parameters on record and on the recorded inputs, into a temporary folder, and compares
 * its outputs with those on record one by one. The notebook itself is left as it is.
 *
 * @param file Absolute path of the notebook.
 * @param options Workbench, verdicts, runner.
 * @returns What came again, and what did not; it does not reject.
 */
export async function reproduceNotebook(file: string, options: ReproduceOptions): Promise<Reproduction> {
  const none = { outputs: 0, reproduced: 0, differences: [], notes: [] };
  try {
    const notebook = readNotebook(await Deno.readTextFile(file), file);
    const outputs = recordedCells(notebook).reduce((sum, cell) => sum + compareOutputs(cell, cell).outputs, 0);
    const asked = askedOf(notebook);
    const { refused, notes } = await inputsAgain(notebook, options.inputsNow);
    if (refused !== null) return { ...none, outputs, problem: refused };
    const { run, ran } = await runAgain(file, notebook, options);
    return { ...compare(notebook, ran, { ...options, run, asked }), notes, problem: problemOf(run) };
  } catch (error) {
    return { ...none, problem: explain(error) };
  }
}

/** Cells of which a run is on record. */
function recordedCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter(isCode).filter((cell) => cellProvenanceOf(cell) !== null);
}

/** By cell how its outputs are compared. */
function askedOf(notebook: Notebook): Map<string, { tolerance?: number; key?: string }> {
  const asked = new Map<string, { tolerance?: number; key?: string }>();
  for (const cell of notebook.cells.filter(isCode)) {
    const tolerance = readTolerance(cell);
    const { key } = readDirectives(cell.source);
    asked.set(cell.id, { ...tolerance !== null && { tolerance }, ...typeof key === "string" && { key } });
  }
  return asked;
}

async function runAgain(
  file: string,
  notebook: Notebook,
  { root, runNotebook, stop }: ReproduceOptions,
): Promise<{ run: NotebookRun; ran: Notebook }> {
  const folder = await Deno.makeTempDir({ prefix: "boathouse-reproduce-" });
  try {
    const out = join(folder, basename(file));
    const parameters = provenanceOf(notebook)?.parameters ?? {};
    const run = await runNotebook(file, { root, out, parameters, pin: recordedPin(notebook), ...stop });
    return { run, ran: readNotebook(await Deno.readTextFile(run.out), run.out) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function problemOf({ status, cells }: NotebookRun): string | null {
  if (status === "aborted") return "it was interrupted";
  const failed = cells.find(({ error }) => error);
  return failed?.error ? `cell "${failed.name}" failed: ${failed.error.name}: ${failed.error.message}` : null;
}

interface CompareOptions extends ReproduceOptions {
  run: NotebookRun;
  asked: ReadonlyMap<string, { tolerance?: number; key?: string }>;
}

function compare(
  was: Notebook,
  now: Notebook,
  options: CompareOptions,
): Pick<Reproduction, "outputs" | "reproduced" | "differences"> {
  const again = new Map(now.cells.filter(isCode).map((cell) => [cell.id, cell]));
  const cells = recordedCells(was).map((cell) => {
    const found = compareOutputs(cell, again.get(cell.id) ?? { outputs: [] }, options.asked.get(cell.id));
    const verdicts = options.cells.find((one) => one.cell === cell.id);
    const why = whyOf(verdicts, options.run.cells.find(({ id }) => id === cell.id));
    const label = verdicts?.label ?? cell.id;
    return { ...found, differences: found.differences.map((one) => ({ cell: cell.id, label, ...one, why })) };
  });
  return {
    outputs: cells.reduce((sum, { outputs }) => sum + outputs, 0),
    reproduced: cells.reduce((sum, { reproduced }) => sum + reproduced, 0),
    differences: cells.flatMap(({ differences }) => differences),
  };
}

/** The nearest cause: a cell that did not run says nothing, and other code gives other outputs. */
function whyOf(verdicts: CellVerdicts | undefined, run: RunCell | undefined): string {
  if (run?.status === "error") return "the cell failed";
  if (run?.status === "skipped") return "the cell did not run";
  if (verdicts && verdicts.code.verdict !== "fresh") return `not compared like for like: ${verdicts.code.reason}`;
  return verdicts?.proof.verdict === "unproven" ? `unproven: ${verdicts.proof.reason}` : "";
}
