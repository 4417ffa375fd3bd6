import { Table } from "@uwdata/flechette";
import { type ArqueroTable, fromArquero } from "./arquero.ts";
import type { ArrowTable } from "./arrow_table.ts";
import { type DanfoFrame, fromDanfo } from "./danfo.ts";
import { tableFromRows } from "./from_rows.ts";
import { fromArrowBytes } from "./ipc.ts";
import { fromPolars, type PolarsFrame } from "./polars.ts";
import type { Row } from "./rows.ts";

/** Whatever holds rows by name: objects, a result, a frame, an Arrow table, or the bytes of one (Arrow IPC). */
export type Tabular =
  | readonly Row[]
  | { arrow(): ArrowTable }
  | ArrowTable
  | PolarsFrame
  | ArqueroTable
  | DanfoFrame
  | Uint8Array;

/**
 * Takes whatever holds rows by name as an Arrow table.
 *
 * @param data plain objects, a result, a polars DataFrame, an arquero table, a danfo.js DataFrame, an Arrow table of
 *   flechette, or Arrow IPC bytes of any other library
 * @returns the table; columns that are in Arrow's layout already keep their types
 * @throws {TypeError} when it is nothing of that, or the values of a column are of several types
 * @throws {SyntaxError} when bytes are not Arrow IPC
 * @example
 * ```ts
 * import { toTable } from "./to_table.ts";
 * console.assert(toTable([{ hour: 18 }]).numRows === 1);
 * ```
 */
export function toTable(data: Tabular): ArrowTable {
  if (Array.isArray(data)) return tableFromRows(data as Row[]);
  if (data instanceof Uint8Array) return fromArrowBytes(data);
  if (data instanceof Table) return data as ArrowTable;
  if (has(data, "arrow")) return (data as { arrow(): ArrowTable }).arrow();
  if (has(data, "writeIPCStream")) return fromPolars(data as PolarsFrame);
  if (has(data, "columnNames") && has(data, "indices")) return fromArquero(data as ArqueroTable);
  if (typeof data === "object" && data !== null && "getColumnData" in data) return fromDanfo(data as DanfoFrame);
  throw new TypeError(
    `Cannot take data as a table as it must be rows, a Result, a frame of polars, arquero or danfo.js, an Arrow table of ` +
      `flechette or Arrow IPC bytes: got ${describe(data)}`,
  );
}

function has(data: unknown, method: string): boolean {
  return typeof data === "object" && data !== null && typeof (data as Record<string, unknown>)[method] === "function";
}

function describe(data: unknown): string {
  if (has(data, "collect")) return "a lazy frame; collect it first";
  return typeof data === "object" && data !== null ? `a ${data.constructor?.name ?? "object"}` : String(data);
}
