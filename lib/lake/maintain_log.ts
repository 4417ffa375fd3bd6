import type { Store } from "../store/mod.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { readLastCheckpoint } from "./_last_checkpoint.ts";
import { listLog, logFile, type LogFiles } from "./_log_files.ts";
import { pinnedVersions } from "./pinned_versions.ts";
import { removeUnpinned } from "./_removal.ts";
import { retentionMs } from "./_retention.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a maintenance of the log did. */
export interface LogMaintenance {
  /** Version of the checkpoint that was written, or null. */
  checkpoint: number | null;
  /** Number of log files and old checkpoint files that were deleted. */
  deleted: number;
}

const INTERVAL = 100;

/**
 * Keeps the log of a table short, after a commit: every 100 commits (or `delta.checkpointInterval`) it writes a
 * checkpoint, then deletes what is older than 30 days (or `delta.logRetentionDuration`) and not needed for any younger
 * version. It deletes from the start, one after the other, and never the log file of a checkpoint's own version, as
 * readers tell from it that nothing is missing. Pinned versions keep their checkpoints.
 *
 * @param store store that holds the table
 * @param snapshot version that was just committed
 * @param options `now`: milliseconds since 1970
 * @returns what was done
 * @throws {RangeError} when the table needs a newer Delta writer
 * @throws {Error} when the store cannot be written
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { maintainLog } from "./maintain_log.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * if ("snapshot" in outcome) console.assert((await maintainLog(store, outcome.snapshot)).checkpoint === null);
 * ```
 */
export async function maintainLog(
  store: Store,
  snapshot: Snapshot,
  { now = Date.now() }: { now?: number } = {},
): Promise<LogMaintenance> {
  if (!await isDue(store, snapshot)) return { checkpoint: null, deleted: 0 };
  await writeCheckpoint(store, snapshot, { now });
  return { checkpoint: snapshot.version, deleted: await cleanLog(store, snapshot, now) };
}

/** Other writers may have taken the version at which a checkpoint falls due, so it is looked up more often than that. */
async function isDue(store: Store, { root, version, configuration }: Snapshot): Promise<boolean> {
  const interval = Math.max(1, parseInt(configuration["delta.checkpointInterval"] ?? "") || INTERVAL);
  if (version === 0 || version % Math.ceil(interval / 10) !== 0) return false;
  return version - (await readLastCheckpoint(store, root) ?? 0) >= interval;
}

async function cleanLog(store: Store, { table, root, configuration }: Snapshot, now: number): Promise<number> {
  if (configuration["delta.enableExpiredLogCleanup"] === "false") return 0;
  const log = await listLog(store, root);
  const told = await readLastCheckpoint(store, root) ?? -1;
  const first = firstKept(log, told, now - retentionMs(configuration, "delta.logRetentionDuration"));
  const choose = async (): Promise<string[]> => {
    const pinned = new Set(await pinnedVersions(store, table, now)); // each has a checkpoint of its own
    const isGone = ({ version }: { version: number }) => version < first && !pinned.has(version);
    return [
      ...log.commits.filter(isGone).map(({ version }) => logFile(root, version)),
      ...log.checkpoints.filter(isGone).flatMap(({ files }) => files),
    ];
  };
  return first > 0 ? (await removeUnpinned(store, root, choose)).length : 0;
}

/** The last checkpoint that has every younger version behind it, and that readers are told of or of a later one. */
function firstKept({ commits, checkpoints }: LogFiles, told: number, expiredMs: number): number {
  const youngest = commits.find(({ modifiedMs }) => modifiedMs >= expiredMs)?.version ?? Infinity;
  return checkpoints.findLast(({ version }) => version <= youngest && version <= told)?.version ?? 0;
}
