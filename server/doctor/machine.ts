import type { Finding } from "./finding.ts";
import { DISK_RESERVE_BYTES, freeBytes } from "../serving/disk.ts";

const LEAST_DENO = [2, 9, 6] as const; // before it DuckDB crashed when memory was collected

/**
 * Judges a version of Deno.
 *
 * @param version such as `2.9.6`
 * @returns the finding
 */
export function denoVersion(version: string): Omit<Finding, "part"> {
  const found = version.split(/[.+-]/).slice(0, 3).map(Number);
  const isOlder = LEAST_DENO.map((least, at) => (found[at] ?? 0) - least).find((by) => by !== 0) ?? 0;
  const least = LEAST_DENO.join(".");
  return isOlder < 0
    ? { name: "Deno", state: "broken", detail: `${version} is too old: at least ${least} is needed` }
    : { name: "Deno", state: "proved", detail: `${version}; at least ${least} is needed` };
}

/**
 * Judges the clock by the newest record of the bus.
 *
 * @param nowMs this machine's clock, milliseconds since 1970
 * @param newest time and topic of the newest record; null when there is none
 * @returns the finding
 */
export function clock(nowMs: number, newest: { topic: string; busTimeMicros: number } | null): Omit<Finding, "part"> {
  if (newest === null) {
    return { name: "clock", state: "promised", detail: "the bus holds no record to compare it with" };
  }
  const aheadMs = newest.busTimeMicros / 1000 - nowMs;
  const at = new Date(newest.busTimeMicros / 1000).toISOString();
  return aheadMs > 1000
    ? {
      name: "clock",
      state: "broken",
      detail: `the newest record of topic "${newest.topic}" was taken at ${at}, ${
        Math.round(aheadMs / 1000)
      } s ahead of this machine's clock: set the clocks by NTP`,
    }
    : { name: "clock", state: "proved", detail: `not behind the newest record of the bus, of ${at}` };
}

/**
 * Judges the space on the disks of some folders.
 *
 * @param folders existing folders by what lies in them
 * @param free reads the free bytes of a folder's disk
 * @returns one finding per folder
 */
export async function disks(
  folders: readonly [what: string, folder: string][],
  free: (folder: string) => Promise<number> = freeBytes,
): Promise<Omit<Finding, "part">[]> {
  return await Promise.all(folders.map(async ([what, folder]) => {
    const bytes = await free(folder);
    const detail = `${gigabytes(bytes)} free; a reserve of ${gigabytes(DISK_RESERVE_BYTES)} is kept`;
    return bytes < DISK_RESERVE_BYTES
      ? {
        name: `disk of ${what}`,
        state: "broken" as const,
        detail: `${detail}: publishing is refused until there is more; reading goes on`,
      }
      : { name: `disk of ${what}`, state: "proved" as const, detail };
  }));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
