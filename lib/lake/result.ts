import {
  type ArqueroTable,
  type ArrowTable,
  type DanfoFrame,
  iterateRows,
  type PolarsFrame,
  type Row,
  type RowOptions,
  rowsOf,
  tableText,
  toArquero,
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

/** The rows of a query, in columns; Plot and `for … of` read it row by row. */
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
  /** Hands the columns to arquero. */
  toArquero(): Promise<ArqueroTable>;
  /** Hands the rows to danfo.js, which is fetched by the first call. */
  toDanfo(): Promise<DanfoFrame>;
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
  const result: Result<T> = {
    columns,
    numRows: table.numRows,
    rows: (options) => rowsOf<T>(table, options),
    arrow: () => table,
    toPolars: () => toPolars(table),
    toArquero: () => toArquero(table),
    toDanfo: () => toDanfo(table),
    toJSON: () => rowsOf<T>(table),
    [Symbol.iterator]: () => iterateRows<T>(table),
    [JUPYTER_DISPLAY]: () => displayTable(table),
  };
  Object.defineProperty(result, Symbol.for("Deno.customInspect"), { value: () => tableText(table) });
  return result;
}
