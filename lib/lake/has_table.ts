import type { Lake } from "./open_lake.ts";

/**
 * Tells whether a lake has a table, its topic's tail on the bus counted.
 *
 * @param lake an open lake
 * @param name name of the table
 * @returns whether a SELECT may name it
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { hasTable } from "./has_table.ts";
 * import { openLake } from "./open_lake.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * if (await hasTable(lake, "label")) throw new Error("unexpected");
 * ```
 */
export async function hasTable(lake: Pick<Lake, "scans">, name: string): Promise<boolean> {
  try {
    await lake.scans(`SELECT 1 FROM ${name}`);
    return true;
  } catch (error) {
    if (error instanceof RangeError && error.message.includes("as the lake has none of that name")) return false;
    throw error;
  }
}
