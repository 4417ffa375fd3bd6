import {
  bool,
  type Column,
  columnFromArray,
  type DataType,
  float32,
  float64,
  int32,
  int64,
  utf8,
} from "@uwdata/flechette";
import { type ArrowTable, columnValues, typeName } from "../../columns/mod.ts";
import { KEY_TYPES } from "../load/lookup_table.ts";
import type { SignatureType } from "../signature.ts";

/** One column of a lookup, checked. */
export interface LookupColumn {
  /** Its name. */
  name: string;
  /** Its type in the signature. */
  type: SignatureType;
  /** Its values; 64-bit integers are bigint. */
  values: ArrayLike<unknown>;
  /** The same as the artefact holds them: one layout for each type, so that the same values are the same bytes. */
  column: Column<unknown>;
  /** Whether a value is NULL. */
  hasNull: boolean;
  /** Tells whether a value may be in the column. */
  accepts(value: unknown): boolean;
}

const TYPES: Readonly<Record<string, SignatureType>> = {
  int8: "integer",
  int16: "integer",
  int32: "integer",
  uint8: "integer",
  uint16: "integer",
  uint32: "long",
  int64: "long",
  uint64: "long",
  float: "float",
  double: "double",
  string: "string",
  bool: "boolean",
};

const ARROW: Readonly<Record<SignatureType, () => DataType>> = {
  integer: int32,
  long: int64,
  float: float32,
  double: float64,
  string: utf8,
  boolean: bool,
};

const isLong = (value: unknown) => typeof value === "bigint" && BigInt.asIntN(64, value) === value;
const isSafe = (value: unknown) => Number.isSafeInteger(typeof value === "bigint" ? Number(value) : value);

const ACCEPTS: Readonly<Record<SignatureType, [(value: unknown) => boolean, must: string]>> = {
  integer: [Number.isInteger, "a whole number"],
  long: [isSafe, "a whole number of at most 2^53"],
  float: [Number.isFinite, "a finite number"],
  double: [Number.isFinite, "a finite number"],
  string: [(value) => typeof value === "string", "a text"],
  boolean: [(value) => typeof value === "boolean", "true or false"],
};

/**
 * Reads a column of rows as key or value of a lookup.
 *
 * @param label the model, for messages
 * @param rows what was selected
 * @param name name of the column
 * @param part whether it is of the key
 * @returns the column
 * @throws {TypeError} when it is of a type that the part cannot have
 * @throws {RangeError} when a key is NULL, or a number is not finite or past what JavaScript counts exactly
 */
export function readLookupColumn(label: string, rows: ArrowTable, name: string, part: "key" | "value"): LookupColumn {
  const found = rows.getChild(name)!;
  const type = TYPES[typeName(found.type)];
  if (type === undefined || (part === "key" && !KEY_TYPES.includes(type))) {
    const must = part === "key" ? "texts or whole numbers" : "numbers, texts or booleans";
    throw new TypeError(
      `Cannot log ${label} as ${part} "${name}" must be ${must}: got ${
        typeName(found.type)
      }; cast it where the table ` +
        "is written",
    );
  }
  const values = columnValues(rows, rows.names.indexOf(name), { bigint: true });
  const [accepts, must] = part === "key" && type === "long" ? [isLong, "a 64-bit whole number"] : ACCEPTS[type];
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null ? part === "value" : accepts(value)) continue;
    throw new RangeError(
      `Cannot log ${label} as ${part} "${name}" must be ${must}: got ${
        value === null ? "NULL" : value
      } in a row of the table`,
    );
  }
  const column = columnFromArray(values as unknown[], ARROW[type]());
  return { name, type, values, column: column as Column<unknown>, hasNull: found.nullCount > 0, accepts };
}

/**
 * Checks that each key has one row; rows are ordered by their keys.
 *
 * @param label the model, for messages
 * @param table name of the table
 * @param keys the key columns
 * @throws {RangeError} when a key is there twice
 */
export function checkKeys(label: string, table: string, keys: readonly LookupColumn[]): void {
  const count = keys[0]!.values.length;
  for (let row = 1; row < count; row++) {
    if (keys.some(({ values }) => values[row] !== values[row - 1])) continue;
    const shown = keys.map(({ values }) => typeof values[row] === "string" ? JSON.stringify(values[row]) : values[row]);
    throw new RangeError(
      `Cannot log ${label} as table "${table}" must have one row per key: got ${shown.join(", ")} twice; write it ` +
        "with one row per key, or name more columns as key",
    );
  }
}
