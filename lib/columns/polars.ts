import { Buffer } from "node:buffer";
import type { ArrowTable } from "./arrow_table.ts";
import { polarsTypes } from "./_polars_types.ts";
import { fromArrowBytes, toArrowBytes } from "./ipc.ts";

/** A DataFrame of polars. */
export type PolarsFrame = ReturnType<(typeof import("nodejs-polars"))["default"]["readIPCStream"]>;

/**
 * Hands a table to polars as Arrow bytes; polars is loaded by the first call.
 *
 * @param table Arrow table
 * @returns polars DataFrame of the same columns;
 *   blobs become hexadecimal text and decimals doubles, as polars for JavaScript reads back neither
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { toPolars } from "./polars.ts";
 * console.assert((await toPolars(tableFromRows([{ hour: 18 }]))).height === 1);
 * ```
 */
export async function toPolars(table: ArrowTable): Promise<PolarsFrame> {
  const { default: polars } = await import("nodejs-polars");
  if (table.numCols === 0) return polars.DataFrame({});
  const bytes = toArrowBytes(polarsTypes(table));
  return polars.readIPCStream(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/**
 * Takes a polars DataFrame as an Arrow table.
 *
 * @param frame polars DataFrame
 * @returns Arrow table of the same columns
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { fromPolars, toPolars } from "./polars.ts";
 * console.assert(fromPolars(await toPolars(tableFromRows([{ hour: 18 }]))).numRows === 1);
 * ```
 */
export function fromPolars(frame: PolarsFrame): ArrowTable {
  return fromArrowBytes(frame.writeIPCStream());
}
