import { tableFromIPC, tableToIPC } from "@uwdata/flechette";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";

/**
 * Writes a table in Arrow's IPC stream format.
 *
 * @param table Arrow table
 * @returns bytes that any Arrow library reads
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { fromArrowBytes, toArrowBytes } from "./ipc.ts";
 * console.assert(fromArrowBytes(toArrowBytes(tableFromRows([{ hour: 18 }]))).numRows === 1);
 * ```
 */
export function toArrowBytes(table: ArrowTable): Uint8Array<ArrayBuffer> {
  const bytes = tableToIPC(flechetteTable(table), { format: "stream" });
  if (!bytes) throw new Error("Cannot write Arrow bytes as flechette returned none");
  return bytes as Uint8Array<ArrayBuffer>;
}

/**
 * Reads Arrow's IPC stream or file format; the table is a view over the bytes.
 *
 * @param bytes what an Arrow library wrote, without buffer compression
 * @returns the table
 * @throws {SyntaxError} when the bytes are not Arrow IPC
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { fromArrowBytes, toArrowBytes } from "./ipc.ts";
 * console.assert(fromArrowBytes(toArrowBytes(tableFromRows([]))).numRows === 0);
 * ```
 */
export function fromArrowBytes(bytes: Uint8Array): ArrowTable {
  try {
    const table = tableFromIPC(bytes, { useDate: true });
    if (!("version" in table.schema)) throw new Error("they hold no schema"); // flechette takes them as no columns
    return table as ArrowTable;
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${bytes.byteLength} bytes as they must be Arrow IPC: ${
        cause instanceof Error ? cause.message : String(cause)
      }`,
      { cause },
    );
  }
}
