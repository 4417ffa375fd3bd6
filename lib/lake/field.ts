import { z } from "zod";

/** A nested Delta type. */
export type NestedType =
  | { type: "struct"; fields: Field[] }
  | { type: "array"; elementType: FieldType }
  | { type: "map"; keyType: FieldType; valueType: FieldType };

/** A Delta type: the name of a primitive one, such as `long` or `decimal(18,2)`, or a nested one. */
export type FieldType = string | NestedType;

/** One column of a Delta table, or one field of a struct. */
export interface Field {
  /** Name; unique in its table without regard to case. */
  name: string;
  /** Delta type. */
  type: FieldType;
  /** Whether NULL is allowed; Boathouse always allows it. */
  nullable: boolean;
  /** What writers noted of it, such as a comment, or the name by which data files know it; kept when it is written again. */
  metadata?: Readonly<Record<string, unknown>>;
}

const PRIMITIVES = new Set([
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "float",
  "double",
  "boolean",
  "binary",
  "date",
  "timestamp",
  "timestamp_ntz",
  "void",
]);

const PHYSICAL_NAME = "delta.columnMapping.physicalName";

const structSchema = z.looseObject({
  type: z.literal("struct"),
  fields: z.array(z.looseObject({
    name: z.string(),
    type: z.unknown(),
    nullable: z.boolean(),
    metadata: z.record(z.string(), z.unknown()).default({}),
  })),
});
const arraySchema = z.looseObject({ type: z.literal("array"), elementType: z.unknown() });
const mapSchema = z.looseObject({ type: z.literal("map"), keyType: z.unknown(), valueType: z.unknown() });

/**
 * Reads the `schemaString` of a Delta table (Delta protocol, "Schema Serialization Format").
 *
 * @param text JSON text of a struct type
 * @param place the file that holds it, for errors
 * @returns the columns in order
 * @throws {SyntaxError} when the text is not a schema
 * @throws {RangeError} when a column is of a type that is not in this version
 * @example
 * ```ts
 * import { parseSchema, writeSchema } from "./field.ts";
 * const fields = [{ name: "delay", type: "long", nullable: true }];
 * console.assert(parseSchema(writeSchema(fields), "0.json")[0]!.name === "delay");
 * ```
 */
export function parseSchema(text: string, place: string): Field[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${place}" as schemaString must be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  return parseStruct(json, "", place).fields;
}

/**
 * Writes columns as the `schemaString` of a Delta table.
 *
 * @param fields columns in order
 * @returns JSON text
 * @example
 * ```ts
 * import { writeSchema } from "./field.ts";
 * console.assert(writeSchema([]) === '{"type":"struct","fields":[]}');
 * ```
 */
export function writeSchema(fields: readonly Field[]): string {
  return JSON.stringify(typeJson({ type: "struct", fields: [...fields] }));
}

/**
 * Names a column as data files, partition values and statistics know it (Delta protocol, "Column Mapping").
 *
 * @param field column, or field of a struct
 * @returns its physical name, else its name
 */
export function storedName({ name, metadata }: Field): string {
  const physical = metadata?.[PHYSICAL_NAME];
  return typeof physical === "string" ? physical : name;
}

function parseStruct(json: unknown, path: string, place: string): { type: "struct"; fields: Field[] } {
  const parsed = structSchema.safeParse(json);
  if (!parsed.success) {
    throw new SyntaxError(
      `Cannot read "${place}" as ${pathName(path)} must be a struct type: ${issueOf(parsed.error)}`,
    );
  }
  const fields = parsed.data.fields.map(({ name, type, nullable, metadata }) => {
    const field = { name, type: parseType(type, path ? `${path}.${name}` : name, place), nullable };
    return Object.keys(metadata).length ? { ...field, metadata } : field;
  });
  return { type: "struct", fields };
}

function parseType(json: unknown, path: string, place: string): FieldType {
  if (typeof json === "string" && (PRIMITIVES.has(json) || isDecimal(json))) return json;
  if (typeof json === "string" && /^(?:var)?char\(\d+\)$/.test(json)) return "string"; // lengths bind writers only
  if (structSchema.safeParse(json).success) return parseStruct(json, path, place);
  const array = arraySchema.safeParse(json);
  if (array.success) return { type: "array", elementType: parseType(array.data.elementType, path, place) };
  const map = mapSchema.safeParse(json);
  if (map.success) {
    const keyType = parseType(map.data.keyType, path, place);
    return { type: "map", keyType, valueType: parseType(map.data.valueType, path, place) };
  }
  throw new RangeError(
    `Cannot read "${place}" as ${pathName(path)} must be of a type that is in this version: got ${
      JSON.stringify(json)
    }`,
  );
}

function isDecimal(type: string): boolean {
  const match = /^decimal\((\d{1,2}),(\d{1,2})\)$/.exec(type);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 38 && Number(match[2]) <= Number(match[1]);
}

function pathName(path: string): string {
  return path ? `column "${path}"` : "schemaString";
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.message}${issue.path.length ? ` at ${issue.path.join(".")}` : ""}`;
}

function typeJson(type: FieldType): unknown {
  if (typeof type === "string") return type;
  if (type.type === "array") return { type: "array", elementType: typeJson(type.elementType), containsNull: true };
  if (type.type === "map") {
    return {
      type: "map",
      keyType: typeJson(type.keyType),
      valueType: typeJson(type.valueType),
      valueContainsNull: true,
    };
  }
  const fields = type.fields.map(({ name, type, nullable, metadata = {} }) => ({
    name,
    type: typeJson(type),
    nullable,
    metadata,
  }));
  return { type: "struct", fields };
}
