import type { Schema } from "./api_facts.ts";

/** Keywords that hold one schema, a list of them, or a map of them (JSON Schema 2020-12, core and applicator). */
const ONE = new Set([
  "additionalProperties",
  "contains",
  "contentSchema",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const LIST = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const MAP = new Set(["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"]);

/**
 * Makes components of a schema that stands alone: its definitions become components of their own, since few tools follow
 * a reference into another place, and its references lead there.
 *
 * @param name name of the component
 * @param schema a JSON Schema; it refers to itself only
 * @returns components by name, that of the schema first
 */
export function embedSchema(name: string, schema: Schema): Record<string, Schema> {
  const { $schema: _, $defs = {}, ...rest } = schema as Schema & { $defs?: Record<string, Schema> };
  const place = (ref: string) => placeOf(ref, name, $defs);
  const components = Object.entries($defs).map(([key, value]) => [partName(name, key), rewrite(value, place)]);
  return { [name]: rewrite(rest, place) as Schema, ...Object.fromEntries(components) };
}

function placeOf(ref: string, name: string, defs: Record<string, Schema>): string {
  if (ref === "#") return `#/components/schemas/${name}`;
  const [, key, below = ""] = /^#\/\$defs\/([^/]*)(\/.*)?$/.exec(ref) ?? [];
  const plain = key === undefined ? undefined : decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");
  if (plain !== undefined && Object.hasOwn(defs, plain)) return `#/components/schemas/${partName(name, plain)}${below}`;
  return ref.startsWith("#/") ? `#/components/schemas/${name}${ref.slice(1)}` : ref;
}

/** Names of components have fewer letters than definitions may have. */
function partName(name: string, key: string): string {
  return `${name}.${key.replaceAll(/[^A-Za-z0-9._-]/g, (char) => `-${char.codePointAt(0)!.toString(16)}-`)}`;
}

function rewrite(schema: unknown, place: (ref: string) => string): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, rewriteKeyword(keyword, value, place)]),
  );
}

function rewriteKeyword(keyword: string, value: unknown, place: (ref: string) => string): unknown {
  if (keyword === "$ref" && typeof value === "string") return place(value);
  if (ONE.has(keyword)) return rewrite(value, place);
  if (LIST.has(keyword) && Array.isArray(value)) return value.map((item) => rewrite(item, place));
  if (!MAP.has(keyword) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewrite(item, place)]));
}
