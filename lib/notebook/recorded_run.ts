import type { InputRead, OutputWritten, Pin } from "../lake/mod.ts";
import { plainName } from "./_digests.ts";
import { type CodeCell, isCode, type Notebook } from "./notebook.ts";
import { cellProvenanceOf, provenanceOf } from "./provenance.ts";
import type { CellRun } from "./stamp.ts";

/**
 * Reads what a cell did in its last run, as it was when the run was stamped.
 *
 * @param notebook The notebook.
 * @param cell One of its code cells.
 * @returns Outputs, inputs and writes; null where no run of it is recorded.
 * @throws {TypeError} When a record is malformed.
 *
 * @example
 * ```ts
 * import { recordedRun } from "./recorded_run.ts";
 *
 * const cell = { cell_type: "code" as const, id: "a", metadata: {}, source: "1", outputs: [], execution_count: null };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * console.assert(recordedRun(notebook, cell) === null);
 * ```
 */
export function recordedRun(notebook: Notebook, cell: CodeCell): CellRun | null {
  const record = cellProvenanceOf(cell);
  if (!record) return null;
  const inputs = provenanceOf(notebook)?.inputs ?? {};
  const read = record.inputs.flatMap((name) => {
    // What was read under one name in two states has a number behind the second.
    return Object.hasOwn(inputs, name) ? [{ ...inputs[name]!, name: plainName(name) }] : [];
  });
  return {
    outputs: cell.outputs,
    inputs: read,
    unproven: record.unproven ?? [],
    writes: (record.writes ?? []).map(writeOf),
  };
}

/**
 * Makes the snapshot on which a notebook's last run read: whoever reads at it reads the same rows again.
 *
 * @param notebook The notebook.
 * @returns Where each table stood that was read in one state, and that the notebook does not write itself.
 * @throws {TypeError} When a record is malformed.
 *
 * @example
 * ```ts
 * import { recordedPin } from "./recorded_run.ts";
 *
 * const { tables } = recordedPin({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });
 * console.assert(Object.keys(tables).length === 0);
 * ```
 */
export function recordedPin(notebook: Notebook): Pin {
  const runs = notebook.cells.filter(isCode).flatMap((cell) => recordedRun(notebook, cell) ?? []);
  const reads = runs.flatMap(({ inputs }) => inputs).filter((input) => "table" in input);
  const states = Map.groupBy(reads, ({ name }) => name);
  const written = new Set(runs.flatMap(({ writes = [] }) => writes.map((one) => "table" in one ? one.table : "")));
  const tables = [...states].flatMap(([name, [first, ...others]]) => {
    const moved = others.some((other) => JSON.stringify(pinOf(other)) !== JSON.stringify(pinOf(first!)));
    // A name with a version or time in it stands still by itself.
    return moved || written.has(name) || /^(?!delta:).*@/.test(name) ? [] : [[name, pinOf(first!)]];
  });
  return { tables: Object.fromEntries(tables) };
}

function pinOf(input: InputRead): Pin["tables"][string] | null {
  if ("version" in input && "table" in input) return { version: input.version };
  // A topic's rows below its ends are the same at any version.
  return "ends" in input ? { incarnation: input.incarnation, ends: input.ends, version: -1 } : null;
}

function writeOf(text: string): OutputWritten {
  const [, kind, name] = /^(table|model):(.*)$/s.exec(text)!;
  return kind === "table" ? { table: name! } : { model: name! };
}
