import { dirname, join } from "node:path";
import { z } from "zod";
import { sha256 } from "../../lib/events/mod.ts";

const schema = z.record(z.string(), z.number().min(0));

/**
 * Reads how long the cells of a notebook took the last time.
 *
 * @param folder absolute folder of such records
 * @param file the notebook's path from the root
 * @returns milliseconds by cell; none where nothing is on record
 */
export async function readDurations(folder: string, file: string): Promise<Record<string, number>> {
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(recordOf(folder, file))));
  } catch {
    return {}; // it only makes a guess better
  }
}

/**
 * Keeps how long the cells of a notebook took.
 *
 * @param folder absolute folder of such records
 * @param file the notebook's path from the root
 * @param cells what came of its cells; those that did not run to their end keep what is on record
 * @throws {Error} when the folder cannot be written to
 */
export async function keepDurations(
  folder: string,
  file: string,
  cells: readonly { id: string; status: string; ms: number }[],
): Promise<void> {
  const before = await readDurations(folder, file);
  const took = cells.flatMap(({ id, status, ms }) => {
    const known = status === "ok" ? Math.round(ms) : before[id];
    return known === undefined ? [] : [[id, known]];
  });
  const record = recordOf(folder, file);
  const temporary = `${record}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  await Deno.mkdir(dirname(record), { recursive: true });
  await Deno.writeTextFile(temporary, JSON.stringify(Object.fromEntries(took)));
  await Deno.rename(temporary, record);
}

function recordOf(folder: string, file: string): string {
  return join(folder, `${sha256(file).slice(0, 32)}.json`);
}
