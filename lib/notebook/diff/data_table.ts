import { z } from "zod";
import type { Json } from "../../events/mod.ts";
import { isCode, type Notebook } from "../notebook.ts";

const shape = z.object({
  schema: z.object({
    fields: z.array(z.object({ name: z.string(), type: z.string().exactOptional() })).min(1),
    primaryKey: z.union([z.string().transform((name) => [name]), z.array(z.string())]).exactOptional().catch([]),
  }),
  data: z.array(z.record(z.string(), z.json())),
});

/** A tabular data resource (https://specs.frictionlessdata.io/tabular-data-resource/) with all its rows. */
export interface DataTable {
  /** Its columns in order, with the types of their values, and the columns that name a row. */
  schema: { fields: { name: string; type?: string }[]; primaryKey?: string[] };
  /** Its rows, each by the names of the columns. */
  data: Record<string, Json>[];
}

/** The MIME type of a tabular data resource. */
export const TABLE_MIME = "application/vnd.dataresource+json";

/** Reads all rows of a tabular data resource; null where it is none or has no columns. */
export function readDataTable(resource: unknown): DataTable | null {
  const read = shape.safeParse(resource);
  return read.success ? read.data : null;
}

/**
 * Reads the tables that a notebook shows.
 *
 * @param notebook The notebook.
 * @returns The tables in document order; outputs without one are left out.
 *
 * @example
 * ```ts
 * import { dataTablesOf } from "./data_table.ts";
 *
 * console.assert(dataTablesOf({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }).length === 0);
 * ```
 */
export function dataTablesOf(notebook: Notebook): DataTable[] {
  return notebook.cells.filter(isCode).flatMap(({ outputs }) => outputs).flatMap((output) => {
    return "data" in output ? readDataTable(output.data[TABLE_MIME]) ?? [] : [];
  });
}
