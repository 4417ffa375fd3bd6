import { cellName, readDirectives, toleranceValue } from "../../cells/directives/mod.ts";
import type { Json } from "../../events/mod.ts";
import { isCode, type Notebook, type NotebookCell } from "../notebook.ts";
import {
  type CellProvenance,
  cellProvenanceOf,
  type Finding,
  type NotebookProvenance,
  provenanceOf,
} from "../provenance.ts";
import { displayedFindings } from "../_displayed.ts";
import { questionOf } from "../question.ts";
import { openBounds } from "./_align.ts";
import { type CellChange, diffCell } from "./cell_change.ts";
import { diffFindings, type FindingChange } from "./finding_change.ts";
import { diffInputs, type InputChange } from "./input_change.ts";
import { keyOf } from "./_key_of.ts";
import { matchCells } from "./_match.ts";
import { diffRecord, type ValueChange } from "./value_change.ts";
import { type CellJudgements, diffVerdicts, type VerdictChange } from "./verdict_change.ts";

/** How two versions of a notebook differ. */
export interface NotebookDiff {
  /** Whether they are the same: written, they have the same bytes. */
  equal: boolean;
  /** The question of the new one, else of the old one; null where neither has one. */
  question: string | null;
  /** Sentences and their values. */
  findings: FindingChange[];
  /** What was read, and how far. */
  inputs: InputChange[];
  /** Parameters of the run. */
  parameters: ValueChange[];
  /** Versions of packages that cells reach. */
  packages: ValueChange[];
  /** Local modules that cells reach, with other contents, by path from the root. */
  modules: string[];
  /** Verdicts that are others, where both sides were judged. */
  verdicts: VerdictChange[];
  /** Metadata of the notebook, what its run recorded included. */
  metadata: ValueChange[];
  /** Cells that differ in the order of the new notebook, and between them how many do not. */
  cells: (CellChange | UnchangedCells)[];
  /** Cells on both sides where nothing differs but traces of a run. */
  unchanged: number;
  /** Cells with another execution count, and with another record of their run; whether the record's seal is another one. */
  traces: { counted: number; recorded: number; sealed: boolean };
  /** What could not be read. */
  notes: string[];
}

/** Cells in a row that do not differ. */
export interface UnchangedCells {
  /** Tells them from changes. */
  state: "unchanged";
  /** How many. */
  count: number;
}

/** What is known of the two versions beside their files. */
export interface DiffOptions {
  /** Verdicts on the cells of each; none where they are not known. */
  verdicts?: { old: readonly CellJudgements[]; new: readonly CellJudgements[] };
}

/**
 * Compares two versions of a notebook: cells by id, else by content; code and text by lines and words; tables by key;
 * figures by their bytes; findings, inputs and parameters as what they mean. The work is bounded by the size of the
 * input, and equal input gives an equal answer.
 *
 * @param was The old version; one without cells where there is none.
 * @param now The new version.
 * @param options Verdicts on both.
 * @returns All that differs.
 *
 * @example
 * ```ts
 * import { diffNotebooks } from "./diff_notebooks.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why?" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const later = { ...notebook, cells: [{ ...cell, source: "# Why not?" }] };
 * const { equal, cells } = diffNotebooks(notebook, later);
 * console.assert(!equal && cells[0]?.state === "kept");
 * ```
 */
export function diffNotebooks(was: Notebook, now: Notebook, options: DiffOptions = {}): NotebookDiff {
  const bounds = openBounds();
  const notes: string[] = [];
  const [old, recent] = [readSide(was, notes), readSide(now, notes)];
  const paired = matchCells(was.cells, now.cells).map((pair) => {
    const [a, b] = [pair.old === null ? null : was.cells[pair.old]!, pair.new === null ? null : now.cells[pair.new]!];
    const cell = (b ?? a)!;
    return { pair, a, b, cell: cell.id, old: a?.id ?? null, ...askedOf(cell) };
  });
  const compared = paired.map(({ pair, a, b, label, key, tolerance }) => {
    const asked = { ...key === undefined ? {} : { key }, ...tolerance === undefined ? {} : { tolerance } };
    return diffCell(pair, a, b, { bounds, label, ...asked });
  });
  const findings = paired.map(({ a, b, cell, label }) => {
    return { cell, label, old: old.findingsOf(a), new: recent.findingsOf(b) };
  });
  const changed = diffFindings(findings, bounds.align);
  const told = new Set(changed.map(({ cell }) => cell));
  const diff = {
    question: questionOf(now) ?? questionOf(was),
    findings: changed,
    inputs: diffInputs(old.record?.inputs ?? {}, recent.record?.inputs ?? {}),
    parameters: diffRecord(old.record?.parameters ?? {}, recent.record?.parameters ?? {}),
    packages: diffRecord(old.packages, recent.packages),
    modules: diffRecord(old.modules, recent.modules).map(({ name }) => name),
    verdicts: options.verdicts ? diffVerdicts(paired, options.verdicts.old, options.verdicts.new) : [],
    metadata: diffRecord(metadataOf(was, old.record), metadataOf(now, recent.record)),
    cells: foldUnchanged(compared.map(({ change }) => change && withoutTold(change, told))),
    unchanged: compared.filter(({ change }) => !change).length,
    traces: {
      counted: compared.filter(({ traces }) => traces.counted).length,
      recorded: compared.filter(({ traces }) => traces.recorded).length,
      sealed: sealOf(was, old.record) !== sealOf(now, recent.record),
    },
    notes,
  };
  return { equal: isEqual(diff), ...diff };
}

function isEqual(diff: Omit<NotebookDiff, "equal">): boolean {
  const { inputs, parameters, metadata, cells, unchanged, traces } = diff;
  const changed = cells.some(({ state }) => state !== "unchanged") || inputs.length + parameters.length > 0;
  return !changed && metadata.length === 0 && traces.counted + traces.recorded === 0 && !traces.sealed &&
    unchanged >= 0;
}

interface Side {
  record: NotebookProvenance | null;
  findingsOf(cell: NotebookCell | null): Finding[];
  packages: Record<string, Json>;
  modules: Record<string, Json>;
}

function readSide(notebook: Notebook, notes: string[]): Side {
  const records = new Map(
    notebook.cells.filter(isCode).map((cell) => [cell.id, attempt(() => cellProvenanceOf(cell), notes)]),
  );
  const known = [...records.values()].filter((record) => record !== null);
  return {
    record: attempt(() => provenanceOf(notebook), notes),
    findingsOf: (cell) => {
      if (!cell || !isCode(cell)) return [];
      const record = records.get(cell.id);
      return record ? record.findings ?? [] : displayedFindings(cell.outputs);
    },
    packages: versionsOf(known),
    modules: Object.assign({}, ...known.map(({ modules }) => modules)),
  };
}

/** A record that is malformed is none, and said so. */
function attempt<T>(read: () => T | null, notes: string[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (!notes.includes(error.message)) notes.push(error.message);
    return null;
  }
}

function versionsOf(records: CellProvenance[]): Record<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const key of new Set(records.flatMap(({ packages }) => Object.keys(packages)))) {
    const at = key.lastIndexOf("@");
    const name = key.slice(0, at);
    versions.set(name, (versions.get(name) ?? new Set()).add(key.slice(at + 1)));
  }
  return Object.fromEntries([...versions].map(([name, found]) => [name, [...found].sort().join(", ")]));
}

/** Inputs and parameters of a record that can be read have places of their own. */
function metadataOf({ metadata }: Notebook, record: NotebookProvenance | null): Record<string, Json> {
  const { boathouse, ...others } = metadata;
  if (boathouse === undefined) return others as Record<string, Json>;
  if (!record) return metadata as Record<string, Json>;
  const { inputs: _, parameters: __, seal: ___, digest: ____, ...facts } = boathouse as Record<string, Json>;
  const named = Object.entries(facts).map(([key, value]) => [`boathouse.${key}`, value]);
  return { ...others, ...Object.fromEntries(named) };
}

/** What seals a record follows from all else in it. */
function sealOf({ metadata }: Notebook, record: NotebookProvenance | null): string {
  if (!record) return "";
  const { seal = null, digest = null } = metadata.boathouse as Record<string, Json>;
  return keyOf([seal, digest]);
}

/** A finding that stands among the findings is only named in its cell. */
function withoutTold(change: CellChange, told: ReadonlySet<string>): CellChange {
  if (!told.has(change.id)) return change;
  const outputs = change.outputs.map((output) => {
    const { text: _, ...named } = output;
    return output.form === "finding" ? { ...named, also: [] } : output;
  });
  return { ...change, outputs };
}

function foldUnchanged(changes: (CellChange | null)[]): NotebookDiff["cells"] {
  const folded: NotebookDiff["cells"] = [];
  for (const change of changes) {
    const last = folded.at(-1);
    if (change) folded.push(change);
    else if (last?.state === "unchanged") folded[folded.length - 1] = { state: "unchanged", count: last.count + 1 };
    else folded.push({ state: "unchanged", count: 1 });
  }
  return folded;
}

interface Asked {
  label: string;
  key?: string;
  tolerance?: number;
}

function askedOf(cell: NotebookCell): Asked {
  if (!isCode(cell) || !cell.source.includes("//|")) return { label: cell.id };
  const { key, tolerance } = readDirectives(cell.source);
  const limit = tolerance === undefined ? null : toleranceValue(tolerance);
  return {
    label: cellName(cell),
    ...typeof key === "string" ? { key } : {},
    ...limit === null ? {} : { tolerance: limit },
  };
}
