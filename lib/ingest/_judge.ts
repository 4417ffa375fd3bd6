import type { Json } from "../events/mod.ts";
import { linesOf, type SpoolFile } from "./_spool.ts";

const SAMPLES = 40; // of the first and of the last frame: keys are mostly written in one order

/**
 * Reads some records, which show how the others are written.
 *
 * @param files Files of frames, at least one.
 * @returns JSON values.
 */
export async function samplesOf(files: readonly SpoolFile[]): Promise<Json[]> {
  const first = files[0]!, last = files.at(-1)!;
  const ends = [{ file: first, frame: first.frames[0]! }, { file: last, frame: last.frames.at(-1)! }];
  const lines = await Promise.all(ends.map(async ({ file, frame }) => (await linesOf(file, frame)).slice(0, SAMPLES)));
  return lines.flat().flatMap((line) => {
    const { v } = JSON.parse(line) as { v?: Json };
    return v === undefined ? [] : [v];
  });
}

/**
 * Runs SQL that judges records; where DuckDB gives up on one of them, the exact check is to decide on all.
 *
 * @param judge Runs the SQL.
 * @returns What it answers; null when DuckDB refused a value, a pattern or the query itself.
 */
export async function unlessRefused<T>(judge: () => Promise<T>): Promise<T | null> {
  try {
    return await judge();
  } catch (cause) {
    if (cause instanceof Error && REFUSAL.test(cause.message)) return null;
    throw cause;
  }
}

const REFUSAL = /^(Invalid Input|Conversion|Out of Range|Binder|Parser) Error/;
