import { type Field, mergeSchema } from "../lake/mod.ts";
import type { Shape } from "./_shape.ts";
import { deltaTypeOf, fieldOf } from "./_shape_sql.ts";

const column = (name: string, type: Field["type"]): Field => ({ name, type, nullable: true });

/** The columns that every raw table begins with. */
export const ENVELOPE: readonly Field[] = [
  column("_partition", "integer"),
  column("_offset", "long"),
  column("_key", "string"),
  column("_bus_time", "timestamp"),
  column("_event_time", "timestamp"),
  column("_headers", {
    type: "array",
    elementType: { type: "struct", fields: [column("key", "string"), column("value", "binary")] },
  }),
  column("_producer", "string"),
  column("_sequence", "long"),
  column("_id", "string"),
  column("_type", "string"),
  column("_source", "string"),
  column("_subject", "string"),
  column("_reason", "string"),
  column("_raw", "binary"),
];

/** The partition columns: the day, UTC, on which the bus took the record, and whether it fits. */
export const PARTITIONING: readonly Field[] = [column("day", "date"), column("fit", "boolean")];

/** A column of a payload. */
export interface PayloadColumn {
  /** Name and type in the table. */
  field: Field;
  /** Name of the property of `data`; null when `data` as a whole is the column. */
  property: string | null;
  /** How its values are stored. */
  shape: Shape;
  /** What an older column of that name and the property now disagree on; null when the column can be written. */
  conflict: string | null;
}

/**
 * Finds the columns of a payload.
 *
 * @param shape Shape of `data`.
 * @param stored Columns that the table has already.
 * @returns A column per property; one of another name where the name is taken, by `day` for example.
 */
export function payloadColumns(shape: Shape, stored: readonly Field[]): PayloadColumn[] {
  const properties: [string | null, Shape][] = shape.kind === "struct" ? [...shape.fields] : [[null, shape]];
  const reserved = [...ENVELOPE, ...PARTITIONING].map(({ name }) => name.toLowerCase());
  const taken = new Set([...reserved, ...properties.map(([name]) => name?.toLowerCase() ?? "")]);
  return properties.map(([property, inner]) => {
    const name = reserved.includes((property ?? "data").toLowerCase())
      ? freeName(property ?? "data", taken)
      : property ?? "data";
    const old = stored.find((field) => field.name.toLowerCase() === name.toLowerCase());
    const field = column(old?.name ?? name, deltaTypeOf(inner));
    return { field, property, shape: inner, conflict: old ? conflictOf(old, field) : null };
  });
}

/**
 * Writes the access to a payload column's value.
 *
 * @param column The column.
 * @param data SQL of `data`.
 * @returns SQL.
 */
export function accessOf({ property }: PayloadColumn, data: string): string {
  return property === null ? data : fieldOf(data, property);
}

function freeName(name: string, taken: Set<string>): string {
  let free = `${name}_`;
  while (taken.has(free.toLowerCase())) free += "_";
  taken.add(free.toLowerCase());
  return free;
}

function conflictOf(old: Field, field: Field): string | null {
  try {
    mergeSchema([old], [field], "");
    return null;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    return `the column is ${JSON.stringify(old.type)}, its schema now says ${JSON.stringify(field.type)}`;
  }
}
