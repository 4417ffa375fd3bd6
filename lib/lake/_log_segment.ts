import type { Store } from "../store/mod.ts";
import { readLastCheckpoint } from "./_last_checkpoint.ts";
import { type Checkpoint, listLog, logFile, type LogFiles, type TableAt } from "./_log_files.ts";

/** What has to be read for one version of a table. */
export interface LogSegment {
  /** Where the replay starts; null when it starts at version 0. */
  checkpoint: Checkpoint | null;
  /** First log file behind the checkpoint. */
  from: number;
  /** The version. */
  to: number;
}

/**
 * Finds what has to be read for a version: the last checkpoint is only a hint, which may be stale or missing, so that
 * the log is listed from it on, or from its start where that does not reach (Delta protocol, "Last Checkpoint File").
 */
export async function findSegment(store: Store, at: TableAt, version?: number): Promise<LogSegment | null> {
  const hint = await readLastCheckpoint(store, at.root);
  if (hint !== null && (version === undefined || version >= hint)) {
    const near = await listLog(store, at.root, hint);
    const segment = near.checkpoints.length ? segmentOf(near, version ?? newestOf(near)) : null;
    if (segment) return segment;
  }
  const log = await listLog(store, at.root);
  const newest = newestOf(log);
  if (newest < 0) return null;
  const to = checkVersion(version ?? newest, newest, at.table);
  return segmentOf(log, to) ?? missing(log, to, at);
}

function newestOf({ commits, checkpoints }: LogFiles): number {
  return Math.max(commits.at(-1)?.version ?? -1, checkpoints.at(-1)?.version ?? -1);
}

function checkVersion(version: number, newest: number, table: string): number {
  if (Number.isSafeInteger(version) && version >= 0 && version <= newest) return version;
  throw new RangeError(`Cannot read table "${table}" at version ${version} as its versions are 0 to ${newest}`);
}

/** The last checkpoint from which log files without a gap lead to the version; null when there is no way to it. */
function segmentOf(log: LogFiles, to: number): LogSegment | null {
  if (to > newestOf(log)) return null;
  const from = firstWithoutGap(log, to);
  const checkpoint = log.checkpoints.findLast((one) => one.version <= to && one.version + 1 >= from) ?? null;
  if (checkpoint) return { checkpoint, from: checkpoint.version + 1, to };
  return from === 0 ? { checkpoint, from, to } : null;
}

function firstWithoutGap({ commits }: LogFiles, to: number): number {
  let from = to + 1;
  for (let i = commits.findLastIndex(({ version }) => version <= to); commits[i]?.version === from - 1; i--) from--;
  return from;
}

function missing(log: LogFiles, to: number, { table, root }: TableAt): never {
  const file = logFile(root, firstWithoutGap(log, to) - 1);
  throw new Error(`Cannot read table "${table}" at version ${to} as log file "${file}" is missing`);
}
