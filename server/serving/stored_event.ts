import type { Json } from "../../lib/events/mod.ts";
import type { FoundEvent } from "./find_records.ts";

/** A row of a topic's table: the envelope's columns, then those of the payload. */
export interface StoredRow {
  /** Id of the event. */
  _id: string;
  /** When it was true. */
  _event_time: Date | null;
  /** The event's own bytes, where its columns may have lost a digit. */
  _raw: Uint8Array | null;
  /** The payload. */
  [column: string]: unknown;
}

type Schema = Record<string, unknown>;

/**
 * Makes an event of a row of its topic's table again: absent properties were stored as NULL, open shapes as JSON text.
 *
 * @param row the row
 * @param schema JSON Schema of the event's data
 * @returns the event
 */
export function storedEvent(row: StoredRow, schema: Schema): FoundEvent {
  const { _id: id, _raw: raw, _event_time: time } = row;
  const data = raw === null
    ? valueOf(row, schema)
    : (JSON.parse(new TextDecoder().decode(raw)) as Record<string, Json>).data;
  return { id, time: time?.toISOString() ?? null, data: data as Record<string, Json> };
}

function valueOf(value: unknown, schema: Schema): Json {
  if (value === null || value === undefined) return null;
  if (isOpen(schema)) return typeof value === "string" ? JSON.parse(value) : value as Json;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => valueOf(item, schema.items as Schema));
  if (typeof value === "object") return objectOf(value as Record<string, unknown>, schema);
  return value as Json;
}

function objectOf(value: Record<string, unknown>, schema: Schema): Json {
  const required = schema.required as string[];
  const members = Object.entries(schema.properties as Record<string, Schema>).flatMap(([name, property]) => {
    const member = valueOf(value[name], property);
    return member === null && !required.includes(name) ? [] : [[name, member] as const];
  });
  return Object.fromEntries(members);
}

function isOpen({ type, properties }: Schema): boolean {
  return type === undefined || (type === "object" && properties === undefined);
}
