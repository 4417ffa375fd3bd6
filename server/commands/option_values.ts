import { permissionFlags, readDuration, readMemoryMb } from "../../lib/config/env/mod.ts";

/**
 * Checks a count that an option gives.
 *
 * @param text what was written
 * @throws {RangeError} when it is no whole number
 */
export function wholeNumber(text: string): void {
  if (!/^\d{1,15}$/.test(text)) throw new RangeError("It must be a whole number");
}

/**
 * Checks the permissions that an option gives.
 *
 * @param text flags of `deno run`
 * @throws {RangeError} when one is none
 */
export function permissions(text: string): void {
  permissionFlags(text);
}

/**
 * Checks how much memory an option gives to cells.
 *
 * @param text digits of a number of MB
 * @throws {RangeError} when it is none
 */
export function memoryMb(text: string): void {
  readMemoryMb(text);
}

/**
 * Checks a port that an option gives.
 *
 * @param text its digits
 * @throws {RangeError} when it is none
 */
export function port(text: string): void {
  if (!/^[1-9]\d{0,4}$/.test(text) || Number(text) > 65_535) throw new RangeError("It must be a port, from 1 to 65535");
}

/**
 * Checks a time that an option gives.
 *
 * @param text such as `2001-05-01T00:00:00Z`, or `2001-05-01` for the start of that day in UTC
 * @throws {RangeError} when it is none
 */
export function time(text: string): void {
  if (/^\d{4}-\d\d-\d\d([Tt ][\d:.]+([Zz]|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text))) return;
  throw new RangeError("It must be a time such as 2001-05-01T00:00:00Z, or a day such as 2001-05-01");
}

/**
 * Checks where a tail begins.
 *
 * @param text an offset, a time, or `end`
 * @throws {RangeError} when it is none of them
 */
export function offsetOrTime(text: string): void {
  if (text !== "end" && !/^\d{1,15}$/.test(text)) time(text);
}

/**
 * Checks a duration that an option gives.
 *
 * @param text such as `30`, `30s`, `500ms` or `2h`
 * @throws {RangeError} when it is none
 */
export function duration(text: string): void {
  if (readDuration(text) === null) throw new RangeError("It must be a duration such as 30s");
}
