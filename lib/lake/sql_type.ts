import type { Field, FieldType } from "./field.ts";

/** A type of `@duckdb/node-api`. */
export type SqlType = ReturnType<InstanceType<(typeof import("@duckdb/node-api"))["DuckDBResultReader"]>["columnType"]>;

const SQL_OF: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  long: "BIGINT",
  integer: "INTEGER",
  short: "SMALLINT",
  byte: "TINYINT",
  float: "FLOAT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  binary: "BLOB",
  date: "DATE",
  timestamp: "TIMESTAMPTZ",
  timestamp_ntz: "TIMESTAMP",
  void: "VARCHAR",
};

/** Delta types of DuckDB's types; those without one of their own are stored as the narrowest type that holds them. */
const DELTA_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(SQL_OF).filter(([delta]) => delta !== "void").map(([delta, sql]) => [sql, delta]),
  ),
  "TIMESTAMP WITH TIME ZONE": "timestamp",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  UTINYINT: "short",
  USMALLINT: "integer",
  UINTEGER: "long",
  UBIGINT: "decimal(20,0)",
  HUGEINT: "long",
  JSON: "string",
  UUID: "string",
  TIME: "string",
  INTERVAL: "string",
};

/**
 * Quotes a name for DuckDB's SQL.
 *
 * @param name table, column or field name
 * @returns `"name"`
 * @example
 * ```ts
 * import { quoteName } from "./sql_type.ts";
 * console.assert(quoteName('a"b') === '"a""b"');
 * ```
 */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Quotes a string for DuckDB's SQL.
 *
 * @param text any text without NUL
 * @returns `'text'`
 * @example
 * ```ts
 * import { quoteText } from "./sql_type.ts";
 * console.assert(quoteText("it's") === "'it''s'");
 * ```
 */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Names the DuckDB type of a Delta type.
 *
 * @param type Delta type
 * @returns SQL text, such as `STRUCT("x" BIGINT)[]`
 * @example
 * ```ts
 * import { sqlType } from "./sql_type.ts";
 * console.assert(sqlType({ type: "array", elementType: "long" }) === "BIGINT[]");
 * ```
 */
export function sqlType(type: FieldType): string {
  if (typeof type === "string") return SQL_OF[type] ?? type.toUpperCase();
  if (type.type === "array") return `${sqlType(type.elementType)}[]`;
  if (type.type === "map") return `MAP(${sqlType(type.keyType)}, ${sqlType(type.valueType)})`;
  return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${sqlType(field.type)}`).join(", ")})`;
}

/**
 * Finds the Delta type that holds every value of a DuckDB type.
 *
 * @param type DuckDB type of a query's column
 * @param column name of the column, for errors
 * @returns Delta type; unsigned numbers take the next wider type, HUGEINT (a sum) is stored as long
 * @throws {TypeError} when Delta has no type for it
 * @example
 * ```ts
 * import { DOUBLE } from "@duckdb/node-api";
 * import { deltaType } from "./sql_type.ts";
 * console.assert(deltaType(DOUBLE, "delay") === "double");
 * ```
 */
export function deltaType(type: SqlType, column: string): FieldType {
  if ("entryNames" in type) {
    const fields: Field[] = type.entryNames.map((name, i) => ({
      name,
      type: deltaType(type.entryTypes[i]!, `${column}.${name}`),
      nullable: true,
    }));
    return { type: "struct", fields };
  }
  if ("keyType" in type) {
    return { type: "map", keyType: deltaType(type.keyType, column), valueType: deltaType(type.valueType, column) };
  }
  if ("valueType" in type) return { type: "array", elementType: deltaType(type.valueType, column) };
  if ("scale" in type) return `decimal(${type.width},${type.scale})`;
  if ("values" in type) return "string";
  const found = DELTA_OF[type.toString().split("(")[0]!];
  if (found) return found;
  throw new TypeError(
    `Cannot store column "${column}" as a Delta table has no type for ${type}: cast it in SQL, for example to VARCHAR`,
  );
}
