import { parseMicros } from "../../lib/events/mod.ts";

/**
 * Reads a time, or the start of a day in UTC.
 *
 * @param text such as `2001-05-01T00:00:00Z` or `2001-05-01`
 * @returns microseconds since 1970
 * @throws {RangeError | SyntaxError} when there is no such time
 */
export function timeOf(text: string): number {
  return parseMicros(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}
