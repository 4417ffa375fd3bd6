import { cellName } from "../cells/directives/mod.ts";
import { dirname, resolve } from "node:path";
import type { Cause } from "./causes.ts";
import { collectFacts } from "./facts.ts";
import { type CellDigests, digestCell, notebookDigest } from "./_digests.ts";
import { isEmptyCell, judgeCode, neverRun, type RecordedCell } from "./_judge_code.ts";
import { type Freshness, type InputsNow } from "./input_now.ts";
import { judgeInputs } from "./_judge_inputs.ts";
import { judgeProof } from "./_judge_proof.ts";
import { type CodeCell, isCode, type Notebook } from "./notebook.ts";
import { cellProvenanceOf, provenanceOf } from "./provenance.ts";
import { readNotebook } from "./read.ts";
import { isSealed } from "./_sealed.ts";
import { openSources, readText, type Sources } from "./sources.ts";
import { type CellVerdicts, explained, type NameOf, plain } from "./verdicts.ts";

/** Where the files of a notebook are, and who knows its inputs. */
export interface VerifyOptions {
  /** Absolute folder of deno.json and deno.lock. */
  root: string;
  /** Absolute folder that relative imports start from; the notebook's own by default. */
  from?: string;
  /** The text of a file by its absolute path, null when there is none; reads the disk by default. */
  readFile?: (path: string) => string | null;
  /** Modules and packages of `root`, to be shared when several notebooks are verified. */
  sources?: Sources;
  /** Tells of inputs what there is now; without it `inputs` says what was recorded. */
  inputsNow?: InputsNow;
  /**
   * How far inputs may be behind.
   * @default 7 and 30 days
   */
  freshness?: Freshness;
}

/**
 * Judges the outputs of each code cell: whether they come from the code as it is now (from files alone: its source, the
 * cells, modules and packages that it reaches, its parameters, the order of running, the outputs themselves), how its
 * inputs stand to what is there now, and whether all that it read is on record.
 *
 * @param file Path of the notebook.
 * @param options Folder of the workbench.
 * @returns The verdicts on each code cell, in document order.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is not a notebook, or what is recorded in it is malformed.
 *
 * @example
 * ```ts
 * import { verifyNotebook } from "./verify.ts";
 *
 * const file = await Deno.makeTempFile({ suffix: ".ipynb" });
 * await Deno.writeTextFile(file, `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`);
 * console.assert((await verifyNotebook(file, { root: Deno.cwd() })).length === 0);
 * ```
 */
export async function verifyNotebook(file: string, options: VerifyOptions): Promise<CellVerdicts[]> {
  const { from = dirname(resolve(file)), readFile = readText } = options;
  const text = readFile(resolve(file));
  if (text === null) throw new Deno.errors.NotFound(`Cannot verify "${file}" as it must be a file: there is none`);
  return await judgeNotebook(readNotebook(text, file), { ...options, from, readFile });
}

/** Judges a notebook that is read already. */
export async function judgeNotebook(
  notebook: Notebook,
  { root, from, readFile = readText, sources, inputsNow: now, freshness = FRESHNESS }: VerifyOptions & { from: string },
): Promise<CellVerdicts[]> {
  const cells = notebook.cells.filter(isCode).map(recordedCell);
  const names = new Map(cells.map(({ cell }) => [cell.id, cellName(cell)]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const { causes, needsOf } = cells.every(({ record }) => record === null)
    ? judgeUnrun(cells)
    : judgeFiles(notebook, cells, { sources: sources ?? await openSources(root, { readFile }), from, nameOf });
  const proofs = judgeProof(cells, { needsOf, nameOf });
  const named = provenanceOf(notebook)?.inputs ?? {};
  const inputs = await judgeInputs(cells, { named, now, freshness, needsOf, nameOf });
  const numbers = new Map(notebook.cells.map(({ id }, index) => [id, index + 1]));
  return cells.map(({ cell: { id } }) => {
    const cause = causes.get(id);
    return {
      cell: id,
      number: numbers.get(id)!,
      label: nameOf(id) === id ? null : nameOf(id),
      code: cause ? explained(cause.verdict, cause.text, cause.chain, nameOf) : plain("fresh"),
      inputs: inputs.get(id)!,
      proof: proofs.get(id)!,
    };
  });
}

const DAY_MS = 86_400_000;
const FRESHNESS: Freshness = { warnMs: 7 * DAY_MS, failMs: 30 * DAY_MS };

/** What its outputs are is looked at where it is asked for: that of megabytes takes long. */
function recordedCell(cell: CodeCell): RecordedCell {
  let digests: CellDigests | undefined;
  return {
    cell,
    record: cellProvenanceOf(cell),
    get digests() {
      return digests ??= digestCell(cell);
    },
  };
}

interface Judged {
  causes: Map<string, Cause | null>;
  needsOf: (id: string) => string[];
}

/** Of a notebook without any run on record nothing else matters, and the compiler is not loaded. */
function judgeUnrun(cells: readonly RecordedCell[]): Judged {
  const causes = cells.map(({ cell }) => [cell.id, isEmptyCell(cell) ? null : neverRun(cell.id)] as const);
  return { causes: new Map(causes), needsOf: () => [] };
}

/** By cell the cause that makes it doubtful, if any, and the cells that each needs directly. */
function judgeFiles(
  notebook: Notebook,
  cells: readonly RecordedCell[],
  place: { sources: Sources; from: string; nameOf: NameOf },
): Judged {
  const provenance = provenanceOf(notebook);
  const isEdited = provenance !== null && provenance.digest !== notebookDigest(notebook.metadata.boathouse!);
  if (provenance && !isEdited && isSealed(notebook, provenance, cells, place)) {
    const places = new Map(cells.map(({ cell }, index) => [cell.id, index]));
    const needs = new Map(cells.map(({ cell, record }) => {
      const ids = Object.keys(record?.upstream ?? {}).filter((id) => places.has(id));
      return [cell.id, ids.sort((a, b) => places.get(a)! - places.get(b)!)];
    }));
    return { causes: new Map(), needsOf: (id) => needs.get(id)! };
  }
  const { parameters = {}, inputs = {} } = provenance ?? {};
  const facts = collectFacts(notebook, { ...place, parameters });
  const causes = judgeCode(cells, { ...place, facts, inputs, isEdited });
  return { causes, needsOf: (id) => facts.get(id)!.needs.map((need) => need.id) };
}
