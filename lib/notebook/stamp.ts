import type { Json } from "../events/json/mod.ts";
import type { OutputWritten } from "../lake/mod.ts";
import { displayedFindings, type NameFinding } from "./_displayed.ts";
import { cellDigest, digestCell, notebookDigest, outputsDigest, readsDigest, sealOf } from "./_digests.ts";
import { type CodeFacts, collectFacts } from "./facts.ts";
import { type NamedInputs, nameInputs } from "./_inputs.ts";
import { type CodeCell, isCode, type Notebook, type Output } from "./notebook.ts";
import {
  type CellProvenance,
  cellProvenanceOf,
  type Input,
  type NotebookProvenance,
  notebookSettings,
  provenanceOf,
  type Unproven,
} from "./provenance.ts";
import { nameOf, openSources, type Sources } from "./sources.ts";

/** What one cell did in a run. */
export interface CellRun {
  /** What it showed, in order. */
  outputs: Output[];
  /** What it read through recorded clients; the name is how reports call it. */
  inputs: ({ name: string } & Input)[];
  /** What it read outside them. */
  unproven: Unproven[];
  /** What it wrote; nothing unless given. */
  writes?: OutputWritten[];
}

/** A run of some or all cells. */
export interface NotebookRun {
  /** The cells that ran, by id, in the order of running. */
  cells: Map<string, CellRun>;
  /** The values that the parameters had, by name. */
  parameters?: Record<string, Json>;
}

/** Where the files of a notebook are. */
export interface StampOptions {
  /** Absolute folder of deno.json and deno.lock. */
  root: string;
  /** Absolute folder that relative imports start from: the notebook's own. */
  from: string;
  /** Modules and packages of `root`; what lies on the disk by default. */
  sources?: Sources;
}

/**
 * Gives a notebook as it is after a run: outputs, counts, and in `metadata.boathouse` what they come from. It holds no
 * time and no commit, so the same run of the same files gives the same notebook. Cells that did not run keep theirs.
 *
 * @param notebook The notebook as it ran.
 * @param run What ran, in which order, and what it read.
 * @param options Folders of the workbench and of the notebook.
 * @returns The notebook with outputs and provenance.
 * @throws {RangeError} When the run names a cell that the notebook does not have.
 *
 * @example
 * ```ts
 * import { stampProvenance } from "./stamp.ts";
 *
 * const cell = { cell_type: "code" as const, id: "a", metadata: {}, source: "1", outputs: [], execution_count: null };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const run = { cells: new Map([["a", { outputs: [], inputs: [], unproven: [] }]]) };
 * const stamped = await stampProvenance(notebook, run, { root: Deno.cwd(), from: Deno.cwd() });
 * console.assert(stamped.cells[0]?.cell_type === "code" && stamped.cells[0].execution_count === 1);
 * ```
 */
export async function stampProvenance(
  notebook: Notebook,
  run: NotebookRun,
  { root, from, sources: given }: StampOptions,
): Promise<Notebook> {
  const code = notebook.cells.filter(isCode);
  refuseStrangers(code, run);
  const before = everyCellRan(code, run) ? null : provenanceOf(notebook);
  const parameters = { ...before?.parameters, ...run.parameters };
  const { findingNamer } = await import("./_expressions.ts");
  const sources = given ?? await openSources(root);
  const context: StampContext = {
    run,
    facts: collectFacts(notebook, { sources, from, parameters }),
    inputs: nameInputs(code, run.cells, before?.inputs ?? {}),
    orders: orderCells(code, run),
    recorded: new Map(code.map((cell) => [cell.id, cellProvenanceOf(cell)])),
    findingNamer,
  };
  const { boathouse } = sources;
  const stamp = { schema: 1, deno: Deno.version.deno, boathouse, parameters, inputs: context.inputs.named };
  const stamped = {
    ...notebook,
    metadata: { ...notebook.metadata, boathouse: { ...stamp, ...notebookSettings(notebook) } },
    cells: notebook.cells.map((cell) => isCode(cell) ? stampCell(cell, context) : cell),
  };
  if (before && before.digest !== notebookDigest(notebook.metadata.boathouse!)) return stamped;
  return withDigest(ranFromTopToBottom(code, run) ? sealed(stamped) : stamped);
}

/** Only such a run leaves nothing in doubt. */
function ranFromTopToBottom(code: CodeCell[], run: NotebookRun): boolean {
  const ran = code.filter(({ id }) => run.cells.has(id)).map(({ id }) => id);
  return everyCellRan(code, run) && [...run.cells.keys()].every((id, index) => id === ran[index]);
}

function sealed(notebook: Notebook): Notebook {
  const cells = notebook.cells.filter(isCode).map((cell) => ({ cell, digests: digestCell(cell) }));
  const boathouse = { ...notebook.metadata.boathouse as NotebookProvenance, seal: sealOf(notebook, cells) };
  return { ...notebook, metadata: { ...notebook.metadata, boathouse } };
}

/** Without it the record counts as edited, so a run of some cells gives none to a record that was. */
function withDigest(notebook: Notebook): Notebook {
  const record = notebook.metadata.boathouse as NotebookProvenance;
  return { ...notebook, metadata: { ...notebook.metadata, boathouse: { ...record, digest: notebookDigest(record) } } };
}

interface StampContext {
  run: NotebookRun;
  facts: Map<string, CodeFacts>;
  inputs: NamedInputs;
  orders: Map<string, number>;
  recorded: Map<string, CellProvenance | null>;
  findingNamer(source: string): NameFinding;
}

function stampCell(cell: CodeCell, context: StampContext): CodeCell {
  const inputs = context.inputs.byCell.get(cell.id) ?? [];
  const ran = context.run.cells.get(cell.id);
  const kept = context.recorded.get(cell.id);
  if (!ran) return kept ? { ...cell, metadata: { ...cell.metadata, boathouse: { ...kept, inputs } } } : cell;
  const order = context.orders.get(cell.id)!;
  const findings = displayedFindings(ran.outputs).map(context.findingNamer(cell.source));
  const outputs = ran.outputs.map((output) => keptOutput(output, order));
  const record: CellProvenance = {
    ...codeOf(cell.id, context),
    inputs,
    order,
    ...(ran.unproven.length > 0 ? { unproven: [...new Set(ran.unproven)].sort() } : {}),
    ...(ran.writes?.length ? { writes: writesOf(ran.writes) } : {}),
    ...(findings.length > 0 ? { findings } : {}),
  };
  const digests = {
    outputs: outputsDigest(outputs),
    reads: readsDigest(record, context.inputs.named),
    record: cellDigest(record),
  };
  const boathouse: CellProvenance = { ...record, digests };
  // Jupyter's times of execution would make every run differ; they stand in the event of the run.
  const { execution: _, ...metadata } = cell.metadata;
  return { ...cell, outputs, execution_count: order, metadata: { ...metadata, boathouse } };
}

/** An upstream cell that did not run again ran with the source on record, and its imports loaded what is on record. */
function codeOf(id: string, { run, facts, recorded }: StampContext) {
  const { source, upstream, modules, packages, imports, parameters, needs } = facts.get(id)!;
  const earlier = needs.flatMap((need) => run.cells.has(need.id) ? [] : recorded.get(need.id) ?? []);
  const ran = Object.entries(upstream).map(([up, hash]) => {
    return [up, run.cells.has(up) ? hash : recorded.get(up)?.source ?? hash] as const;
  });
  const sent = asLoaded(imports, earlier.map((record) => record.imports ?? {}), (specifier) => specifier);
  return {
    source,
    upstream: Object.fromEntries(ran),
    modules: asLoaded(modules, earlier.map((record) => record.modules), (path) => path),
    packages: asLoaded(packages, earlier.map((record) => record.packages), nameOf),
    ...(Object.keys(sent).length > 0 ? { imports: sent } : {}),
    parameters,
  };
}

/** What was loaded earlier stays loaded: the same thing as it was then, or another version under its name. */
function asLoaded(
  now: Record<string, string>,
  earlier: Record<string, string>[],
  nameOf: (key: string) => string,
): Record<string, string> {
  const loaded: Record<string, string> = Object.assign({}, ...earlier);
  const others = Object.keys(loaded).filter((key) => !Object.hasOwn(now, key));
  const kept = Object.keys(now).map((key) => {
    const was = Object.hasOwn(loaded, key) ? key : others.find((other) => nameOf(other) === nameOf(key));
    return was === undefined ? [key, now[key]!] as const : [was, loaded[was]!] as const;
  });
  return Object.fromEntries(kept);
}

/** A run of all cells counts from 1; a run of some goes on behind the last recorded one. */
function orderCells(code: CodeCell[], run: NotebookRun): Map<string, number> {
  const last = Math.max(0, ...code.map((cell) => cellProvenanceOf(cell)?.order ?? 0));
  const start = everyCellRan(code, run) ? 0 : last;
  return new Map([...run.cells.keys()].map((id, index) => [id, start + index + 1]));
}

function everyCellRan(code: CodeCell[], run: NotebookRun): boolean {
  return code.every(({ id, source }) => run.cells.has(id) || source.trim() === "");
}

function refuseStrangers(code: CodeCell[], run: NotebookRun): void {
  const strange = [...run.cells.keys()].find((id) => !code.some((cell) => cell.id === id));
  if (strange === undefined) return;
  throw new RangeError(`Cannot stamp the run of cell "${strange}" as the notebook must have it: no such code cell`);
}

function writesOf(written: readonly OutputWritten[]): string[] {
  return [...new Set(written.map((one) => "table" in one ? `table:${one.table}` : `model:${one.model}`))].sort();
}

/** As a file holds it: counted, each text one string. */
function keptOutput(output: Output, order: number): Output {
  if (output.output_type === "stream" || output.output_type === "error") return output;
  const texts = Object.entries(output.data).filter((entry): entry is [string, string[]] => {
    return Array.isArray(entry[1]) && !/json$/.test(entry[0]);
  });
  const data = { ...output.data, ...Object.fromEntries(texts.map(([mime, lines]) => [mime, lines.join("")])) };
  return output.output_type === "execute_result" ? { ...output, data, execution_count: order } : { ...output, data };
}
