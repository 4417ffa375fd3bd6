import {
  binary,
  bool,
  type Column,
  columnFromArray,
  type DataType,
  field,
  float64,
  int64,
  list,
  struct,
  tableFromColumns,
  timestamp,
  TimeUnit,
  utf8,
} from "@uwdata/flechette";
import type { ArrowTable } from "./arrow_table.ts";
import type { Row } from "./rows.ts";

/**
 * Makes an Arrow table of plain objects; types are taken from the values.
 *
 * @param rows objects by column name; columns appear in the order of their first row; undefined counts as NULL
 * @returns the table: whole numbers and bigints become int64, other numbers double, Dates timestamps in UTC
 * @throws {TypeError} when a row is no object, or the values of a column are of several types, naming column and row
 * @throws {RangeError} when a whole number is past 2^63
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * console.assert(tableFromRows([{ hour: 18, delay: 12.5 }]).numRows === 1);
 * ```
 */
export function tableFromRows(rows: readonly Row[]): ArrowTable {
  const names = new Set<string>();
  for (const [index, row] of rows.entries()) for (const name of keysOf(row, index)) names.add(name);
  return tableFromColumns([...names].map((name) => {
    const values = rows.map((row) => Object.hasOwn(row, name) ? row[name] ?? null : null);
    return [name, columnFromValues(values, name)];
  }));
}

function keysOf(row: unknown, index: number): string[] {
  if (typeof row === "object" && row !== null && !Array.isArray(row)) return Object.keys(row);
  const found = row === null ? "null" : Array.isArray(row) ? "an array" : typeof row;
  throw new TypeError(`Cannot make a table as row ${index} must be an object of columns: got ${found}`);
}

/**
 * Makes a column of values, whose type is taken from them.
 *
 * @param values cells; undefined counts as NULL
 * @param name name of the column, for messages of errors
 * @param empty type when no cell tells it; text by default
 * @returns flechette column, of the types of tableFromRows
 * @throws {TypeError} when the values are of several types
 */
export function columnFromValues(values: readonly unknown[], name: string, empty: Kind = "string"): Column<unknown> {
  const type = inferType(values, name, empty);
  return columnFromArray(values.map((value) => storedValue(value, type)), type, { useDate: true });
}

type Kind = "bool" | "int" | "double" | "string" | "timestamp" | "binary" | "list" | "struct";

function inferType(values: readonly unknown[], path: string, empty: Kind = "string"): DataType {
  let kind: Kind | null = null;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    const here = kindOf(values[i], path, i);
    if (kind === null || here === kind) kind = here;
    else if (isNumber(kind) && isNumber(here)) kind = "double";
    else throw mixed(path, kind, here, i);
  }
  return typeOf(kind ?? empty, values, path);
}

function isNumber(kind: Kind): boolean {
  return kind === "int" || kind === "double";
}

function mixed(path: string, first: Kind, second: Kind, index: number): TypeError {
  return new TypeError(
    `Cannot make column "${path}" as its values must be of one type: got ${first} and, at row ${index + 1}, ${second}`,
  );
}

function kindOf(value: unknown, path: string, index: number): Kind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      if (BigInt.asIntN(64, value) === value) return "int";
      throw new RangeError(
        `Cannot make column "${path}" as whole numbers must fit 64 bits: got ${value} at row ${index + 1}`,
      );
    case "number":
      return Number.isSafeInteger(value) ? "int" : "double";
    case "string":
      return "string";
  }
  if (value instanceof Date && !Number.isNaN(value.getTime())) return "timestamp";
  if (value instanceof Uint8Array) return "binary";
  if (Array.isArray(value)) return "list";
  if (isRecord(value)) return "struct";
  throw new TypeError(
    `Cannot make column "${path}" as a value must be data: got ${describe(value)} at row ${index + 1}`,
  );
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    /^\[object Object\]$/.test(Object.prototype.toString.call(value));
}

function describe(value: unknown): string {
  if (value instanceof Date) return "an invalid Date";
  return typeof value === "object" ? `a ${value!.constructor?.name ?? "object"}` : `a ${typeof value}`;
}

function typeOf(kind: Kind, values: readonly unknown[], path: string): DataType {
  switch (kind) {
    case "bool":
      return bool();
    case "int":
      return int64();
    case "double":
      return float64();
    case "string":
      return utf8();
    case "timestamp":
      return timestamp(TimeUnit.MICROSECOND, "UTC");
    case "binary":
      return binary();
    case "list":
      return list(inferType((values as unknown[][]).flatMap((items) => items ?? []), path));
    case "struct":
      return structType(values as (Row | null)[], path);
  }
}

function structType(values: readonly (Row | null)[], path: string): DataType {
  const names = new Set(values.flatMap((value) => value ? Object.keys(value) : []));
  return struct(
    [...names].map((name) =>
      field(
        name,
        inferType(values.map((value) => value && Object.hasOwn(value, name) ? value[name] : null), `${path}.${name}`),
      )
    ),
  );
}

/** flechette's builders take no bigint for a double, and no undefined field. */
function storedValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  if (type.typeId === 3 && typeof value === "bigint") return Number(value);
  if (type.typeId === 12) return (value as unknown[]).map((item) => storedValue(item, type.children[0].type));
  if (type.typeId === 13) {
    const row = value as Row;
    return Object.fromEntries(
      type.children.map((child) => [
        child.name,
        storedValue(Object.hasOwn(row, child.name) ? row[child.name] : null, child.type),
      ]),
    );
  }
  return value;
}
