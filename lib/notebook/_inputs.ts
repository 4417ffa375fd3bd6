import { canonicalJson } from "../events/json/mod.ts";
import { plainName } from "./_digests.ts";
import { type CodeCell } from "./notebook.ts";
import { cellProvenanceOf, type Input } from "./provenance.ts";

/** What all cells read, each thing under one name, and the names by cell. */
export interface NamedInputs {
  named: Record<string, Input>;
  byCell: Map<string, string[]>;
}

/**
 * Names what the cells of a notebook read. Where cells of different runs read one table at different ends, the first
 * in document order has the plain name and the next ones `name#2`, `name#3`.
 */
export function nameInputs(
  code: CodeCell[],
  run: ReadonlyMap<string, { inputs: ({ name: string } & Input)[] }>,
  before: Record<string, Input>,
): NamedInputs {
  const named: Record<string, Input> = {};
  const byCell = new Map<string, string[]>();
  for (const cell of code) {
    const reads = run.get(cell.id)?.inputs ?? recordedReads(cell, before);
    byCell.set(cell.id, [...new Set(reads.map((read) => nameOf(read, named)))].sort());
  }
  return { named, byCell };
}

function recordedReads(cell: CodeCell, before: Record<string, Input>): ({ name: string } & Input)[] {
  const names = cellProvenanceOf(cell)?.inputs ?? [];
  return names.flatMap((name) => before[name] ? [{ ...before[name], name: plainName(name) }] : []);
}

function nameOf({ name, ...input }: { name: string } & Input, named: Record<string, Input>): string {
  for (let copy = 1;; copy++) {
    const key = copy === 1 ? name : `${name}#${copy}`;
    const taken = named[key];
    if (taken !== undefined && canonicalJson(taken) !== canonicalJson(input)) continue;
    named[key] = input;
    return key;
  }
}
