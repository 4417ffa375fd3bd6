import { batchType, Column, type DataType, Table, tableFromColumns, Type } from "@uwdata/flechette";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";
import { columnValues } from "./column_values.ts";
import { columnFromValues } from "./from_rows.ts";
import type { RowOptions } from "./read_cell.ts";
import { takeRows } from "./_take.ts";

/** A table of arquero. */
export type ArqueroTable = ReturnType<(typeof import("arquero"))["fromArrow"]>;

/**
 * Hands a table to arquero, which works on the same Arrow buffers; arquero is loaded by the first call.
 *
 * @param table Arrow table
 * @param options `bigint: true` gives 64-bit integers as bigint
 * @returns arquero table of the same columns
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { toArquero } from "./arquero.ts";
 * console.assert((await toArquero(tableFromRows([{ hour: 18 }]))).numRows() === 1);
 * ```
 */
export async function toArquero(table: ArrowTable, options: Pick<RowOptions, "bigint"> = {}): Promise<ArqueroTable> {
  const { fromArrow } = await import("arquero");
  const given = options.bigint ? withBigints(flechetteTable(table)) : checked(table);
  return fromArrow(spelledOut(given) as unknown as Parameters<typeof fromArrow>[0]);
}

/**
 * Takes a table of arquero as an Arrow table, in its order and without the rows that it filters out. Columns that came from
 * Arrow keep their type and every digit; those that arquero has computed or copied get theirs from their values.
 *
 * @param table arquero table
 * @returns Arrow table
 * @throws {TypeError} when the values of a computed column are of several types
 * @example
 * ```ts
 * import { fromArquero, toArquero } from "./arquero.ts";
 * import { tableFromRows } from "./from_rows.ts";
 * const table = (await toArquero(tableFromRows([{ hour: 18 }, { hour: 7 }]))).orderby("hour");
 * console.assert(fromArquero(table).at(0).hour === 7);
 * ```
 */
export function fromArquero(table: ArqueroTable): ArrowTable {
  const names = table.columnNames();
  const rows = Array.from(table.indices());
  const isWhole = !table.isFiltered() && !table.isOrdered();
  const columns = names.map((name) => {
    const column = table.column(name) as unknown as { at(row: number): unknown };
    if (!(column instanceof Column)) return columnFromValues(rows.map((row) => column.at(row)), name);
    return isWhole && column.data.length === 1 ? column : takeRows(column, rows);
  });
  return tableFromColumns(names.map((name, i) => [name, columns[i]!]));
}

/** arquero cannot read a dictionary of no batches. */
function spelledOut(table: Table<Record<string, unknown>>): Table<Record<string, unknown>> {
  const isFit = (column: Column<unknown>) => column.data.length > 0 || column.type.typeId !== Type.Dictionary;
  if (table.children.every(isFit)) return table;
  return tableFromColumns(
    table.children.map((column, i) => [table.names[i]!, isFit(column) ? column : takeRows(column, [])]),
  );
}

/** arquero reads cells when it needs them, and what is wrong with one would come without its name. */
function checked(table: ArrowTable): Table<Record<string, unknown>> {
  table.children.forEach(({ type }, i) => holdsLongs(type) && columnValues(table, i));
  return flechetteTable(table);
}

function holdsLongs(type: DataType): boolean {
  if ("bitWidth" in type && type.bitWidth === 64) return true;
  if ("dictionary" in type) return holdsLongs(type.dictionary);
  return "children" in type && type.children.some((child) => holdsLongs(child.type));
}

function withBigints(table: Table<Record<string, unknown>>): Table<Record<string, unknown>> {
  const options = { useDate: true, useBigInt: true };
  const rebuild = (batch: Column<unknown>["data"][number]): typeof batch => {
    const BatchClass = batchType(batch.type, options) as unknown as new (parts: object) => typeof batch;
    return new BatchClass({ ...batch, children: batch.children?.map(rebuild) });
  };
  return new Table(table.schema, table.children.map((column) => new Column(column.data.map(rebuild), column.type)));
}
