import { dirname, resolve } from "node:path";
import type { Directives } from "../cells/mod.ts";
import { type CodeFacts, collectFacts, readText } from "./facts.ts";
import { type Cause, type CodeVerdict, ownCause, upstreamChange } from "./causes.ts";
import { type ChainOptions } from "./_module_chain.ts";
import { type CodeCell, isCode, type Notebook } from "./notebook.ts";
import { type CellProvenance, cellProvenanceOf, provenanceOf, type Unproven } from "./provenance.ts";
import { readNotebook } from "./read.ts";

/** One of the three verdicts on a code cell. */
export interface Verdict<V extends string> {
  /** The verdict. */
  verdict: V;
  /** What was found, with the chain to it; empty where nothing is to be said. */
  reason: string;
  /** From this cell over the cells, modules or package in between to the cause; empty without one. */
  chain: string[];
}

/** How what a cell has read stands to what is there now. */
export type InputsVerdict = "none" | "recorded" | "current" | "moved" | "warn" | "fail" | "unknown";

/** Whether all that a cell has read is on record. */
export type ProofVerdict = "proven" | "unproven";

/** The three verdicts on one code cell; none follows from another. */
export interface CellVerdicts {
  /** Id of the cell. */
  cell: string;
  /** Position in the notebook, from 1, Markdown counted. */
  number: number;
  /** Its `//| label`, if any. */
  label: string | null;
  /** Whether its outputs come from the code as it is now, from files alone. */
  code: Verdict<CodeVerdict>;
  /** How what it read stands to what is there now; without asking the lake `recorded`, or `none` where it read nothing. */
  inputs: Verdict<InputsVerdict>;
  /** Whether it, or a cell that it needs, read a file, the network, the clock or randomness outside recorded clients. */
  proof: Verdict<ProofVerdict>;
}

/** Where the files of a notebook are. */
export interface VerifyOptions {
  /** Absolute folder of deno.json and deno.lock. */
  root: string;
  /** Absolute folder that relative imports start from; the notebook's own by default. */
  from?: string;
  /** The text of a file by its absolute path, null when there is none; reads the disk by default. */
  readFile?: (path: string) => string | null;
}

/**
 * Judges from files alone whether the outputs of each code cell come from the code as it is now: its source, the cells
 * and modules and packages that it reaches, its parameters, and the order of running.
 *
 * @param file Path of the notebook.
 * @param options Folder of the workbench.
 * @returns The verdicts on each code cell, in document order.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is not a notebook.
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
export async function verifyNotebook(
  file: string,
  { root, from, readFile = readText }: VerifyOptions,
): Promise<CellVerdicts[]> {
  const text = readFile(resolve(file));
  if (text === null) throw new Deno.errors.NotFound(`Cannot verify "${file}" as it must be a file: there is none`);
  const notebook = readNotebook(text, file);
  const { parseCell, readDirectives } = await import("../cells/mod.ts");
  const folder = from ?? dirname(resolve(file));
  const place: ChainOptions = { root, from: folder, readFile, parseCell };
  const parameters = provenanceOf(notebook)?.parameters ?? {};
  const facts = await collectFacts(notebook, { ...place, parameters });
  return judgeCells(notebook, facts, place, readDirectives);
}

interface Judged {
  cell: CodeCell;
  record: CellProvenance | null;
  cause: Cause | null;
  proof: Verdict<ProofVerdict>;
}

function judgeCells(
  notebook: Notebook,
  facts: Map<string, CodeFacts>,
  place: ChainOptions,
  readDirectives: (source: string) => Directives,
): CellVerdicts[] {
  const above = new Map<string, Judged>();
  return notebook.cells.flatMap((cell, index) => {
    if (!isCode(cell)) return [];
    const record = cellProvenanceOf(cell);
    const cause = judgeCell(cell, record, { facts, above, place });
    const proof = proofOf(cell.id, record, { facts, above, place });
    above.set(cell.id, { cell, record, cause, proof });
    const label = readDirectives(cell.source).label;
    return [{
      cell: cell.id,
      number: index + 1,
      label: typeof label === "string" ? label : null,
      code: cause ? verdictOf(cause) : { verdict: "fresh", reason: "", chain: [] },
      inputs: recordedInputs(record),
      proof,
    }];
  });
}

interface Surroundings {
  facts: Map<string, CodeFacts>;
  above: Map<string, Judged>;
  place: ChainOptions;
}

/** The gravest cause, or null for a fresh cell: no run, an edit, changed code, code in doubt, wrong order. */
function judgeCell(cell: CodeCell, record: CellProvenance | null, { facts, above, place }: Surroundings): Cause | null {
  const { id } = cell;
  const now = facts.get(id)!;
  const own = (verdict: CodeVerdict, text: string): Cause => ({ verdict, text, chain: [id] });
  if (!record) return own("never run", "no run of it is recorded");
  if (cell.execution_count === null) return own("never run", "its outputs were removed");
  if (record.source !== now.source) return own("dirty", "its source was edited after its run");
  return ownCause(id, record, now, place) ??
    upstreamChange(id, record, facts) ??
    doubtfulUpstream(id, now, above, false) ??
    outOfOrder(cell, record, now, above) ??
    doubtfulUpstream(id, now, above, true);
}

/** A cell is as doubtful as the cells whose values it uses. */
function doubtfulUpstream(id: string, now: CodeFacts, above: Map<string, Judged>, unordered: boolean): Cause | null {
  for (const need of now.needs) {
    const cause = above.get(need.id)?.cause;
    if (!cause || unordered !== (cause.verdict === "out of order")) continue;
    if (need.importsOnly && cause.verdict !== "never run") continue;
    const chain = [id, ...cause.chain];
    if (cause.verdict === "stale") return { ...cause, chain };
    return { verdict: "stale", text: `cell "${need.id}" ${STATE[cause.verdict]}`, chain: [id, need.id] };
  }
  return null;
}

const STATE: Readonly<Record<CodeVerdict, string>> = {
  fresh: "is fresh",
  stale: "is stale",
  dirty: "was edited after this cell ran",
  "out of order": "ran out of order",
  "never run": "has no run",
};

/** Reading from top to bottom must give what ran: no cell above may have run later. */
function outOfOrder(
  { id, execution_count }: CodeCell,
  { order }: CellProvenance,
  now: CodeFacts,
  above: Map<string, Judged>,
): Cause | null {
  if (execution_count !== order) {
    const text = `it ran again without a record: execution count ${execution_count}, recorded run ${order}`;
    return { verdict: "out of order", text, chain: [id] };
  }
  const later = [...above.values()].filter(({ record }) => record !== null && record.order > order)
    .sort((a, b) => b.record!.order - a.record!.order);
  if (later.length === 0) return null;
  const needed = later.find(({ cell }) => now.needs.some((need) => need.id === cell.id));
  const first = (needed ?? later[0]!).cell.id;
  return { verdict: "out of order", text: `cell "${first}" above it ran after it`, chain: [id, first] };
}

function verdictOf({ verdict, text, chain }: Cause): Verdict<CodeVerdict> {
  return { verdict, reason: chain.length > 1 ? `${text} (${chain.join(" → ")})` : text, chain };
}

function recordedInputs(record: CellProvenance | null): Verdict<InputsVerdict> {
  return { verdict: record && record.inputs.length > 0 ? "recorded" : "none", reason: "", chain: [] };
}

/** A cell is as unproven as the cells whose values it uses. */
function proofOf(
  id: string,
  record: CellProvenance | null,
  { facts, above }: Surroundings,
): Verdict<ProofVerdict> {
  const unproven = (text: string, ...chain: string[]): Verdict<ProofVerdict> => {
    const reason = chain.length > 0 ? `${text} (${[id, ...chain].join(" → ")})` : text;
    return { verdict: "unproven", reason, chain: [id, ...chain] };
  };
  if (!record) return unproven("no run of it is recorded");
  if (record.unproven) return unproven(readsText(record.unproven));
  for (const need of facts.get(id)!.needs) {
    const chain = above.get(need.id)?.proof.chain ?? [];
    if (chain.length === 0) continue;
    const cause = above.get(chain.at(-1)!)!;
    const found = cause.record?.unproven ? readsText(cause.record.unproven) : "has no run";
    return unproven(`cell "${cause.cell.id}" ${found}`, ...chain);
  }
  return { verdict: "proven", reason: "", chain: [] };
}

function readsText(unproven: readonly Unproven[]): string {
  return `read ${unproven.map((kind) => READS[kind]).join(", ")}`;
}

const READS: Readonly<Record<Unproven, string>> = {
  file: "a file",
  network: "the network",
  clock: "the clock",
  random: "randomness",
};
