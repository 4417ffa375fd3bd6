import type { Store } from "../store/mod.ts";
import { listLog } from "./_log_files.ts";
import { pinnedVersions } from "./pinned_versions.ts";
import { removeUnpinned } from "./_removal.ts";
import { ORPHAN_MS, retentionMs } from "./_retention.ts";
import { readLogFile, readSnapshot, type Snapshot } from "./snapshot.ts";
import { checkTableName } from "./table_name.ts";

/** How a table is vacuumed. */
export interface VacuumOptions {
  /**
   * How long a removed file is kept for those who still read an older version.
   * @default 168
   */
  retentionHours?: number;
  /** Only tells what would be deleted. */
  dryRun?: boolean;
}

/** What a vacuum did. */
export interface Vacuumed {
  /** Paths of the deleted files, relative to the table's folder. */
  deleted: string[];
  /** Their size. */
  bytes: number;
  /** Pinned versions whose files were kept. */
  pinned: number[];
}

const HOUR_MS = 3_600_000;

/**
 * Deletes data files that no version needs any more: those removed longer ago than the retention, and those that a writer
 * left behind without a commit. Files of the newest version and of pinned ones stay; a pin that is saved meanwhile is
 * kept or refused.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param options retention, dry run
 * @returns what was deleted
 * @throws {RangeError} when there is no such table, or the retention is below 0
 * @throws {Error} when a pinned version cannot be read any more
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { vacuum } from "./vacuum.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * console.assert((await vacuum(store, "flights")).deleted.length === 0);
 * ```
 */
export async function vacuum(
  store: Store,
  table: string,
  { retentionHours = 168, dryRun = false }: VacuumOptions = {},
): Promise<Vacuumed> {
  checkTableName(table);
  if (!(retentionHours >= 0)) {
    throw new RangeError(`Cannot vacuum table "${table}" as retentionHours must be 0 or more: got ${retentionHours}`);
  }
  const now = Date.now();
  const listed = await Array.fromAsync(store.list(`tables/${table}/`)); // before the log, which names what is added next
  const newest = await readSnapshot(store, table);
  if (!newest) throw new RangeError(`Cannot vacuum table "${table}" as the lake has none of that name`);
  const retention = retentionHours * HOUR_MS;
  const removed = await removalTimes(store, newest, now - retention);
  const sizes = new Map(listed.map(({ path, bytes }) => [path, bytes]));
  const inTable = (path: string) => path.slice(newest.root.length + 1);
  const old = listed
    .filter(({ path, modifiedMs }) =>
      isDataFile(inTable(path)) && isExpired(removed.get(inTable(path)), modifiedMs, now, retention)
    ).map(({ path }) => path);
  let pinned: number[] = [];
  const choose = async () => {
    const needs = await neededFiles(store, newest, now);
    pinned = needs.pinned;
    return old.filter((path) => !needs.needed.has(inTable(path)));
  };
  const gone = dryRun ? await choose() : await removeUnpinned(store, newest.root, choose);
  return { deleted: gone.map(inTable), bytes: gone.reduce((sum, path) => sum + sizes.get(path)!, 0), pinned };
}

/** A removal whose time is not told counts from when the file was written. */
function isExpired(removedMs: number | undefined, modifiedMs: number, now: number, retention: number): boolean {
  if (removedMs === undefined) return modifiedMs < now - Math.max(retention, ORPHAN_MS);
  return (removedMs || modifiedMs) <= now - retention;
}

async function neededFiles(
  store: Store,
  newest: Snapshot,
  now: number,
): Promise<{ pinned: number[]; needed: Set<string> }> {
  const pinned = await pinnedVersions(store, newest.table, now);
  const needed = new Set(newest.files.map(({ path }) => path));
  for (const version of pinned) {
    const { files } = await readPinned(store, newest.table, version);
    for (const { path } of files) needed.add(path);
  }
  return { pinned, needed };
}

async function readPinned(store: Store, table: string, version: number): Promise<Snapshot> {
  try {
    return (await readSnapshot(store, table, version))!;
  } catch (cause) {
    throw new Error(
      `Cannot vacuum table "${table}" as its pinned version ${version} cannot be read: ${
        (cause as Error).message
      }; remove the pin`,
      { cause },
    );
  }
}

/** Checkpoints forget removals after a while of their own; a longer retention looks into the log behind them. */
async function removalTimes(store: Store, newest: Snapshot, sinceMs: number): Promise<Map<string, number>> {
  const removed = new Map([...newest.tombstones].map(([path, { deletedMs }]) => [path, deletedMs]));
  const known = Date.now() - retentionMs(newest.configuration, "delta.deletedFileRetentionDuration");
  if (sinceMs >= known) return removed;
  const { commits } = await listLog(store, newest.root);
  for (const { version, modifiedMs } of commits) {
    if (modifiedMs < sinceMs) continue;
    for (const { remove } of await readLogFile(store, newest.root, version) ?? []) {
      if (remove && !removed.has(remove.path)) removed.set(remove.path, remove.deletionTimestamp ?? modifiedMs);
    }
  }
  return removed;
}

/** Names that begin with a dot or an underscore belong to the log, to writers at work, or to other programs. */
function isDataFile(path: string): boolean {
  return path.split("/").every((part) => !/^[._]/.test(part));
}
