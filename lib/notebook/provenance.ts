import { z } from "zod";
import type { Json } from "../events/json/mod.ts";
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
  seal: z.string().exactOptional(),
  digest: z.string().exactOptional(),
});
const cellProvenance = z.object({
  source: z.string(),
  upstream: hashes,
  modules: hashes,
  packages: hashes,
  imports: hashes.exactOptional(),
  parameters: z.array(z.string()),
  inputs: z.array(z.string()),
  order: z.int().min(1),
  unproven: z.array(z.enum(["file", "network", "clock", "random"])).exactOptional(),
  writes: z.array(z.string().regex(/^(table|model):/)).exactOptional(),
  findings: z.array(finding).exactOptional(),
  digests: z.strictObject({ outputs: z.string(), reads: z.string(), record: z.string().exactOptional() })
    .exactOptional(),
});

/** What was read: a raw table up to end offsets, a derived table at a version, or a model. */
export type Input = RawTableInput | DerivedTableInput | ModelInput;

/** A raw table of a topic; its rows below the end offsets are the same at any later time. */
export interface RawTableInput {
  /** Name of the table. */
  table: string;
  /** Identity of the topic, so that a topic made again under the same name is another one. */
  incarnation: string;
  /** First offset not read, by partition. */
  ends: Record<string, number>;
  /** Rows below the ends. */
  rows: number;
  /** Time of the newest event read, in ISO 8601. */
  until?: string;
}

/** A table that a notebook or stream wrote. */
export interface DerivedTableInput {
  /** Name of the table. */
  table: string;
  /** Version in its Delta log. */
  version: number;
  /** Digest of that version's live files. */
  digest: string;
}

/** A model of the registry. */
export interface ModelInput {
  /** Name of the model. */
  model: string;
  /** Its version, a whole number as text. */
  version: string;
  /** Digest of its artefact. */
  digest: string;
}

/** A sentence and the values in it. */
export interface Finding {
  /** The sentence. */
  text: string;
  /** By the text of their expressions, or by position from 0 where that is not known. */
  values: Record<string, Json>;
}

/** What a cell read outside recorded clients. */
export type Unproven = "file" | "network" | "clock" | "random";

/** `metadata.boathouse` of a notebook: what its run had. */
export interface NotebookProvenance {
  /** Version of this record. */
  schema: 1;
  /** Version of Deno. */
  deno: string;
  /** Version of Boathouse. */
  boathouse: string;
  /** Values of the parameters by name. */
  parameters: Record<string, Json>;
  /** What its cells read, by name. */
  inputs: Record<string, Input>;
  /** Digest of all that the run of all cells left, so that an untouched notebook is known at once. */
  seal?: string;
  /** Digest of this record: it may not be edited by hand. */
  digest?: string;
}

/** `metadata.boathouse` of a cell: the code that its outputs come from, and what they were read from. */
export interface CellProvenance {
  /** Token hash of the source that ran. */
  source: string;
  /** Token hash of each cell that it needed directly, by id, as it ran. */
  upstream: Record<string, string>;
  /** Token hash of each local module that it reached, by path from the root. */
  modules: Record<string, string>;
  /** Integrity of each package that it reached, by `name@version`; empty for Boathouse, which counts by its version. */
  packages: Record<string, string>;
  /** Where the import map sent specifiers, where the packages and modules alone do not say it. */
  imports?: Record<string, string>;
  /** Parameters that it read, as `name=value` with the value in canonical JSON. */
  parameters: string[];
  /** Names of the notebook's inputs that it read. */
  inputs: string[];
  /** Position in the order of running, from 1. */
  order: number;
  /** What it read outside recorded clients. */
  unproven?: Unproven[];
  /** What it wrote, by name: `table:NAME` and `model:NAME`. Versions are left out: each run makes a new one. */
  writes?: string[];
  /** What it found. */
  findings?: Finding[];
  /** Digests of its outputs, of what it read and wrote, and of this record: none may be edited by hand. */
  digests?: { outputs: string; reads: string; record?: string };
}

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
  const said = Object.keys(notebookSettings(notebook)).length;
  const isRecorded = said === 0 || Object.keys(notebook.metadata.boathouse as object).length > said;
  return isRecorded ? read(notebookProvenance, notebook.metadata.boathouse, "the notebook") : null;
}

/**
 * Reads what people say in `metadata.boathouse` of a notebook beside the record of its run: what its cells may do and
 * hold. It outlives runs.
 *
 * @param notebook The notebook.
 * @returns `permissions` and `memoryMb` as they are there, unchecked.
 */
export function notebookSettings({ metadata: { boathouse } }: Notebook): Record<string, unknown> {
  if (typeof boathouse !== "object" || boathouse === null) return {};
  return Object.fromEntries(Object.entries(boathouse).filter(([name]) => SETTINGS.has(name)));
}

/** Names of what people say beside the record. */
export const SETTINGS: ReadonlySet<string> = new Set(["permissions", "memoryMb"]);

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
  const refused = `Cannot read provenance of ${of} as ${place} must be`;
  const version = place === "metadata.boathouse.schema" ? (value as { schema?: unknown }).schema : undefined;
  if (typeof version === "number") {
    throw new TypeError(
      `${refused} 1: got ${version}, of another Boathouse; update this one or run the notebook again`,
    );
  }
  throw new TypeError(`${refused} valid: ${issue!.message}; run the notebook again`);
}
