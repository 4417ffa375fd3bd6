import type { Schema } from "./api_facts.ts";

/**
 * Writes a JSON Schema as types of TypeScript. What types cannot say (bounds, patterns, formats) is left out; what is not
 * known becomes `unknown`.
 *
 * @param name name of the type
 * @param schema the schema; it refers to itself only
 * @returns declarations, that of the schema first
 */
export function schemaTypes(name: string, schema: Schema): string {
  const defs = (schema.$defs ?? {}) as Record<string, unknown>;
  const names = new Map(Object.keys(defs).map((key, i) => [key, `${name}${typeName(key)}${i + 1}`]));
  const nameOf = (ref: string) => ref === "#" ? name : names.get(ref.replace(/^#\/\$defs\//, "")) ?? "unknown";
  return [
    `export type ${name} = ${typeOf(schema, nameOf)};`,
    ...Object.entries(defs).map(([key, value]) => `export type ${names.get(key)} = ${typeOf(value, nameOf)};`),
  ].join("\n");
}

/**
 * Makes the name of a type.
 *
 * @param name for example `flight-delay`
 * @returns for example `FlightDelay`
 */
export function typeName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

/**
 * Makes a text safe to stand in a comment.
 *
 * @param text any text
 * @returns one line that ends no comment
 */
export function commentText(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ").replaceAll("*/", "*\u200b/").trim();
}

type NameOf = (ref: string) => string;

function typeOf(schema: unknown, nameOf: NameOf): string {
  if (schema === false) return "never";
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return "unknown";
  const parts = partsOf(schema as Schema, nameOf).filter((part) => part !== "unknown");
  return parts.length === 0 ? "unknown" : parts.length === 1 ? parts[0]! : parts.map(bracket).join(" & ");
}

function partsOf(schema: Schema, nameOf: NameOf): string[] {
  const { $ref, const: constant, enum: values, allOf, anyOf, oneOf } = schema;
  const parts = typeof $ref === "string" ? [nameOf($ref)] : [];
  if (constant !== undefined) return [...parts, JSON.stringify(constant)];
  if (Array.isArray(values)) return [...parts, union(values.map((value) => JSON.stringify(value)))];
  if (Array.isArray(allOf)) parts.push(...allOf.map((each) => typeOf(each, nameOf)));
  for (const some of [anyOf, oneOf]) {
    if (Array.isArray(some)) parts.push(union(some.map((each) => typeOf(each, nameOf))));
  }
  return [...parts, ownType(schema, nameOf)];
}

function ownType(schema: Schema, nameOf: NameOf): string {
  const { type } = schema;
  if (Array.isArray(type)) return union(type.map((each) => ownType({ ...schema, type: each }, nameOf)));
  if (type === "integer") return "number";
  if (type === "string" || type === "number" || type === "boolean" || type === "null") return type;
  if (type === "array") return arrayType(schema, nameOf);
  return type === "object" || schema.properties !== undefined ? objectType(schema, nameOf) : "unknown";
}

function arrayType({ prefixItems, items, minItems }: Schema, nameOf: NameOf): string {
  const rest = items === undefined ? "unknown" : typeOf(items, nameOf);
  if (!Array.isArray(prefixItems)) return `${bracket(rest)}[]`;
  const least = typeof minItems === "number" ? minItems : 0;
  const fixed = prefixItems.map((item, i) => `${bracket(typeOf(item, nameOf))}${i < least ? "" : "?"}`);
  return `[${[...fixed, ...(items === false ? [] : [`...${bracket(rest)}[]`])].join(", ")}]`;
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, nameOf: NameOf): string {
  const names = Object.keys(properties as object);
  const isMap = typeof additionalProperties === "object" || additionalProperties === true;
  if (names.length === 0) {
    return `Record<string, ${additionalProperties === false ? "never" : typeOf(additionalProperties, nameOf)}>`;
  }
  const members = Object.entries(properties as Record<string, Schema>).map(([name, schema]) => {
    const about = typeof schema?.description === "string" ? `/** ${commentText(schema.description)} */ ` : "";
    const mark = (required as string[]).includes(name) ? "" : "?";
    return `${about}${JSON.stringify(name)}${mark}: ${typeOf(schema, nameOf)}`;
  });
  return `{ ${[...members, ...(isMap ? ["[name: string]: unknown"] : [])].join("; ")} }`;
}

function union(types: string[]): string {
  const distinct = [...new Set(types)];
  if (distinct.includes("unknown")) return "unknown";
  return distinct.length === 0
    ? "never"
    : distinct.map((type) => distinct.length > 1 ? bracket(type) : type).join(" | ");
}

function bracket(type: string): string {
  return / [|&] /.test(type) && !/^[{[].*[}\]]$/s.test(type) ? `(${type})` : type;
}
