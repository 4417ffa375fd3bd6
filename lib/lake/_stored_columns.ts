import { type Field, type FieldType, storedName } from "./field.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";

const COLUMN_ID = "delta.columnMapping.id";

/**
 * Writes the schema by which DuckDB reads data files, so that a file's own columns neither hide a new one nor retype an
 * old one: by name, or by Parquet's field id where the table maps columns so (Delta protocol, "Column Mapping").
 */
export function storedSchemaSql(fields: readonly Field[], mapping: string | undefined): string {
  const columns = fields.map((field) => {
    const key = mapping === "id" ? idOf(field) : quoteText(storedName(field));
    const type = sqlType(storedType(field.type));
    return `${key}: {name: ${quoteText(field.name)}, type: ${quoteText(type)}, default_value: NULL}`;
  });
  return `MAP {${columns.join(", ")}}`;
}

function idOf({ name, metadata }: Field): string {
  const id = metadata?.[COLUMN_ID];
  if (Number.isSafeInteger(id)) return String(id);
  throw new RangeError(
    `Cannot read column "${name}" as its table maps columns by "${COLUMN_ID}": got ${JSON.stringify(id) ?? "none"}`,
  );
}

/** Reads a column that was read by that schema: the fields of its structs get the names that people know. */
export function storedColumnSql({ name, type }: Field): string {
  const renamed = renamedSql(quoteName(name), type, 0);
  return renamed === quoteName(name) ? renamed : `${renamed} AS ${quoteName(name)}`;
}

function storedType(type: FieldType): FieldType {
  if (typeof type === "string") return type;
  if (type.type === "array") return { ...type, elementType: storedType(type.elementType) };
  if (type.type === "map") return { ...type, keyType: storedType(type.keyType), valueType: storedType(type.valueType) };
  const fields = type.fields.map((field) => ({ ...field, name: storedName(field), type: storedType(field.type) }));
  return { ...type, fields };
}

function isRenamed(type: FieldType): boolean {
  if (typeof type === "string") return false;
  if (type.type === "array") return isRenamed(type.elementType);
  if (type.type === "map") return isRenamed(type.keyType) || isRenamed(type.valueType);
  return type.fields.some((field) => storedName(field) !== field.name || isRenamed(field.type));
}

function renamedSql(sql: string, type: FieldType, depth: number): string {
  if (typeof type === "string" || !isRenamed(type)) return sql;
  const one = `x${depth}`;
  if (type.type === "array") {
    return `list_transform(${sql}, lambda ${one}: ${renamedSql(one, type.elementType, depth + 1)})`;
  }
  if (type.type === "map") {
    const entry = `{k: ${renamedSql(`${one}.key`, type.keyType, depth + 1)}, v: ${
      renamedSql(`${one}.value`, type.valueType, depth + 1)
    }}`;
    return `map_from_entries(list_transform(map_entries(${sql}), lambda ${one}: ${entry}))`;
  }
  const fields = type.fields.map((field) =>
    `${quoteText(field.name)}: ${renamedSql(`${sql}.${quoteName(storedName(field))}`, field.type, depth + 1)}`
  );
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE {${fields.join(", ")}} END`;
}
