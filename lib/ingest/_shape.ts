import type { Json } from "../events/mod.ts";

/** A JSON Schema in its object form. */
export type JsonSchema = Record<string, unknown>;

/**
 * How a value that fits a schema is stored. `json` keeps its JSON text: for whatever a schema leaves open, and for
 * schemas that no column can follow. `literal` is one known JSON text, which need not be stored.
 */
export type Shape =
  & {
    /** The schema, references resolved; its keywords are what acceptance has to prove. */
    schema: JsonSchema;
    /** Whether null fits. */
    nullable: boolean;
  }
  & (
    | { kind: "bigint" | "double" | "boolean" | "text" | "time" | "date" | "json" }
    | { kind: "literal"; text: string }
    | { kind: "list"; item: Shape }
    | { kind: "struct"; fields: ReadonlyMap<string, Shape> }
  );

/**
 * Finds how values of a schema are stored.
 *
 * @param schema JSON Schema, draft 2020-12.
 * @returns The shape of the schema's root.
 */
export function shapeOf(schema: JsonSchema): Shape {
  return visit(schema, schema, []);
}

function visit(given: unknown, root: JsonSchema, path: readonly string[]): Shape {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return open(given === false ? { not: {} } : {});
  }
  const schema = given as JsonSchema;
  if (typeof schema.$ref === "string") return followed(schema, schema.$ref, root, path);
  const inner = nullableInner(schema);
  if (inner !== null) return { ...visit(inner, root, path), nullable: true };
  const types = typesOf(schema);
  const nullable = types.includes("null");
  const [type, ...others] = types.filter((each) => each !== "null");
  if (type === undefined || others.length > 0) return { ...open(schema), nullable: types.length === 0 || nullable };
  return { ...typed(type, schema, root, path), nullable };
}

function typed(type: string, schema: JsonSchema, root: JsonSchema, path: readonly string[]): Shape {
  const base = { schema, nullable: false };
  if (type === "integer") return { ...base, kind: "bigint" };
  if (type === "number") return { ...base, kind: "double" };
  if (type === "boolean") return { ...base, kind: "boolean" };
  if (type === "string") return { ...base, kind: textKind(schema) };
  if (type === "array" && isObject(schema.items)) {
    return { ...base, kind: "list", item: visit(schema.items, root, path) };
  }
  const properties = type === "object" && isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const fields = new Map<string, Shape>();
  const taken = new Set<string>();
  for (const [name, property] of properties) {
    // What cannot be the name of a column beside the others is left out here, and kept in _raw.
    if (!canBeName(name) || taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    fields.set(name, visit(property, root, path));
  }
  return fields.size > 0 ? { ...base, kind: "struct", fields } : { ...base, kind: "json" };
}

function textKind(schema: JsonSchema): "time" | "date" | "text" {
  if (schema.format === "date-time") return "time";
  return schema.format === "date" ? "date" : "text";
}

function typesOf(schema: JsonSchema): string[] {
  const { type } = schema;
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.map(String);
  const values = "const" in schema ? [schema.const as Json] : Array.isArray(schema.enum) ? schema.enum as Json[] : [];
  return [...new Set(values.map(typeOfValue))];
}

function typeOfValue(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

// What zod writes for nullable(): anyOf of a schema and null.
function nullableInner(schema: JsonSchema): unknown | null {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2 || !Object.keys(rest).every(isAnnotation)) return null;
  const others = anyOf.filter((each) => !(isObject(each) && each.type === "null" && Object.keys(each).length === 1));
  return others.length === 1 ? others[0] : null;
}

function followed(schema: JsonSchema, ref: string, root: JsonSchema, path: readonly string[]): Shape {
  const { $ref: _, ...rest } = schema;
  const target = path.includes(ref) ? undefined : lookUp(root, ref);
  // A reference that leads back, elsewhere or nowhere, or that says more, is for the exact check to follow.
  return target === undefined || !Object.keys(rest).every(isAnnotation)
    ? open(schema)
    : visit(target, root, [...path, ref]);
}

function lookUp(root: JsonSchema, ref: string): unknown {
  if (ref !== "#" && !ref.startsWith("#/")) return undefined;
  let at: unknown = root;
  for (const part of ref.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

function open(schema: JsonSchema): Shape {
  return { schema, nullable: true, kind: "json" };
}

/**
 * Tells whether a property can be a column or a field of the lake.
 *
 * @param name The property's name.
 * @returns false for the empty name, and for what SQL text cannot carry.
 */
export function canBeName(name: string): boolean {
  return name !== "" && !name.includes("\0") && name.isWellFormed();
}

/**
 * Tells whether a keyword of JSON Schema restricts nothing.
 *
 * @param keyword The keyword.
 * @returns true for titles, descriptions, definitions and the like.
 */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword);
}

const ANNOTATIONS: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

/**
 * Tells whether a value is an object of JSON.
 *
 * @param value Anything.
 * @returns true for objects that are neither null nor lists.
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
