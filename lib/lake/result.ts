import {
  type ArqueroTable,
  type ArrowTable,
  type ArrowType,
  columnValues,
  type DanfoFrame,
  type DanfoOptions,
  iterateRows,
  type PolarsFrame,
  type Row,
  type RowOptions,
  rowReader,
  rowsOf,
  tableText,
  toArquero,
  toArrowBytes,
  toDanfo,
  toPolars,
  typeName,
} from "../columns/mod.ts";
import { type DisplayBundle, displayTable, JUPYTER_DISPLAY } from "./display.ts";

/** A column of a result. */
export interface ResultColumn {
  /** Name. */
  name: string;
  /** Type as tables show it, such as `int64`, `double`, `timestamp` or `list<string>`. */
  type: string;
}

/** One column as Plot looks for it. */
export interface PlotColumn {
  /** Arrow type of the cells. */
  readonly type: ArrowType;
  /** All cells, as `rows` has them: a typed array for numbers without NULL. */
  toArray(): ArrayLike<unknown>;
}

/** The rows of a query, in columns. Plot takes it as data and reads the columns that it draws; `for … of` reads rows. */
export interface Result<T = Row> extends Iterable<T> {
  /** The columns in order. */
  readonly columns: readonly ResultColumn[];
  /** Number of rows. */
  readonly numRows: number;
  /** Reads plain objects: integers and decimals are numbers, times Dates, NULL null; `{ bigint: true }` is exact. */
  rows(options?: RowOptions): T[];
  /** The columns as an Arrow table, not copied. */
  arrow(): ArrowTable;
  /** Hands the columns to polars. */
  toPolars(): Promise<PolarsFrame>;
  /** Hands the columns to arquero; `{ bigint: true }` gives it 64-bit integers exactly. */
  toArquero(options?: Pick<RowOptions, "bigint">): Promise<ArqueroTable>;
  /** Hands the columns to danfo.js, which is fetched by the first call. */
  toDanfo(options?: DanfoOptions): Promise<DanfoFrame>;
  /** Column names, where Plot looks for them. */
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  /** One column by name, undefined when there is none. */
  getChild(name: string): PlotColumn | undefined;
  /** One row by its number from 0, undefined past the last. */
  at(index: number): T | undefined;
  /** The rows. */
  toArray(): T[];
  /** The rows, for JSON.stringify. */
  toJSON(): T[];
  /** How a notebook shows it. */
  [JUPYTER_DISPLAY](): DisplayBundle;
}

/**
 * Wraps an Arrow table as the result of a query.
 *
 * @param table Arrow table
 * @returns the result
 * @example
 * ```ts
 * import { tableFromRows } from "../columns/mod.ts";
 * import { resultOf } from "./result.ts";
 * console.assert(resultOf<{ hour: number }>(tableFromRows([{ hour: 18 }])).rows()[0]!.hour === 18);
 * ```
 */
export function resultOf<T = Row>(table: ArrowTable): Result<T> {
  const columns = table.children.map((column, i) => ({ name: table.names[i]!, type: typeName(column.type) }));
  let read: ((index: number) => T | undefined) | undefined;
  const result: Result<T> = {
    columns,
    numRows: table.numRows,
    rows: (options) => rowsOf<T>(table, options),
    arrow: () => table,
    toPolars: () => toPolars(table),
    toArquero: (options) => toArquero(table, options),
    toDanfo: (options) => toDanfo(table, options),
    schema: { fields: columns },
    getChild: (name) => columnOf(table, name),
    at: (index) => (read ??= rowReader<T>(table))(index),
    toArray: () => rowsOf<T>(table),
    toJSON: () => rowsOf<T>(table),
    [Symbol.iterator]: () => iterateRows<T>(table),
    [JUPYTER_DISPLAY]: () => displayTable(table),
  };
  Object.defineProperty(result, Symbol.for("Deno.customInspect"), { value: () => tableText(table) });
  // What it holds, for who compares it: two results of the same bytes are the same.
  Object.defineProperty(result, Symbol.for("Boathouse.frame"), {
    value: () => ({ kind: "result", bytes: toArrowBytes(table) }),
  });
  return result;
}

function columnOf(table: ArrowTable, name: string): PlotColumn | undefined {
  const index = table.names.indexOf(name);
  if (index < 0) return undefined;
  return { type: table.children[index]!.type, toArray: () => columnValues(table, index) };
}
