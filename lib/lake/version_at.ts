import type { Store } from "../store/mod.ts";
import { listLog, tableAt } from "./_log_files.ts";
import { timeOf } from "./_replay.ts";
import { readLogFile } from "./snapshot.ts";

/**
 * Finds the newest version of a table that was committed until a time, by its writers' clocks; a commit that is dated
 * before the one before it counts as that one's.
 *
 * @param store store that holds the lake
 * @param at folder of the table, and what errors call it
 * @param timeMs milliseconds since 1970
 * @returns the version; null when there is no such table
 * @throws {RangeError} when all versions that the log still tells of are younger
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { versionAt } from "./version_at.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert(await versionAt(store, "flights", Date.now()) === null);
 * ```
 */
export async function versionAt(
  store: Store,
  table: string | { table: string; root: string },
  timeMs: number,
): Promise<number | null> {
  const at = typeof table === "string" ? tableAt(table) : table;
  const { commits } = await listLog(store, at.root);
  if (commits.length === 0) return null;
  let low = 0, high = commits.length; // all commits before `low` are not younger, all from `high` on are
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await committedMs(store, at.root, commits[middle]!) <= timeMs) low = middle + 1;
    else high = middle;
  }
  if (low > 0) return commits[low - 1]!.version;
  throw new RangeError(
    `Cannot read table "${at.table}" as of ${new Date(timeMs).toISOString()} as its log begins with version ${
      commits[0]!.version
    } of ${new Date(await committedMs(store, at.root, commits[0]!)).toISOString()}`,
  );
}

/** As its writer says; when it was put, for one that does not. */
async function committedMs(
  store: Store,
  root: string,
  { version, modifiedMs }: { version: number; modifiedMs: number },
): Promise<number> {
  const actions = await readLogFile(store, root, version) ?? [];
  const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo;
  return (info && timeOf(info)) ?? modifiedMs;
}
