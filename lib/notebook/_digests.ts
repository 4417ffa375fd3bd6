import { sha256 } from "../events/json/mod.ts";
import type { CodeCell, Notebook, Output } from "./notebook.ts";
import { type CellProvenance, type Input, SETTINGS } from "./provenance.ts";
import { sortKeys } from "./write.ts";

/** Digest of what a cell shows; counts are left out, as they repeat the order of running. */
export function outputsDigest(outputs: readonly Output[]): string {
  return sha256(sortedJson(outputs.map((output) => ({ ...output, execution_count: null }))));
}

/** Digest of what is recorded of a cell's reading and writing. The numbers behind names tell inputs apart in a notebook. */
export function readsDigest(
  { inputs, unproven = [], writes = [] }: Pick<CellProvenance, "inputs" | "unproven" | "writes">,
  named: Record<string, Input>,
): string {
  const read = inputs.map((name) => [plainName(name), named[name] ?? null]);
  return sha256(sortedJson([read.map((one) => sortedJson(one)).sort(), [...unproven].sort(), [...writes].sort()]));
}

/** The name of an input without the number that tells it from others of the same name. */
export function plainName(name: string): string {
  return name.replace(/#\d+$/, "");
}

/** Digest of all that stands in the record of a cell but the digests themselves. */
export function cellDigest(record: object): string {
  const { digests: _, ...rest } = record as CellProvenance;
  return sha256(sortedJson({ ...rest, inputs: rest.inputs.map(plainName).sort() }));
}

/** Digest of all that stands in the record of a notebook, its seal included. */
export function notebookDigest(record: object): string {
  return sha256(sortedJson(recorded(record, "digest")));
}

/** The digests of a cell as it is now. */
export interface CellDigests {
  /** Of what it shows. */
  outputs: string;
  /** Of its record; null without one. */
  record: string | null;
}

/** Digests a cell as it is now. */
export function digestCell({ outputs, metadata: { boathouse } }: CodeCell): CellDigests {
  return { outputs: outputsDigest(outputs), record: boathouse === undefined ? null : cellDigest(boathouse as object) };
}

/** Digest of all that a run left in a notebook: code, outputs and records, neither Markdown nor tags. */
export function sealOf(notebook: Notebook, cells: readonly { cell: CodeCell; digests: CellDigests }[]): string {
  const ran = cells.map(({ cell: { id, source, execution_count, metadata: { boathouse } }, digests }) => {
    return [id, source, execution_count, digests, (boathouse as CellProvenance | undefined)?.digests ?? null];
  });
  return sha256(sortedJson([recorded(notebook.metadata.boathouse as object, "digest", "seal"), ran]));
}

/** A notebook's record without what people say beside it. */
function recorded(record: object, ...without: string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !SETTINGS.has(name) && !without.includes(name)));
}

/** Unlike `canonicalJson` it takes all that a file may hold, such as lone surrogates. */
function sortedJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}
