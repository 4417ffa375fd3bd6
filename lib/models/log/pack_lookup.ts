import { tableFromColumns } from "@uwdata/flechette";
import { type ArrowTable, toArrowBytes } from "../../columns/mod.ts";
import type { TableRef } from "../../lake/mod.ts";
import { type FeatureRow, readFeeds } from "../load/feeds.ts";
import type { LookupSettings } from "../load/lookup_table.ts";
import type { SignatureColumn } from "../signature.ts";
import { checkKeys, type LookupColumn, readLookupColumn } from "./_lookup_columns.ts";
import type { Packed } from "./packed.ts";

/** A table of the lake as key to row. */
export interface Lookup {
  /** The table: `lake.table("route_delay")`, at the version where the lake stands. */
  table: Pick<TableRef, "name" | "head" | "select" | "input">;
  /** Column of texts or whole numbers that names a row, or several that do so together. */
  key: string | readonly string[];
  /** Columns that are answered: of one its value, of several a record. */
  values: readonly string[];
  /** What is answered of a key that the table does not have, by column; null where none is given. */
  missing?: Readonly<Record<string, number | string | boolean>>;
}

/** A model that looks rows up. */
export interface LookupSpec {
  /** Table, key and values. */
  lookup: Lookup;
  /** One row of the key columns; the first one of the table by default. */
  example?: FeatureRow;
}

/**
 * Takes rows of a table as content of a version.
 *
 * @param name name of the model
 * @param spec table, key, values and what is answered of other keys
 * @returns the content, the same for the same rows
 * @throws {TypeError} when a column is of a type that keys or values cannot have, or a default is not of its column's
 * @throws {RangeError} when the lake has no such table or column, a key is NULL or there twice, a number is not finite, or there are no rows
 */
export async function packLookup(name: string, { lookup, example }: LookupSpec): Promise<Packed> {
  const { table, keys, values, missing } = readSpec(name, lookup);
  const rows = await selectRows(name, table, [...keys, ...values], keys);
  const read = (column: string, part: "key" | "value") => readLookupColumn(`"${name}"`, rows, column, part);
  const inputs = keys.map((key) => read(key, "key")), outputs = values.map((value) => read(value, "value"));
  checkKeys(`"${name}"`, table.name, inputs);
  const signature = {
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    outputs: outputs.map((output) => outputOf(name, output, missing)),
  };
  const sample = example ?? Object.fromEntries(inputs.map(({ name, values }) => [name, values[0]]));
  readFeeds(name, signature.inputs, [sample]);
  const content = tableFromColumns([...inputs, ...outputs].map(({ name, column }) => [name, column]));
  return {
    flavour: "lookup",
    settings: { missing } satisfies LookupSettings,
    data: toArrowBytes(content as ArrowTable),
    signature,
    example: sample,
    inputs: [await table.input()],
  };
}

interface Spec {
  table: Lookup["table"];
  keys: readonly string[];
  values: readonly string[];
  missing: LookupSettings["missing"];
}

function readSpec(name: string, { table, key, values, missing = {} }: Lookup): Spec {
  if (typeof table !== "object" || table === null || typeof table.select !== "function") {
    throw new TypeError(
      `Cannot log "${name}" as its table must be one of the lake, as lake.table("${String(table)}") gives it: got ` +
        typeof table,
    );
  }
  const keys = typeof key === "string" ? [key] : key;
  checkNames(name, "key", keys);
  checkNames(name, "values", values);
  const both = values.find((value) => keys.includes(value));
  if (both !== undefined) {
    throw new RangeError(`Cannot log "${name}" as column "${both}" must be key or value: it is both`);
  }
  const odd = Object.keys(missing).find((column) => !values.includes(column));
  if (odd === undefined) return { table, keys, values, missing: { ...missing } };
  throw new RangeError(`Cannot log "${name}" as missing must name columns of its values: got "${odd}"`);
}

function checkNames(name: string, part: string, columns: readonly string[]): void {
  const isList = Array.isArray(columns) && columns.length > 0 && columns.every((one) => typeof one === "string");
  if (isList && new Set(columns).size === columns.length) return;
  throw new TypeError(
    `Cannot log "${name}" as its ${part} must be names of columns, each once: got ${JSON.stringify(columns)}`,
  );
}

async function selectRows(
  name: string,
  table: Lookup["table"],
  columns: readonly string[],
  orderBy: readonly string[],
): Promise<ArrowTable> {
  const rows = (await table.select(columns, { orderBy }).catch((cause) => explainColumns(name, table, columns, cause)))
    .arrow();
  if (rows.numRows > 0) return rows;
  throw new RangeError(`Cannot log "${name}" as table "${table.name}" must have rows: it has none`);
}

/** DuckDB names places in the text of a query, which who logs has not written. */
async function explainColumns(
  name: string,
  table: Lookup["table"],
  columns: readonly string[],
  cause: Error,
): Promise<never> {
  const found = await table.head(0).then((rows) => rows.arrow().names, () => columns);
  const odd = columns.find((column) => !found.includes(column));
  if (odd === undefined) throw cause;
  throw new RangeError(
    `Cannot log "${name}" as key and values must be columns of table "${table.name}", ${
      found.join(", ")
    }: got "${odd}"`,
    { cause },
  );
}

function outputOf(
  name: string,
  { name: column, type, accepts, hasNull }: LookupColumn,
  missing: LookupSettings["missing"],
): SignatureColumn {
  if (!Object.hasOwn(missing, column)) return { name: column, type, nullable: true };
  const value = missing[column];
  if (accepts(value)) return { name: column, type, ...(hasNull ? { nullable: true } : {}) };
  throw new TypeError(`Cannot log "${name}" as missing.${column} must be a ${type}: got ${JSON.stringify(value)}`);
}
