import { parseMicros } from "../events/mod.ts";
import { JsonText } from "./json_text.ts";

/** Header that names who published a record: a uuid. */
export const PRODUCER_HEADER = "boathouse-producer";

/** Header that numbers the records of a producer in a partition, in decimal digits. */
export const SEQUENCE_HEADER = "boathouse-sequence";

/** Header that tells when it happened, microseconds since 1970 in decimal digits, where the value does not. */
export const TIME_HEADER = "boathouse-time";

/** Header that holds the time that was stored, milliseconds since 1970 in decimal digits, where the bus time cannot. */
export const STORED_TIME_HEADER = "boathouse-stored-time";

/** Header that holds the bytes of a key that is not UTF-8. */
export const KEY_HEADER = "boathouse-key";

/**
 * Finds the time that a CloudEvents event tells itself.
 *
 * @param value What is published, or what was read.
 * @returns Microseconds since 1970; null for anything that is no event with a time.
 */
export function eventTimeOf(value: unknown): number | null {
  if (value instanceof JsonText) {
    return value.text.includes('"specversion"') ? eventTimeOf(JSON.parse(value.text)) : null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { specversion, time } = value as { specversion?: unknown; time?: unknown };
  if (typeof specversion !== "string" || typeof time !== "string") return null;
  try {
    return parseMicros(time);
  } catch {
    return null; // whoever reads events judges it; it is no reason to refuse a record
  }
}
