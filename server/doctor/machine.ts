import { freeBytes } from "../../lib/config/mod.ts";
import type { Finding } from "./finding.ts";

const LEAST_DENO = [2, 9, 6] as const; // before it DuckDB crashed when memory was collected
const LEAST_FREE_BYTES = 256 * 1024 * 1024; // a flush of ingest writes that much in passing

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
  const at = new Date(Math.round(newest.busTimeMicros / 1000)).toISOString();
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
 * Judges the space on the disk of the lake's folder, which holds files in passing even where the lake is in S3.
 *
 * @param folder an existing folder
 * @param free reads the free bytes of a folder's disk
 * @returns the finding
 */
export function disk(folder: string, free: (folder: string) => number = freeBytes): Omit<Finding, "part"> {
  const bytes = free(folder), name = "disk";
  const detail = `${gigabytes(bytes)} are free on the disk of "${folder}"`;
  return bytes < LEAST_FREE_BYTES
    ? { name, state: "broken", detail: `${detail}: free space on it, at least ${gigabytes(LEAST_FREE_BYTES)}` }
    : { name, state: "proved", detail };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
