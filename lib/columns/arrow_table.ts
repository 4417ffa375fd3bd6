import { type Batch, batchType, Column, Table, tableFromColumns } from "@uwdata/flechette";

/** An Arrow type, made by flechette: `int64()`, `utf8()`, `list(…)`, … */
export type ArrowType = Parameters<(typeof import("@uwdata/flechette"))["batchType"]>[0];

/** One column of an Arrow table. */
export interface ArrowColumn extends Iterable<unknown> {
  /** Arrow type of the cells. */
  readonly type: ArrowType;
  /** Number of rows. */
  readonly length: number;
  /** Number of NULL rows. */
  readonly nullCount: number;
  /** Cell of a row; NULL is null. */
  at(index: number): unknown;
  /** All cells: a typed array where the type allows it and nothing is NULL, else an array. */
  toArray(): ArrayLike<unknown>;
}

/** A column-major table in Arrow's memory layout (a flechette Table); arquero and Plot take it as it is. */
export interface ArrowTable extends Iterable<Record<string, unknown>> {
  /** Number of rows. */
  readonly numRows: number;
  /** Number of columns. */
  readonly numCols: number;
  /** Column names, in order. */
  readonly names: readonly string[];
  /** The columns, in order. */
  readonly children: readonly ArrowColumn[];
  /** Column by name, undefined when there is none. */
  getChild(name: string): ArrowColumn | undefined;
  /** One row as an object. */
  at(index: number): Record<string, unknown>;
  /** All rows as objects. */
  toArray(): Record<string, unknown>[];
  /** All columns as arrays, by name. */
  toColumns(): Record<string, ArrayLike<unknown>>;
}

/** The Arrow buffers of one column: what a reader of a format fills, without a JavaScript value per cell. */
export interface ColumnBuffers {
  /** Arrow type, made by flechette (`int64()`, `utf8()`, …). */
  type: ArrowType;
  /** Number of rows. */
  length: number;
  /** Number of NULL rows. */
  nullCount: number;
  /** Bitmap, least significant bit first, 1 = there; needed when `nullCount` is above 0. */
  validity?: Uint8Array;
  /** Values, bytes of text, or bits, as the type lays down. */
  values?: TypedArray;
  /** Starts of text, blobs and lists: length + 1 numbers. */
  offsets?: Int32Array;
  /** Items of a list, or the fields of a struct. */
  children?: ColumnBuffers[];
}

/** Any typed array that holds Arrow values. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

const NO_BYTES = new Uint8Array(0);

/**
 * Makes an Arrow table of buffers, without copying them.
 *
 * @param columns pairs of name and buffers, all of one length, in the order of the table
 * @returns the table; its cells read as numbers, Dates, strings, arrays and objects
 * @throws {RangeError} when the columns differ in length
 * @example
 * ```ts
 * import { float64 } from "@uwdata/flechette";
 * import { arrowTable } from "./arrow_table.ts";
 * const delay = { type: float64(), length: 2, nullCount: 0, values: Float64Array.of(1.5, 2) };
 * console.assert(arrowTable([["delay", delay]]).at(0).delay === 1.5);
 * ```
 */
export function arrowTable(columns: readonly (readonly [name: string, buffers: ColumnBuffers])[]): ArrowTable {
  const length = columns[0]?.[1].length ?? 0;
  for (const [name, buffers] of columns) {
    if (buffers.length === length) continue;
    throw new RangeError(
      `Cannot make a table as all columns must be of one length: got ${buffers.length} rows of "${name}" beside ${length}`,
    );
  }
  return tableFromColumns(columns.map(([name, buffers]) => [name, columnOf(buffers) as Column<unknown>]));
}

/**
 * Makes one Arrow column of buffers, without copying them.
 *
 * @param buffers type, length and buffers
 * @returns the column, one batch long
 * @example
 * ```ts
 * import { int32 } from "@uwdata/flechette";
 * import { columnOf } from "./arrow_table.ts";
 * const column = columnOf({ type: int32(), length: 2, nullCount: 1, validity: Uint8Array.of(1), values: Int32Array.of(7, 0) });
 * console.assert(column.at(0) === 7 && column.at(1) === null);
 * ```
 */
export function columnOf(buffers: ColumnBuffers): ArrowColumn {
  return new Column([batchOf(buffers)], buffers.type);
}

function batchOf(buffers: ColumnBuffers): Batch<unknown> {
  const { type, length, nullCount, validity, values, offsets, children } = buffers;
  const BatchClass = batchType(type, { useDate: true }) as unknown as typeof Batch;
  return new BatchClass({
    type,
    length,
    nullCount,
    validity: nullCount > 0 && validity ? validity : NO_BYTES,
    ...(values ? { values } : {}),
    ...(offsets ? { offsets } : {}),
    ...(children ? { children: children.map(batchOf) } : {}),
  });
}

/**
 * Takes an Arrow table as the flechette Table that it is.
 *
 * @param table what a caller handed over as an Arrow table
 * @returns the same object
 * @throws {TypeError} when it is something else
 */
export function flechetteTable(table: ArrowTable): Table<Record<string, unknown>> {
  if (table instanceof Table) return table;
  throw new TypeError(
    `Cannot read a table as it must be a flechette Table: got ${
      Object.prototype.toString.call(table)
    }; hand over Arrow IPC bytes of another library by fromArrowBytes`,
  );
}
