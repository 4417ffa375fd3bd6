import { dirname, resolve } from "node:path";
import type { Directives } from "../cells/mod.ts";
import { type CodeFacts, collectFacts, readText } from "./facts.ts";
import { type Cause, type CodeVerdict, ownCause, upstreamChange } from "./causes.ts";
import { type ChainOptions } from "./_module_chain.ts";
import { type CodeCell, isCode, type Notebook } from "./notebook.ts";
import { type CellProvenance, cellProvenanceOf, provenanceOf, type Unproven } from "./provenance.ts";
import { readNotebook } from "./read.ts";

/** The verdict on one code cell. */
export interface Verdict {
  /** Id of the cell. */
  cell: string;
  /** Position in the notebook, from 1, Markdown counted. */
  number: number;
  /** Its `//| label`, if any. */
  label: string | null;
  /** Whether its outputs come from the code as it is now. */
  verdict: CodeVerdict;
  /** What was found, with the chain to it; empty when fresh. */
  reason: string;
  /** From this cell over the cells, modules or package in between to the cause; empty when fresh. */
  chain: string[];
  /** What the cell read outside recorded clients: its outputs are unproven, whatever the code. */
  unproven: Unproven[];
}

/** Where the files of a notebook are. */
export interface VerifyOptions {
  /** Absolute folder of deno.json and deno.lock. */
  root: string;
  /** Absolute folder that relative imports start from; the notebook's own by default. */
  from?: string;
}

/**
 * Judges from files alone whether the outputs of each code cell come from the code as it is now: its source, the cells
 * and modules and packages that it reaches, its parameters, and the order of running.
 *
 * @param file Path of the notebook.
 * @param options Folder of the workbench.
 * @returns One verdict per code cell, in document order.
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
export async function verifyNotebook(file: string, { root, from }: VerifyOptions): Promise<Verdict[]> {
  const notebook = readNotebook(await Deno.readTextFile(file), file);
  const { parseCell, readDirectives } = await import("../cells/mod.ts");
  const folder = from ?? dirname(resolve(file));
  const place: ChainOptions = { root, from: folder, readFile: readText, parseCell };
  const parameters = provenanceOf(notebook)?.parameters ?? {};
  const facts = await collectFacts(notebook, { ...place, parameters });
  return judgeCells(notebook, facts, place, readDirectives);
}

interface Judged {
  cell: CodeCell;
  record: CellProvenance | null;
  cause: Cause | null;
}

function judgeCells(
  notebook: Notebook,
  facts: Map<string, CodeFacts>,
  place: ChainOptions,
  readDirectives: (source: string) => Directives,
): Verdict[] {
  const above = new Map<string, Judged>();
  return notebook.cells.flatMap((cell, index) => {
    if (!isCode(cell)) return [];
    const record = cellProvenanceOf(cell);
    const cause = judgeCell(cell, record, { facts, above, place });
    above.set(cell.id, { cell, record, cause });
    const label = readDirectives(cell.source).label;
    return [{
      cell: cell.id,
      number: index + 1,
      label: typeof label === "string" ? label : null,
      verdict: cause?.verdict ?? "fresh",
      reason: cause ? reasonOf(cause) : "",
      chain: cause?.chain ?? [],
      unproven: record?.unproven ?? [],
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

function reasonOf({ text, chain }: Cause): string {
  return chain.length > 1 ? `${text} (${chain.join(" → ")})` : text;
}
