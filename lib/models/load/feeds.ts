import { type ArrowTable, columnValues } from "../../columns/mod.ts";
import type { SignatureColumn, SignatureType } from "../signature.ts";

/** One row by column name. */
export type FeatureRow = Readonly<Record<string, unknown>>;

/** One row of a model whose columns are places, as those of Python's arrays are. */
export type PlacedRow = readonly unknown[];

/** Columns of one length by name. */
export type FeatureColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/** What `predict` takes: rows, columns by name, an Arrow table, or anything that gives one, as a query's result does. */
export type PredictInput = Iterable<FeatureRow | PlacedRow> | FeatureColumns | ArrowTable | {
  /** The rows as an Arrow table. */
  arrow(): ArrowTable;
};

/** Values of one column as a runtime takes them. */
export type FeedColumn = Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array | string[] | number[];

/** The columns of a signature, checked and converted. */
export interface Feeds {
  /** Number of rows. */
  count: number;
  /** Values by column, each `count` long. */
  columns: Map<string, FeedColumn>;
}

interface Reader {
  must: string;
  /** What stands for a value that a row may be without; undefined where nothing can. */
  missing?: number | string;
  make(count: number): FeedColumn;
  /** Writes a value, or says that it does not fit. */
  put(into: FeedColumn, row: number, value: unknown): boolean;
}

const FLOAT_MAX = 3.4028234663852886e38;
const INT32_MAX = 2 ** 31;

const READERS: Readonly<Record<SignatureType, Reader>> = {
  double: { ...number("a finite number", (count) => new Float64Array(count), Number.isFinite), missing: NaN },
  float: {
    ...number("a finite 32 bit number", (count) => new Float32Array(count), (value) => Math.abs(value) <= FLOAT_MAX),
    missing: NaN,
  },
  integer: number(
    "a whole number of 32 bits",
    (count) => new Int32Array(count),
    (value) => Number.isInteger(value) && value >= -INT32_MAX && value < INT32_MAX,
  ),
  long: {
    must: "a whole number",
    make: (count) => new BigInt64Array(count),
    put: (into, row, value) => {
      const fits = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
      if (fits) (into as BigInt64Array)[row] = BigInt(value as number | bigint);
      return fits;
    },
  },
  string: {
    must: "a text",
    missing: "",
    make: (count) => new Array<string>(count),
    put: (into, row, value) => {
      if (typeof value !== "string") return false;
      (into as string[])[row] = value;
      return true;
    },
  },
  boolean: {
    must: "true or false",
    make: (count) => new Uint8Array(count),
    put: (into, row, value) => {
      if (typeof value !== "boolean") return false;
      (into as Uint8Array)[row] = value ? 1 : 0;
      return true;
    },
  },
};

/**
 * Takes the columns of a signature out of rows or columns; others are ignored.
 *
 * @param label what predicts, for messages: `flight-delay@1`
 * @param signature the columns that are needed
 * @param input rows, columns by name, or an Arrow table
 * @param asLists whether columns of rows may be lists: typed arrays take longer to make than to copy out of
 * @returns the values, copied, in the types of the signature
 * @throws {TypeError} when a column is missing, has another length, or holds NaN, NULL or a value of another type; the
 * message names column and row (from 0)
 */
export function readFeeds(
  label: string,
  signature: readonly SignatureColumn[],
  input: PredictInput,
  asLists = false,
): Feeds {
  const table = asTable(input);
  if (table) return fromColumns(label, signature, (name) => columnOf(table, name), table.numRows);
  if (typeof input !== "object" || input === null) {
    throw new TypeError(`Cannot predict with "${label}" as it takes rows or columns: got ${show(input)}`);
  }
  if (Symbol.iterator in input) {
    return fromRows(label, signature, Array.isArray(input) ? input : [...input as Iterable<FeatureRow>], asLists);
  }
  const columns = input as FeatureColumns;
  const column = (name: string) => {
    const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (values === undefined || (typeof values === "object" && typeof values?.length === "number")) return values;
    throw new TypeError(
      `Cannot predict with "${label}" as column "${name}" must be a list of values: got ${show(values)}; rows are a ` +
        "list, [{ … }]",
    );
  };
  const first = signature.map(({ name }) => column(name)).find((values) => values !== undefined);
  return fromColumns(label, signature, column, first?.length ?? 0);
}

function fromRows(
  label: string,
  signature: readonly SignatureColumn[],
  rows: readonly FeatureRow[],
  asLists: boolean,
): Feeds {
  const odd = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (odd >= 0) {
    throw new TypeError(`Cannot predict with "${label}" as row ${odd} must be an object: got ${show(rows[odd])}`);
  }
  const columns = new Map<string, FeedColumn>();
  for (const column of signature) {
    const { name, type } = column, { make, put } = READERS[type];
    const into = asLists ? new Array<number>(rows.length) : make(rows.length);
    for (let row = 0; row < rows.length; row++) {
      if (!put(into, row, rows[row]![name])) putMissing(label, column, into, row, rows[row]![name]);
    }
    columns.set(name, into);
  }
  return { count: rows.length, columns };
}

function fromColumns(
  label: string,
  signature: readonly SignatureColumn[],
  column: (name: string) => ArrayLike<unknown> | undefined,
  count: number,
): Feeds {
  const columns = new Map<string, FeedColumn>();
  for (const one of signature) {
    const { name, type, nullable } = one, { make, put } = READERS[type];
    const values = column(name);
    if (!values && !nullable) throw new TypeError(`Cannot predict with "${label}" as column "${name}" is missing`);
    if (values && values.length !== count) {
      throw new TypeError(
        `Cannot predict with "${label}" as column "${name}" must have ${count} rows like the others: got ${values.length}`,
      );
    }
    const whole = values && wholeColumn(type, values);
    const into = whole ?? make(count);
    for (let row = 0; row < count && !whole; row++) {
      if (!put(into, row, values?.[row])) putMissing(label, one, into, row, values?.[row]);
    }
    columns.set(name, into);
  }
  return { count, columns };
}

/** A column of a table as an array, of numbers without NULL a typed one. */
function columnOf(table: ArrowTable, name: string): ArrayLike<unknown> | undefined {
  const index = table.names.indexOf(name);
  return index < 0 ? undefined : columnValues(table, index, { bigint: true });
}

/** Copies numbers that lie as a runtime takes them, or nearly so, all at once; null where each is to be looked at. */
function wholeColumn(type: SignatureType, values: ArrayLike<unknown>): FeedColumn | null {
  if (values instanceof BigInt64Array) return type === "long" ? values.slice() : null;
  const isFloat = values instanceof Float64Array || values instanceof Float32Array;
  const isSmall = [Int8Array, Int16Array, Int32Array, Uint8Array, Uint16Array].some((one) => values instanceof one);
  if (type === "integer" && isSmall) return new Int32Array(values as Int32Array);
  if (type === "double" && (isSmall || (isFloat && isAtMost(values, Number.MAX_VALUE)))) {
    return new Float64Array(values as Float64Array);
  }
  if (type === "float" && isFloat && isAtMost(values, FLOAT_MAX)) return new Float32Array(values);
  return null;
}

/** A loop, as `every` takes forty times as long. */
function isAtMost(values: Float64Array | Float32Array, most: number): boolean {
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]!) <= most)) return false;
  return true;
}

/** What did not fit is refused, unless it is missing where it may be. */
function putMissing(
  label: string,
  { name, type, nullable }: SignatureColumn,
  into: FeedColumn,
  row: number,
  value: unknown,
): void {
  const { missing } = READERS[type];
  if (!nullable || !isMissing(value)) throw misfit(label, name, type, value, row);
  if (missing === undefined) throw refuseMissing(label, name, type, row);
  into[row] = missing;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || Number.isNaN(value);
}

function asTable(input: PredictInput): ArrowTable | null {
  if (typeof input !== "object" || input === null) return null;
  if ("arrow" in input && typeof input.arrow === "function") return (input.arrow as () => ArrowTable)();
  return "getChild" in input && typeof input.getChild === "function" ? input as ArrowTable : null;
}

function number(
  must: string,
  make: (count: number) => Float64Array | Float32Array | Int32Array,
  fits: (value: number) => boolean,
): Reader {
  return {
    must,
    make,
    put: (into, row, value) => {
      const plain = typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
      if (typeof plain !== "number" || !fits(plain)) return false;
      (into as Float64Array)[row] = plain;
      return true;
    },
  };
}

function misfit(label: string, name: string, type: SignatureType, value: unknown, row: number): TypeError {
  const found = value === undefined ? "nothing" : value === null ? "NULL" : show(value);
  return new TypeError(
    `Cannot predict with "${label}" as column "${name}" must be ${READERS[type].must}: got ${found} at row ${row}`,
  );
}

function refuseMissing(label: string, name: string, type: SignatureType, row: number): TypeError {
  return new TypeError(
    `Cannot predict with "${label}" as its optional column "${name}" must have a value where its graph takes ` +
      `${READERS[type].must}, which cannot be missing: got none at row ${row}; give a value that stands for it`,
  );
}

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
