const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Past this many milliseconds timers of JavaScript fire at once. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Reads a duration as people write it.
 *
 * @param text Such as `500ms`, `30s`, `1.5m` or `2h`; a bare number is seconds.
 * @returns Milliseconds, null when it is none or not more than zero and at most 24 days.
 *
 * @example
 * ```ts
 * import { readDuration } from "./duration.ts";
 *
 * console.assert(readDuration("1.5m") === 90_000 && readDuration("30") === 30_000 && readDuration("soon") === null);
 * ```
 */
export function readDuration(text: string): number | null {
  const [, number, unit = "s"] = /^(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const ms = Math.round(Number(number) * UNITS[unit]!);
  return ms > 0 && ms <= MAX_MS ? ms : null;
}
