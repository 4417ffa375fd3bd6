import type { Batch } from "@uwdata/flechette";
import { type CellReader, cellReader, recordReader, type RowOptions } from "./read_cell.ts";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";

/** One row: a plain object by column name. */
export type Row = Record<string, unknown>;

/**
 * Reads a table as plain objects: integers and decimals become numbers, timestamps and dates Dates (UTC), NULL null.
 *
 * @param table Arrow table
 * @param options `bigint: true` reads 64-bit integers exactly; `decimal: "string"` reads decimals exactly
 * @returns one object per row
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { rowsOf } from "./rows.ts";
 * console.assert(rowsOf<{ hour: number }>(tableFromRows([{ hour: 18 }]))[0]!.hour === 18);
 * ```
 */
export function rowsOf<T = Row>(table: ArrowTable, options: RowOptions = {}): T[] {
  const rows: T[] = new Array(table.numRows);
  let row = 0;
  for (const { length, read } of batchReaders(table, options)) {
    for (let i = 0; i < length; i++) rows[row++] = read(i) as T;
  }
  return rows;
}

/**
 * Reads a table row by row, holding one row at a time.
 *
 * @param table Arrow table
 * @param options as for `rowsOf`
 * @returns iterator over plain objects
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { iterateRows } from "./rows.ts";
 * for (const { hour } of iterateRows(tableFromRows([{ hour: 18 }]))) console.assert(hour === 18);
 * ```
 */
export function* iterateRows<T = Row>(table: ArrowTable, options: RowOptions = {}): Generator<T> {
  for (const { length, read } of batchReaders(table, options)) {
    for (let i = 0; i < length; i++) yield read(i) as T;
  }
}

/**
 * Reads a table row by row as arrays of cells, in the order of its columns, whose names may repeat.
 *
 * @param table Arrow table
 * @param options as for `rowsOf`
 * @returns iterator over arrays of cells
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { iterateCells } from "./rows.ts";
 * for (const [hour] of iterateCells(tableFromRows([{ hour: 18 }]))) console.assert(hour === 18);
 * ```
 */
export function* iterateCells(table: ArrowTable, options: RowOptions = {}): Generator<unknown[]> {
  for (const { length, readers } of cellBatches(table, options)) {
    for (let i = 0; i < length; i++) yield readers.map((read) => read(i));
  }
}

/**
 * Reads the first rows of a table as arrays of cells, in the order of its columns.
 *
 * @param table Arrow table
 * @param limit most rows to read
 * @returns one array per row; cells are exact, so 64-bit integers are bigint and decimals text
 */
export function firstCells(table: ArrowTable, limit: number): unknown[][] {
  const cells: unknown[][] = [];
  for (const { length, readers } of cellBatches(table, { bigint: true, decimal: "string" })) {
    for (let i = 0; i < length && cells.length < limit; i++) cells.push(readers.map((read) => orText(read, i)));
    if (cells.length >= limit) break;
  }
  return cells;
}

/**
 * Makes the reader of single rows.
 *
 * @param table Arrow table
 * @param options as for `rowsOf`
 * @returns function of the number of a row, from 0; undefined past the last
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { rowReader } from "./rows.ts";
 * console.assert(rowReader<{ hour: number }>(tableFromRows([{ hour: 18 }]))(0)!.hour === 18);
 * ```
 */
export function rowReader<T = Row>(table: ArrowTable, options: RowOptions = {}): (index: number) => T | undefined {
  const batches = [...batchReaders(table, options)];
  return (index) => {
    let at = index;
    for (const { length, read } of batches) {
      if (at < length) return at < 0 ? undefined : read(at) as T;
      at -= length;
    }
    return undefined;
  };
}

function orText(read: (index: number) => unknown, index: number): unknown {
  try {
    return read(index);
  } catch (error) {
    if (error instanceof RangeError) return "(out of range)";
    throw error;
  }
}

function* batchReaders(table: ArrowTable, options: RowOptions): Generator<{ length: number; read(i: number): Row }> {
  for (const { length, readers } of cellBatches(table, options)) {
    yield { length, read: recordReader(table.names, readers) };
  }
}

function* cellBatches(table: ArrowTable, options: RowOptions): Generator<{ length: number; readers: CellReader[] }> {
  const { children, names, numRows } = flechetteTable(table);
  // Columns of no rows may have a batch or none.
  for (let batch = 0; numRows > 0 && batch < (children[0]?.data.length ?? 0); batch++) {
    const batches = children.map((column) => column.data[batch] as Batch<unknown>);
    yield { length: batches[0]!.length, readers: batches.map((one, i) => cellReader(one, names[i]!, options)) };
  }
}
