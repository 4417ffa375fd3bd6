import { DuckDBInstance } from "@duckdb/node-api";
import type { Store } from "../../store/mod.ts";
import type { Field, FieldType } from "../field.ts";
import { scanSql } from "../scan.ts";
import { readSnapshot } from "../snapshot.ts";
import { quoteName, quoteText } from "../sql_type.ts";

/** A version of a table in a form in which every reader writes the same. */
export interface CanonicalTable {
  /** Version that was read. */
  version: number;
  /** Columns, as the Delta protocol writes a schema. */
  schema: unknown;
  /** Rows as text, sorted. */
  rows: string[];
}

/** Reads a version of a table by our replay of its log, exactly: no value passes through a JavaScript number. */
export async function readCanonical(store: Store, table: string, version?: number): Promise<CanonicalTable> {
  const snapshot = (await readSnapshot(store, table, version))!;
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone='UTC'");
    const fields = snapshot.schema.map(({ name, type }) => textOf(quoteName(name), type));
    const select = `SELECT ${joined(fields)} FROM (${await scanSql(store, snapshot)})`;
    const rows = (await connection.runAndReadAll(select)).getRowsJS().map(([text]) => String(text));
    return { version: snapshot.version, schema: schemaOf(snapshot.schema), rows: canonicalRows(rows) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Brings rows that a reader wrote as JSON to one form: numbers of every reader alike, maps and rows sorted. */
export function canonicalRows(rows: readonly string[]): string[] {
  return rows.map((row) => JSON.stringify(plain(JSON.parse(row)))).sort();
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("float" in value) return numberText(String(value.float));
  const entries = (value as { map: unknown[] }).map.map(plain).map((entry) => JSON.stringify(entry));
  return { map: entries.sort() };
}

function numberText(text: string): string {
  const number = Number(text.replace(/^(-?)inf$/, "$1Infinity"));
  return Object.is(number, -0) ? "-0" : String(number);
}

/** SQL that writes a value as JSON: exact numbers as text, floats and maps marked. */
function textOf(sql: string, type: FieldType): string {
  const text = typeof type === "string" ? plainText(sql, type) : nestedText(sql, type);
  return `CASE WHEN ${sql} IS NULL THEN 'null' ELSE ${text} END`;
}

function plainText(sql: string, type: string): string {
  if (type === "string") return `to_json(${sql})::VARCHAR`;
  if (type === "boolean") return `${sql}::VARCHAR`;
  if (type === "double" || type === "float") return `'{"float":"' || ${sql}::DOUBLE::VARCHAR || '"}'`;
  if (type === "binary") return `'"' || lower(hex(${sql})) || '"'`;
  if (type.startsWith("timestamp")) return `'"' || epoch_us(${sql})::VARCHAR || '"'`;
  return `'"' || ${sql}::VARCHAR || '"'`;
}

let parameters = 0;

function nestedText(sql: string, type: Exclude<FieldType, string>): string {
  if (type.type === "struct") {
    return joined(type.fields.map((field) => textOf(`${sql}.${quoteName(field.name)}`, field.type)));
  }
  const item = `x${parameters++}`;
  const list = (of: string, text: string) =>
    `'[' || array_to_string(list_transform(${of}, lambda ${item}: ${text}), ',') || ']'`;
  if (type.type === "array") return list(sql, textOf(item, type.elementType));
  const entry = joined([textOf(`${item}.key`, type.keyType), textOf(`${item}.value`, type.valueType)]);
  return `'{"map":' || ${list(`map_entries(${sql})`, entry)} || '}'`;
}

function joined(texts: readonly string[]): string {
  return `'[' || ${texts.join(` || ${quoteText(",")} || `)} || ']'`;
}

function schemaOf(fields: readonly Field[]): unknown {
  return fields.map(({ name, type }) => [name, typeof type === "string" ? type : nestedSchema(type)]);
}

function nestedSchema(type: Exclude<FieldType, string>): unknown {
  const of = (inner: FieldType) => typeof inner === "string" ? inner : nestedSchema(inner);
  if (type.type === "struct") return { struct: schemaOf(type.fields) };
  return type.type === "array" ? { array: of(type.elementType) } : { map: [of(type.keyType), of(type.valueType)] };
}
