import { canonicalJson } from "../events/json/mod.ts";
import { type Cause, type CodeVerdict, ownCause, type Place, upstreamChange } from "./causes.ts";
import { type CellDigests, readsDigest } from "./_digests.ts";
import { displayedFindings } from "./_displayed.ts";
import type { CodeFacts } from "./facts.ts";
import type { CodeCell } from "./notebook.ts";
import type { CellProvenance, Finding, Input } from "./provenance.ts";
import type { NameOf } from "./verdicts.ts";

/** A code cell with what is recorded of its run. */
export interface RecordedCell {
  cell: CodeCell;
  record: CellProvenance | null;
  /** Of what it shows and has on record now. */
  digests: CellDigests;
}

/** What cells are judged by. */
export interface CodeOptions extends Place {
  facts: Map<string, CodeFacts>;
  /** What the notebook's cells read, by name. */
  inputs: Record<string, Input>;
  nameOf: NameOf;
  /** Whether the record of the notebook was edited after its run. */
  isEdited: boolean;
}

/** Judges the cells of a notebook in document order: by id the gravest cause, null for a fresh cell. */
export function judgeCode(cells: readonly RecordedCell[], options: CodeOptions): Map<string, Cause | null> {
  const above: Above = { judged: new Map(), byOrder: new Map(), latest: null };
  const first = options.isEdited ? cells.find(({ record }) => record)?.cell.id : undefined;
  for (const one of cells) {
    const { cell, record } = one;
    above.judged.set(cell.id, {
      record,
      cause: judgeCell(one, above, { ...options, isEdited: cell.id === first }),
    });
    if (!record) continue;
    const run = { id: cell.id, order: record.order };
    if (!above.byOrder.has(run.order)) above.byOrder.set(run.order, run.id);
    if (!above.latest || run.order > above.latest.order) above.latest = run;
  }
  return new Map([...above.judged].map(([id, { cause }]) => [id, cause]));
}

/** The cells above one. */
interface Above {
  judged: Map<string, { record: CellProvenance | null; cause: Cause | null }>;
  /** The first cell with each recorded run. */
  byOrder: Map<number, string>;
  latest: Run | null;
}

interface Named {
  above: Above;
  nameOf: NameOf;
}

interface Run {
  id: string;
  order: number;
}

/** No run, an edit, a failure, changed code, code in doubt, wrong order. */
function judgeCell({ cell, record, digests }: RecordedCell, above: Above, options: CodeOptions): Cause | null {
  const { id } = cell;
  const { facts, nameOf } = options;
  const now = facts.get(id)!;
  if (!record && now.isEmpty && cell.outputs.length === 0) return null;
  if (!record) return neverRun(id);
  return removedRun(cell) ??
    edit({ cell, record, digests }, now, options) ??
    failedRun(cell) ??
    copiedRun(cell, record, above, nameOf) ??
    ownCause(id, record, now, options) ??
    upstreamChange(id, record, options) ??
    doubtfulUpstream(id, now, { above, nameOf, unordered: false }) ??
    outOfOrder(cell, record, now, { above, nameOf }) ??
    doubtfulUpstream(id, now, { above, nameOf, unordered: true });
}

/** A cell without a run on record. */
export function neverRun(id: string): Cause {
  return own(id, "never run", "no run of it is recorded");
}

/** Whether a cell has nothing to run and shows nothing, as the compiler would say of its text. */
export function isEmptyCell({ source, outputs }: CodeCell): boolean {
  return outputs.length === 0 && source.replace(NOTHING, "") === "";
}

const NOTHING = /^#!.*|\/\/.*|\/\*[^]*?\*\/|[\s;]+/g;

function own(id: string, verdict: CodeVerdict, text: string, ...chain: string[]): Cause {
  return { verdict, text, chain: [id, ...chain] };
}

function removedRun({ id, execution_count, outputs }: CodeCell): Cause | null {
  if (execution_count !== null) return null;
  return own(id, "never run", outputs.length > 0 ? "its execution count was removed" : "its outputs were removed");
}

/** What a failed run shows is not what its code gives; the tag is nbclient's for cells that are meant to fail. */
export function failedRun({ id, metadata, outputs }: CodeCell): Cause | null {
  const { tags } = metadata;
  if (Array.isArray(tags) && tags.includes("raises-exception")) return null;
  const failed = outputs.find((output) => output.output_type === "error");
  return failed ? own(id, "never run", `it did not run to its end: ${failed.ename}`) : null;
}

/** Jupyter copies a cell with its record; no two cells ran at the same time. */
function copiedRun({ id }: CodeCell, { order }: CellProvenance, above: Above, nameOf: NameOf): Cause | null {
  const original = above.byOrder.get(order);
  if (original === undefined) return null;
  return own(id, "never run", `it is a copy of cell "${nameOf(original)}" and has its run on record`, original);
}

/** The first cell with a run stands for what is recorded of the whole notebook. */
function edit(
  { cell, record, digests }: RecordedCell & { record: CellProvenance },
  now: CodeFacts,
  { inputs, isEdited }: CodeOptions,
): Cause | null {
  const dirty = (what: string) => own(cell.id, "dirty", `${what} edited after its run`);
  if (record.source !== now.source) return dirty("its source was");
  const found = editedResult({ cell, record, digests }, inputs);
  if (found !== null) return { ...dirty(found), shownOnly: true };
  if (record.digests?.record !== digests.record) return dirty("its record was");
  return isEdited ? { ...dirty(NOTEBOOK_RECORD), shownOnly: true } : null;
}

const NOTEBOOK_RECORD = "the notebook's record (versions, parameters, inputs, seal) was";

function editedResult(
  { cell, record, digests: now }: RecordedCell & { record: CellProvenance },
  inputs: Record<string, Input>,
): string | null {
  const { digests, findings = [] } = record;
  if (digests && digests.outputs !== now.outputs) return "its outputs were";
  const stated = findings.map(spell), shown = displayedFindings(cell.outputs).map(spell);
  const changed = stated.findIndex((one, index) => one !== shown[index]);
  if (changed >= 0) return `its recorded finding "${findings[changed]!.text}" was`;
  if (stated.length < shown.length) return "its recorded findings were";
  if (!digests) return "the digests in its record were";
  if (digests.reads === readsDigest(record, inputs)) return null;
  const named = record.inputs.length > 0 ? ` (${record.inputs.join(", ")})` : "";
  return `the record of what it read${named} was`;
}

/** Names of values follow the layout of the source; text and values do not. */
function spell({ text, values }: Finding): string {
  return canonicalJson([text, [...new Set(Object.values(values).map((value) => JSON.stringify(value)))].sort()]);
}

/** A cell is as doubtful as the cells whose values it uses. */
function doubtfulUpstream(
  id: string,
  now: CodeFacts,
  { above, nameOf, unordered }: Named & { unordered: boolean },
): Cause | null {
  for (const need of now.needs) {
    const cause = above.judged.get(need.id)?.cause;
    if (!cause || cause.shownOnly || unordered !== (cause.verdict === "out of order")) continue;
    if (need.importsOnly && cause.verdict !== "never run") continue;
    if (cause.verdict === "stale") return { ...cause, chain: [id, ...cause.chain] };
    return own(id, "stale", `cell "${nameOf(need.id)}" ${STATE[cause.verdict]}`, need.id);
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
  { above, nameOf }: Named,
): Cause | null {
  if (execution_count !== order) {
    const text = `it ran again without a record: execution count ${execution_count}, recorded run ${order}`;
    return own(id, "out of order", text);
  }
  if (!above.latest || above.latest.order <= order) return null;
  const needed = now.needs.map(({ id }) => ({ id, order: above.judged.get(id)?.record?.order ?? 0 }))
    .filter((run) => run.order > order).sort((a, b) => b.order - a.order);
  const first = (needed[0] ?? above.latest).id;
  return own(id, "out of order", `cell "${nameOf(first)}" above it ran after it`, first);
}
