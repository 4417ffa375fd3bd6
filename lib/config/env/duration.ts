const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Past this many milliseconds timers of JavaScript fire at once. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Reads a duration as people write it.
 *
 * @param text Such as `500ms`, `30s`, `1.5m`, `2h` or `7d`; a bare number is seconds.
 * @param options `maxMs`: the longest that is taken, in milliseconds; 24 days by default, as timers take no more.
 * @returns Milliseconds, null when it is none, not more than zero, or too long.
 *
 * @example
 * ```ts
 * import { readDuration } from "./duration.ts";
 *
 * console.assert(readDuration("1.5m") === 90_000 && readDuration("30") === 30_000 && readDuration("soon") === null);
 * ```
 */
export function readDuration(text: string, { maxMs = MAX_MS }: { maxMs?: number } = {}): number | null {
  const [, number, unit = "s"] = /^(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)?$/.exec(text.trim()) ?? [];
  const ms = Math.round(Number(number) * UNITS[unit]!);
  return ms > 0 && ms <= maxMs ? ms : null;
}
