import type { Store } from "../store/mod.ts";
import { readSnapshot } from "./snapshot.ts";

/** The table of pins. It is partitioned by all that a reader of the log alone must know: id, table, version, until. */
export const PINS_TABLE = "boathouse_pins";

/**
 * Tells which versions of a table are pinned, from the log of the pins alone: whatever removes data files or log entries
 * keeps what these need.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param now milliseconds since 1970; pins that end before do not count
 * @returns versions, ascending
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { pinnedVersions } from "./pinned_versions.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert((await pinnedVersions(store, "route_delay")).length === 0);
 * ```
 */
export async function pinnedVersions(store: Store, table: string, now: number = Date.now()): Promise<number[]> {
  const pins = await readSnapshot(store, PINS_TABLE);
  const versions = (pins?.files ?? [])
    .filter(({ partition }) => partition.table === table && !(Date.parse(partition.until ?? "") < now))
    .map(({ partition }) => Number(partition.version));
  return [...new Set(versions)].sort((a, b) => a - b);
}
