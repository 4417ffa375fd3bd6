import { type ArrowTable, flechetteTable } from "./arrow_table.ts";

/** A table of arquero. */
export type ArqueroTable = ReturnType<(typeof import("arquero"))["fromArrow"]>;

/**
 * Hands a table to arquero, which works on the same Arrow buffers; arquero is loaded by the first call.
 *
 * @param table Arrow table
 * @returns arquero table of the same columns
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { toArquero } from "./arquero.ts";
 * console.assert((await toArquero(tableFromRows([{ hour: 18 }]))).numRows() === 1);
 * ```
 */
export async function toArquero(table: ArrowTable): Promise<ArqueroTable> {
  const { fromArrow } = await import("arquero");
  return fromArrow(flechetteTable(table) as unknown as Parameters<typeof fromArrow>[0]);
}
