const DAY_MS = 86_400_000;

/**
 * How old a file that no log entry names must be before a vacuum takes it for one that nobody will commit. A commit refuses
 * files from half that age on, so that a writer which paused meanwhile cannot commit what is gone.
 */
export const ORPHAN_MS: number = 7 * DAY_MS;

const DEFAULT_DAYS = {
  "delta.logRetentionDuration": 30,
  "delta.deletedFileRetentionDuration": 7,
} as const;

const UNIT_MS: Readonly<Record<string, number>> = {
  week: 7 * DAY_MS,
  day: DAY_MS,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

/**
 * Reads how long something is kept from a table's settings, such as `interval 1 day` or `interval 1 week 12 hours`.
 *
 * @param configuration settings of the table
 * @param setting which of them
 * @returns milliseconds; the default of Delta when it is not set, Infinity for a text that is no interval, since what
 * is deleted too late does no harm
 */
export function retentionMs(
  configuration: Readonly<Record<string, string>>,
  setting: keyof typeof DEFAULT_DAYS,
): number {
  const text = configuration[setting];
  if (text === undefined) return DEFAULT_DAYS[setting] * DAY_MS;
  const parts = text.trim().toLowerCase().replace(/^interval\s+/, "");
  if (!/^\d+\s+[a-z]+(?:\s+\d+\s+[a-z]+)*$/.test(parts)) return Infinity;
  let sum = 0;
  for (const [, count, unit] of parts.matchAll(/(\d+)\s+([a-z]+)/g)) {
    sum += Number(count) * (UNIT_MS[unit!.replace(/s$/, "")] ?? Infinity);
  }
  return sum;
}
