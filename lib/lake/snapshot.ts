import type { Store } from "../store/mod.ts";
import { type Action, type DeletionVector, type MetadataAction, parseActions } from "./action.ts";
import type { Field } from "./field.ts";
import { folderUri, logFile, type TableAt, tableAt } from "./_log_files.ts";
import { findSegment } from "./_log_segment.ts";
import { apply, emptyReplay, type Replay, replayFrom, snapshotOf } from "./_replay.ts";
import type { Protocol } from "./protocol.ts";
import { checkTableName } from "./table_name.ts";

/** A data file that is part of a version of a table. */
export interface LiveFile {
  /** Relative to the table's folder, decoded. */
  path: string;
  /** Size. */
  bytes: number;
  /** Number of rows, without deleted ones; null when the writer of the file left it out. */
  rows: number | null;
  /** Values of the partition columns, as text. */
  partition: Record<string, string | null>;
  /** Delta statistics as the exact JSON text that was written, or null. */
  stats: string | null;
  /** When the file was written, milliseconds since 1970. */
  modifiedMs: number;
  /** Which of its rows are deleted. */
  deletionVector?: DeletionVector;
}

/** A file that was removed from a table, for as long as the log names it; until then it may still be read. */
export interface Tombstone {
  /** When it was removed, milliseconds since 1970; 0 when its remover left it out. */
  deletedMs: number;
  /** Size; null when its remover left it out. */
  bytes: number | null;
  /** Values of the partition columns, as text; null when its remover left them out. */
  partition: Record<string, string | null> | null;
}

/** One version of a table. */
export interface Snapshot {
  /** Name of the table. */
  table: string;
  /** Folder of the table in its store, without a slash at its end; empty when the store is that folder. */
  root: string;
  /** Version, from 0. */
  version: number;
  /** The table's id; it stays when the schema changes. */
  id: string;
  /** Columns in order, partition columns included. */
  schema: Field[];
  /** Names of the partition columns, whose values stand in the log instead of the files. */
  partitionColumns: string[];
  /** The `metaData` action, as it was written. */
  metadata: MetadataAction;
  /** Delta settings of the table. */
  configuration: Readonly<Record<string, string>>;
  /** Versions that readers and writers must understand. */
  protocol: Protocol;
  /** The files that make up the rows, in the order they were added. */
  files: LiveFile[];
  /** Files that were removed and are still named by the log, by path. */
  tombstones: ReadonlyMap<string, Tombstone>;
  /** Last version of each application id. */
  txns: ReadonlyMap<string, number>;
  /** When the version was committed, milliseconds since 1970 by its writer's clock. */
  timestampMs: number;
  /** When this was read from the store, milliseconds since 1970. */
  readAtMs: number;
}

/** One version of a table as a reader needs it: it does not look at the files that were removed, which may be many. */
export type LiveSnapshot = Omit<Snapshot, "tombstones">;

const LIVE_MEMBERS: readonly string[] = ["add", "txn", "protocol", "metaData", "sidecar"];
const ALL_MEMBERS: readonly string[] = [...LIVE_MEMBERS, "remove"];
const PARALLEL_READS = 32;
const STALE_MS = 3_600_000; // a log may be cleaned behind a checkpoint while a version is held for longer

/**
 * Reads one version of a table by replaying its Delta log.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param version version to read; the newest when left out
 * @returns the version; null when there is no such table
 * @throws {RangeError} when the version does not exist, or the table uses Delta features that are not in this version
 * @throws {SyntaxError} when a log file cannot be read, naming file and line
 * @throws {Error} when a log file, the protocol or the metadata is missing
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { readSnapshot } from "./snapshot.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert(await readSnapshot(store, "flights") === null);
 * ```
 */
export async function readSnapshot(store: Store, table: string, version?: number): Promise<Snapshot | null> {
  checkTableName(table);
  return await readSnapshotAt(store, tableAt(table), version);
}

/**
 * Reads one version of a Delta table that lies anywhere in a store, such as one that another program wrote.
 *
 * @param store store that holds the table
 * @param at folder of the table in the store (empty when the store is that folder), and what errors call the table
 * @param version version to read; the newest when left out
 * @returns the version; null when there is no table
 * @throws {RangeError} as `readSnapshot`
 * @throws {SyntaxError} as `readSnapshot`
 * @throws {Error} as `readSnapshot`
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { readSnapshotAt } from "./snapshot.ts";
 * const dir = await Deno.makeTempDir();
 * const store = await openStore({ kind: "directory", dir });
 * console.assert(await readSnapshotAt(store, { table: dir, root: "" }) === null);
 * ```
 */
export async function readSnapshotAt(
  store: Store,
  at: { table: string; root: string },
  version?: number,
): Promise<Snapshot | null> {
  return await readVersion(store, at, version, ALL_MEMBERS);
}

/**
 * Reads what a reader needs of one version of a table, which is less than `readSnapshot` reads.
 *
 * @param store store that holds the table
 * @param at as in `readSnapshotAt`
 * @param version version to read; the newest when left out
 * @returns the version; null when there is no table
 * @throws {RangeError} as `readSnapshot`
 * @throws {SyntaxError} as `readSnapshot`
 * @throws {Error} as `readSnapshot`
 */
export async function readLiveSnapshot(store: Store, at: TableAt, version?: number): Promise<LiveSnapshot | null> {
  const snapshot = await readVersion(store, at, version, LIVE_MEMBERS);
  if (!snapshot) return null;
  const { tombstones: _some, ...live } = snapshot;
  return live;
}

/** Reads a version; of its checkpoint some kinds of actions only. */
async function readVersion(
  store: Store,
  at: TableAt,
  version: number | undefined,
  members: readonly string[],
): Promise<Snapshot | null> {
  const readAtMs = Date.now();
  const segment = await findSegment(store, at, version);
  if (!segment) return null;
  const replay = emptyReplay(at, folderUri(store, at.root));
  if (segment.checkpoint) {
    const { readCheckpoint } = await import("./_read_checkpoint.ts");
    const actions = await readCheckpoint(store, at, segment.checkpoint, members);
    apply(replay, actions, segment.checkpoint.files[0]!);
  }
  await replayLog(store, replay, segment);
  if (segment.from > segment.to) apply(replay, await commitInfoOf(store, at.root, segment.to), "");
  return snapshotOf(replay, segment.to, readAtMs);
}

/**
 * Brings a version up to the newest one, reading only the log files behind it.
 *
 * @param store store that holds the lake
 * @param snapshot any version
 * @returns the newest version; the same object when nothing was committed
 * @throws {RangeError} as `readSnapshot`
 * @throws {SyntaxError} as `readSnapshot`
 * @throws {Error} as `readSnapshot`
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { refreshSnapshot } from "./snapshot.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * if ("snapshot" in outcome) console.assert(await refreshSnapshot(store, outcome.snapshot) === outcome.snapshot);
 * ```
 */
export async function refreshSnapshot(store: Store, snapshot: Snapshot): Promise<Snapshot> {
  const readAtMs = Date.now();
  const first = await readLogFile(store, snapshot.root, snapshot.version + 1);
  if (!first) return await isCleaned(store, snapshot, readAtMs) ? await reread(store, snapshot) : snapshot;
  const replay = replayFrom(snapshot, folderUri(store, snapshot.root));
  let version = snapshot.version;
  for (let actions: Action[] | null = first; actions; actions = await readLogFile(store, snapshot.root, version + 1)) {
    apply(replay, actions, logFile(snapshot.root, ++version));
  }
  return snapshotOf(replay, version, readAtMs, snapshot);
}

/** A checkpoint does not tell when its version was committed. */
async function commitInfoOf(store: Store, root: string, version: number): Promise<Action[]> {
  const actions = await readLogFile(store, root, version) ?? [];
  return actions.flatMap(({ commitInfo }) => commitInfo ? [{ commitInfo }] : []);
}

/** Logs are cleaned from their start, so that a version's own file tells whether later ones can be gone. */
async function isCleaned(store: Store, { root, version, readAtMs }: Snapshot, now: number): Promise<boolean> {
  return now - readAtMs > STALE_MS && !await store.exists(logFile(root, version));
}

async function reread(store: Store, { table, root }: Snapshot): Promise<Snapshot> {
  const snapshot = await readSnapshotAt(store, { table, root });
  if (snapshot) return snapshot;
  throw new Error(`Cannot read table "${table}" as its log has vanished: it was deleted meanwhile`);
}

/**
 * Applies the actions of the next version.
 *
 * @param store store that holds the table
 * @param snapshot version N
 * @param actions actions of version N + 1
 * @param readAtMs when they were read, milliseconds since 1970
 * @returns version N + 1
 * @throws {RangeError} when they use features that are not in this version
 */
export function advance(store: Store, snapshot: Snapshot, actions: readonly Action[], readAtMs: number): Snapshot {
  const version = snapshot.version + 1;
  const replay = replayFrom(snapshot, folderUri(store, snapshot.root));
  apply(replay, actions, logFile(snapshot.root, version));
  return snapshotOf(replay, version, readAtMs, snapshot);
}

/** Reads the actions of one version; null when it has no log file. */
export async function readLogFile(store: Store, root: string, version: number): Promise<Action[] | null> {
  const file = logFile(root, version);
  try {
    const actions = parseActions(await store.get(file), file);
    if (actions.length > 0) return actions;
    throw new SyntaxError(`Cannot read "${file}" as a commit must have actions: it is empty; restore it from a copy`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function replayLog(store: Store, replay: Replay, { from, to }: { from: number; to: number }): Promise<void> {
  const { table, root } = replay.at;
  for (let start = from; start <= to; start += PARALLEL_READS) {
    const count = Math.min(PARALLEL_READS, to + 1 - start);
    const read = await Promise.all(Array.from({ length: count }, (_, i) => readLogFile(store, root, start + i)));
    read.forEach((actions, i) => {
      const file = logFile(root, start + i);
      if (!actions) throw new Error(`Cannot read table "${table}" as log file "${file}" is missing`);
      apply(replay, actions, file);
    });
  }
}
