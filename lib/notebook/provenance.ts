import { z } from "zod";
import type { Json } from "../events/mod.ts";
import type { CodeCell, Notebook } from "./notebook.ts";

const offsets = z.record(z.string(), z.int());
const input = z.union([
  z.object({
    table: z.string(),
    incarnation: z.string(),
    ends: offsets,
    rows: z.int(),
    until: z.string().exactOptional(),
  }),
  z.object({ table: z.string(), version: z.int(), digest: z.string() }),
  z.object({ model: z.string(), version: z.string(), digest: z.string() }),
]);
const finding = z.object({ text: z.string(), values: z.record(z.string(), z.json()) });
const hashes = z.record(z.string(), z.string());

const notebookProvenance = z.object({
  schema: z.literal(1),
  deno: z.string(),
  boathouse: z.string(),
  parameters: z.record(z.string(), z.json()),
  inputs: z.record(z.string(), input),
});
const cellProvenance = z.object({
  source: z.string(),
  upstream: hashes,
  modules: hashes,
  packages: hashes,
  parameters: z.array(z.string()),
  inputs: z.array(z.string()),
  order: z.int().min(1),
  unproven: z.array(z.enum(["file", "network", "clock", "random"])).exactOptional(),
  findings: z.array(finding).exactOptional(),
});

/** What was read: a raw table up to end offsets, a derived table at a version, or a model. */
export type Input = z.infer<typeof input>;
/** A sentence and the values in it, by the text of their expressions, or by position where that is not known. */
export interface Finding {
  text: string;
  values: Record<string, Json>;
}
/** What a cell read outside recorded clients. */
export type Unproven = "file" | "network" | "clock" | "random";
/** `metadata.boathouse` of a notebook: what its run had. */
export type NotebookProvenance = z.infer<typeof notebookProvenance>;
/** `metadata.boathouse` of a cell: the code that its outputs come from. */
export type CellProvenance = z.infer<typeof cellProvenance>;

/**
 * Reads what is recorded of a notebook's last run.
 *
 * @param notebook The notebook.
 * @returns The record, or null when no run is recorded.
 * @throws {TypeError} When the record is malformed.
 *
 * @example
 * ```ts
 * import { provenanceOf } from "./provenance.ts";
 *
 * console.assert(provenanceOf({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }) === null);
 * ```
 */
export function provenanceOf(notebook: Notebook): NotebookProvenance | null {
  return read(notebookProvenance, notebook.metadata.boathouse, "the notebook");
}

/**
 * Reads what is recorded of a cell's last run.
 *
 * @param cell The code cell.
 * @returns The record, or null when no run is recorded.
 * @throws {TypeError} When the record is malformed.
 */
export function cellProvenanceOf(cell: CodeCell): CellProvenance | null {
  return read(cellProvenance, cell.metadata.boathouse, `cell "${cell.id}"`);
}

function read<T>(schema: z.ZodType<T>, value: unknown, of: string): T | null {
  if (value === undefined) return null;
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  const place = ["metadata", "boathouse", ...issue!.path].join(".");
  throw new TypeError(`Cannot read provenance of ${of} as ${place} must be valid: ${issue!.message}; run the notebook again`);
}
