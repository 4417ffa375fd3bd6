import type { Store } from "../store/mod.ts";
import { type Action, type AddAction, type MetadataAction, parseActions, type RemoveAction } from "./action.ts";
import { type Field, parseSchema } from "./field.ts";
import { listLog, logFile, type LogFiles, tableRoot } from "./_log_files.ts";
import { checkReadable, checkSettings, type Protocol } from "./protocol.ts";
import { checkTableName } from "./table_name.ts";

/** A data file that is part of a version of a table. */
export interface LiveFile {
  /** Relative to the table's folder. */
  path: string;
  /** Size. */
  bytes: number;
  /** Number of rows; null when the writer of the file left it out. */
  rows: number | null;
  /** Values of the partition columns, as text. */
  partition: Record<string, string | null>;
  /** Delta statistics as the exact JSON text that was written, or null. */
  stats: string | null;
  /** When the file was written, milliseconds since 1970. */
  modifiedMs: number;
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

/** What a replay of actions builds up. */
export interface Replay {
  protocol: Protocol | null;
  metadata: MetadataAction | null;
  files: Map<string, LiveFile>;
  tombstones: Map<string, Tombstone>;
  txns: Map<string, number>;
  timestampMs: number;
}

const PARALLEL_READS = 32;

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
  const readAtMs = Date.now();
  const log = await listLog(store, table);
  const newest = Math.max(log.versions.at(-1) ?? -1, log.checkpoints.at(-1)?.version ?? -1);
  if (newest < 0) return null;
  const target = checkVersion(version ?? newest, newest, table);
  const start = startOf(log, target, table);
  const replay = start.checkpoint ? await readCheckpoint(store, start.checkpoint, table) : emptyReplay();
  await replayLog(store, table, replay, start.from, target);
  return snapshotOf(table, target, replay, readAtMs);
}

/**
 * Brings a version up to the newest one, reading only the log files behind it.
 *
 * @param store store that holds the lake
 * @param snapshot version read within the last hour
 * @returns the newest version; the same object when nothing was committed
 * @throws {RangeError} as `readSnapshot`
 * @throws {SyntaxError} as `readSnapshot`
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
  let current = snapshot;
  for (;;) {
    const actions = await readLogFile(store, current.table, current.version + 1);
    if (!actions) return current;
    current = advance(current, actions, Date.now());
  }
}

/**
 * Applies the actions of the next version.
 *
 * @param snapshot version N
 * @param actions actions of version N + 1
 * @param readAtMs when they were read, milliseconds since 1970
 * @returns version N + 1
 * @throws {RangeError} when they use features that are not in this version
 */
export function advance(snapshot: Snapshot, actions: readonly Action[], readAtMs: number): Snapshot {
  const replay: Replay = {
    protocol: snapshot.protocol,
    metadata: null,
    files: new Map(snapshot.files.map((file) => [file.path, file])),
    tombstones: new Map(snapshot.tombstones),
    txns: new Map(snapshot.txns),
    timestampMs: snapshot.timestampMs,
  };
  apply(replay, actions, snapshot.table, logFile(snapshot.table, snapshot.version + 1));
  const next = { ...snapshot, ...stateOf(replay), version: snapshot.version + 1, readAtMs };
  if (!replay.metadata) return { ...next, protocol: checked(replay.protocol!, snapshot.table) };
  return snapshotOf(snapshot.table, next.version, replay, readAtMs);
}

/** Reads the actions of one version; null when it has no log file. */
export async function readLogFile(store: Store, table: string, version: number): Promise<Action[] | null> {
  const file = logFile(table, version);
  try {
    return parseActions(await store.get(file), file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function checkVersion(version: number, newest: number, table: string): number {
  if (Number.isSafeInteger(version) && version >= 0 && version <= newest) return version;
  throw new RangeError(`Cannot read table "${table}" at version ${version} as its versions are 0 to ${newest}`);
}

/** The checkpoint and the first log file that a replay up to `target` needs. */
function startOf(
  log: LogFiles,
  target: number,
  table: string,
): { checkpoint?: LogFiles["checkpoints"][0]; from: number } {
  const present = new Set(log.versions);
  let from = target + 1;
  while (present.has(from - 1)) from--;
  if (from === 0) return { from };
  const checkpoint = log.checkpoints.findLast((one) => one.version <= target && one.version + 1 >= from);
  if (checkpoint) return { checkpoint, from: checkpoint.version + 1 };
  const foreign = log.foreign.findLast((name) => parseInt(name) <= target && parseInt(name) + 1 >= from);
  if (foreign) {
    throw new RangeError(
      `Cannot read table "${table}" as V2 checkpoints are not in this version: its log starts at "${foreign}"`,
    );
  }
  throw new Error(
    `Cannot read table "${table}" at version ${target} as log file "${logFile(table, from - 1)}" is missing`,
  );
}

function emptyReplay(): Replay {
  return { protocol: null, metadata: null, files: new Map(), tombstones: new Map(), txns: new Map(), timestampMs: 0 };
}

async function readCheckpoint(store: Store, checkpoint: LogFiles["checkpoints"][0], table: string): Promise<Replay> {
  const { readCheckpointActions } = await import("./_checkpoint.ts");
  const replay = emptyReplay();
  for (const file of checkpoint.files) apply(replay, await readCheckpointActions(store, file), table, file);
  return replay;
}

async function replayLog(store: Store, table: string, replay: Replay, from: number, to: number): Promise<void> {
  for (let start = from; start <= to; start += PARALLEL_READS) {
    const count = Math.min(PARALLEL_READS, to + 1 - start);
    const read = await Promise.all(Array.from({ length: count }, (_, i) => readLogFile(store, table, start + i)));
    read.forEach((actions, i) => {
      const file = logFile(table, start + i);
      if (!actions) throw new Error(`Cannot read table "${table}" as log file "${file}" is missing`);
      apply(replay, actions, table, file);
    });
  }
}

function apply(replay: Replay, actions: readonly Action[], table: string, file: string): void {
  for (const { add, remove, txn, protocol, metaData, commitInfo } of actions) {
    if (protocol) replay.protocol = protocol;
    if (metaData) replay.metadata = metaData;
    if (txn) replay.txns.set(txn.appId, txn.version);
    replay.timestampMs = commitInfo?.timestamp ?? replay.timestampMs;
    if (remove) {
      const path = checkDataPath(remove.path, file);
      replay.files.delete(path);
      replay.tombstones.set(path, tombstone(remove));
    }
    if (add) {
      const live = liveFile(add, table, file);
      replay.tombstones.delete(live.path);
      replay.files.delete(live.path);
      replay.files.set(live.path, live);
    }
  }
}

function tombstone(remove: RemoveAction): Tombstone {
  return {
    deletedMs: remove.deletionTimestamp ?? 0,
    bytes: remove.size ?? null,
    partition: remove.partitionValues ?? null,
  };
}

function liveFile(add: AddAction, table: string, file: string): LiveFile {
  if (add.deletionVector !== undefined && add.deletionVector !== null) {
    throw new RangeError(
      `Cannot read table "${table}" as deletion vectors are not in this version: "${file}" adds one for "${add.path}"; purge them with the program that wrote them`,
    );
  }
  return {
    path: checkDataPath(add.path, file),
    bytes: add.size,
    rows: rowsOfStats(add.stats ?? null),
    partition: add.partitionValues ?? {},
    stats: add.stats ?? null,
    modifiedMs: add.modificationTime,
  };
}

/** Readers differ in how they decode a path, so only such are taken that need no decoding. */
function checkDataPath(path: string, file: string): string {
  const decoded = path.includes("%") ? decodePath(path) : path;
  const isPlain = /^[A-Za-z0-9._=/-]+$/.test(decoded) &&
    !decoded.split("/").some((part) => part === ".." || part === "");
  if (isPlain) return decoded;
  throw new RangeError(
    `Cannot read "${file}" as the path of a data file must be relative and of A-Z a-z 0-9 . _ = / -: got ${
      JSON.stringify(path)
    }`,
  );
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray % is refused with the other characters
  }
}

function rowsOfStats(stats: string | null): number | null {
  const match = stats === null ? null : /"numRecords"\s*:\s*(\d+)/.exec(stats);
  return match ? Number(match[1]) : null;
}

function stateOf(replay: Replay): Pick<Snapshot, "files" | "tombstones" | "txns" | "timestampMs"> {
  const { files, tombstones, txns, timestampMs } = replay;
  return { files: [...files.values()], tombstones, txns, timestampMs };
}

function snapshotOf(table: string, version: number, replay: Replay, readAtMs: number): Snapshot {
  const { protocol, metadata } = replay;
  if (!protocol || !metadata) {
    throw new Error(
      `Cannot read table "${table}" at version ${version} as its log must hold ${
        protocol ? "metaData" : "a protocol"
      }: none up to "${logFile(table, version)}"`,
    );
  }
  checkSettings(metadata, table);
  return {
    table,
    root: tableRoot(table),
    version,
    metadata,
    id: metadata.id,
    schema: parseSchema(metadata.schemaString, logFile(table, version)),
    partitionColumns: [...metadata.partitionColumns ?? []],
    configuration: settingsOf(metadata),
    protocol: checked(protocol, table),
    ...stateOf(replay),
    readAtMs,
  };
}

function checked(protocol: Protocol, table: string): Protocol {
  checkReadable(protocol, table);
  return protocol;
}

function settingsOf({ configuration }: MetadataAction): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration ?? {}).map(([name, value]) => [name, value ?? ""]));
}
