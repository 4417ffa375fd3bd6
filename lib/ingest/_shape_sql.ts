import { type FieldType, quoteText } from "../lake/mod.ts";
import type { Shape } from "./_shape.ts";

/**
 * Names the Delta type that a shape is stored as.
 *
 * @param shape The shape.
 * @returns For example `long`, or a struct.
 */
export function deltaTypeOf(shape: Shape): FieldType {
  if (shape.kind === "list") return { type: "array", elementType: deltaTypeOf(shape.item) };
  if (shape.kind !== "struct") return DELTA_TYPES[shape.kind];
  const fields = [...shape.fields].map(([name, field]) => ({ name, type: deltaTypeOf(field), nullable: true }));
  return { type: "struct", fields };
}

/** What DuckDB's json_transform is asked for; numbers and times come as text, to be proven before they are converted. */
export type Structure = string | [Structure] | { [name: string]: Structure };

/**
 * Describes how json_transform takes a shape apart.
 *
 * @param shape The shape.
 * @returns The structure, to be written as JSON.
 */
export function structureOf(shape: Shape): Structure {
  if (shape.kind === "list") return [structureOf(shape.item)];
  if (shape.kind !== "struct") return STRUCTURES[shape.kind];
  const fields = [...shape.fields].filter(([, field]) => field.kind !== "literal");
  return Object.fromEntries(fields.map(([name, field]) => [name, structureOf(field)]));
}

/**
 * Writes the access to a field of a struct.
 *
 * @param struct SQL of the struct.
 * @param name Name of the field.
 * @returns SQL.
 */
export function fieldOf(struct: string, name: string): string {
  return `struct_extract(${struct}, ${quoteText(name)})`;
}

const DELTA_TYPES = {
  bigint: "long",
  double: "double",
  boolean: "boolean",
  text: "string",
  time: "timestamp",
  date: "date",
  json: "string",
  literal: "string",
} as const;

const STRUCTURES = {
  bigint: "BIGINT",
  double: "JSON",
  boolean: "BOOLEAN",
  text: "VARCHAR",
  time: "VARCHAR",
  date: "DATE",
  json: "JSON",
  literal: "JSON",
} as const;
