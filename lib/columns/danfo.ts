import { tableFromColumns } from "@uwdata/flechette";
import type { ArrowTable } from "./arrow_table.ts";
import { columnValues } from "./column_values.ts";
import { columnFromValues } from "./from_rows.ts";
import type { RowOptions } from "./read_cell.ts";

/** The part of a danfo.js DataFrame that callers of this module rely on. */
export interface DanfoFrame {
  /** Rows and columns. */
  readonly shape: number[];
  /** Column names. */
  readonly columns: string[];
  /** Types of the columns, as danfo.js calls them: `float32`, `int32`, `string`, `boolean`, `datetime`. */
  readonly dtypes: string[];
  /** The columns, as arrays of cells. */
  readonly getColumnData: unknown[][];
  /** Any other member of danfo's DataFrame. */
  readonly [member: string]: unknown;
}

/** Loads the module of danfo.js. */
export type DanfoLoader = () => Promise<unknown>;

/** How a table is handed to danfo.js. */
export interface DanfoOptions extends RowOptions {
  /** Replaces the way danfo.js is loaded. */
  load?: DanfoLoader;
}

const DANFO = "danfojs@1.1.2";

/**
 * Hands the columns of a table to danfo.js, which is optional: it is fetched by the first call (about 1 GB with
 * tensorflow.js), and Deno then adds it to the deno.lock of the program that runs.
 *
 * @param table Arrow table
 * @param options how cells are read, as for `rowsOf`; `load` replaces the way danfo.js is loaded
 * @returns danfo.js DataFrame of the same columns
 * @throws {Error} when danfo.js cannot be fetched
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { toDanfo } from "./danfo.ts";
 * const load = () => Promise.resolve({ DataFrame: class { shape = [1, 1]; } }); // left out, the real danfo.js is fetched
 * console.assert((await toDanfo(tableFromRows([{ hour: 18 }]), { load })).shape[0] === 1);
 * ```
 */
export async function toDanfo(table: ArrowTable, options: DanfoOptions = {}): Promise<DanfoFrame> {
  const { load = fetchDanfo, ...rowOptions } = options;
  const danfo = await load().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`Cannot load danfo.js as ${DANFO} could not be fetched: ${reason}; be online for its first use`, {
      cause,
    });
  });
  const DataFrame = frameClass(danfo);
  const names = table.names.map(String);
  if (table.numRows === 0) return new DataFrame([], { columns: names });
  return new DataFrame(
    Object.fromEntries(names.map((name, i) => [name, Array.from(columnValues(table, i, rowOptions))])),
  );
}

/**
 * Takes a DataFrame of danfo.js as an Arrow table; types are taken from the values, and where there are none from the
 * frame.
 *
 * @param frame danfo.js DataFrame
 * @returns Arrow table of the same columns
 * @throws {TypeError} when the values of a column are of several types
 * @example
 * ```ts
 * import { fromDanfo } from "./danfo.ts";
 * const frame = { shape: [1, 1], columns: ["hour"], dtypes: ["int32"], getColumnData: [[18]] };
 * console.assert(fromDanfo(frame).at(0).hour === 18);
 * ```
 */
export function fromDanfo(frame: DanfoFrame): ArrowTable {
  const { columns, dtypes, getColumnData: data, shape } = frame;
  return tableFromColumns(columns.map((name, i) => {
    const cells = shape[0] === 0 ? [] : data[i] ?? [];
    return [name, columnFromValues(cells, name, EMPTY[dtypes[i]!] ?? "string")];
  }));
}

const EMPTY: Readonly<Record<string, "double" | "int" | "bool" | "timestamp">> = {
  float32: "double",
  int32: "int",
  boolean: "bool",
  datetime: "timestamp",
};

// The name is put together at run time, so that neither install nor type check fetches danfo.js beforehand.
function fetchDanfo(): Promise<unknown> {
  return import(["npm", DANFO].join(":"));
}

function frameClass(danfo: unknown): new (data: unknown, options?: { columns: string[] }) => DanfoFrame {
  const { DataFrame, default: inner } = danfo as Record<string, unknown>;
  const found = DataFrame ?? (inner as Record<string, unknown> | undefined)?.DataFrame;
  if (typeof found !== "function") {
    throw new TypeError(`Cannot use danfo.js as ${DANFO} must export DataFrame: it does not`);
  }
  return found as ReturnType<typeof frameClass>;
}
