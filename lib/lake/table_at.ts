/** Which version of a table is meant; the one that its lake is pinned at when both are left out. */
export interface TableVersion {
  /** Version of the table, from 0. */
  version?: number;
  /** The newest version that was committed until then: a Date, or text such as `2001-05-31` or `2001-05-31T18:00Z`, UTC. */
  asOf?: Date | string;
}

const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Spells a version of a table as one name, which SQL takes in double quotes: `"flights@3"`.
 *
 * @param name name of the table
 * @param at which version
 * @returns the name itself when no version is meant
 * @throws {RangeError} when the version is no whole number, the time cannot be read, or both are there
 */
export function nameAt(name: string, { version, asOf }: TableVersion): string {
  if (version === undefined && asOf === undefined) return name;
  if (asOf !== undefined && version !== undefined) {
    throw new RangeError(`Cannot read table "${name}" as either a version or a time must be given: got both`);
  }
  if (asOf !== undefined) return `${name}@${new Date(timeMs(name, asOf)).toISOString()}`;
  if (Number.isSafeInteger(version) && version! >= 0) return `${name}@${version}`;
  throw new RangeError(`Cannot read table "${name}" as its version must be a whole number from 0: got ${version}`);
}

/**
 * Takes such a name apart again.
 *
 * @param name name as used in SQL, in any case
 * @returns table, and which version of it
 */
export function splitName(name: string): { table: string; at: { version: number } | { asOfMs: number } | null } {
  const split = name.lastIndexOf("@");
  if (split < 0) return { table: name, at: null };
  const table = name.slice(0, split), text = name.slice(split + 1);
  return { table, at: /^\d{1,15}$/.test(text) ? { version: Number(text) } : { asOfMs: timeMs(table, text) } };
}

/**
 * Reads a time of a person.
 *
 * @param table what it is for, in errors
 * @param time Date or text, UTC where no zone is written
 * @returns milliseconds since 1970
 * @throws {RangeError} when it is none
 */
export function timeMs(table: string, time: Date | string): number {
  const text = typeof time === "string" ? time.toUpperCase().replace(" ", "T") : "";
  const zoned = /T.*(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text) || !text.includes("T") ? text : `${text}Z`;
  const ms = typeof time === "string" ? TIME.test(time) ? Date.parse(zoned) : NaN : time.getTime();
  if (!Number.isNaN(ms)) return ms;
  throw new RangeError(
    `Cannot read table "${table}" as of a time as it must be a date or an ISO 8601 time: got ${JSON.stringify(time)}`,
  );
}
