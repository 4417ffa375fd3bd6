import type { Action, AddAction, CommitInfo, MetadataAction, RemoveAction } from "./action.ts";
import { decodeDataPath } from "./_data_path.ts";
import { parseSchema } from "./field.ts";
import { logFile, type TableAt } from "./_log_files.ts";
import { checkReadable, checkSettings, type Protocol } from "./protocol.ts";
import type { LiveFile, Snapshot, Tombstone } from "./snapshot.ts";

/** What a replay of actions builds up (Delta protocol, "Action Reconciliation"). */
export interface Replay {
  at: TableAt;
  /** URI of the table's folder. */
  folder: string;
  protocol: Protocol | null;
  metadata: MetadataAction | null;
  files: Map<string, LiveFile>;
  tombstones: Map<string, Tombstone>;
  txns: Map<string, number>;
  timestampMs: number;
}

export function emptyReplay(at: TableAt, folder: string): Replay {
  return {
    at,
    folder,
    protocol: null,
    metadata: null,
    files: new Map(),
    tombstones: new Map(),
    txns: new Map(),
    timestampMs: 0,
  };
}

/** Goes on from a version. */
export function replayFrom(snapshot: Snapshot, folder: string): Replay {
  return {
    at: { table: snapshot.table, root: snapshot.root },
    folder,
    protocol: snapshot.protocol,
    metadata: snapshot.metadata,
    files: new Map(snapshot.files.map((file) => [file.path, file])),
    tombstones: new Map(snapshot.tombstones),
    txns: new Map(snapshot.txns),
    timestampMs: snapshot.timestampMs,
  };
}

/**
 * Applies the actions of one version, or of one whole checkpoint. Their order within it means nothing: a file that is
 * removed and added in one version, as when rows of it are deleted, is live.
 */
export function apply(replay: Replay, actions: readonly Action[], file: string): void {
  for (const { remove } of actions) if (remove) applyRemove(replay, remove, file);
  for (const { add, txn, protocol, metaData, commitInfo } of actions) {
    if (add) applyAdd(replay, add, file);
    if (txn) replay.txns.set(txn.appId, txn.version);
    if (protocol) replay.protocol = protocol;
    if (metaData) replay.metadata = metaData;
    if (commitInfo) replay.timestampMs = timeOf(commitInfo) ?? replay.timestampMs;
  }
}

/** When a version was committed, milliseconds since 1970; null when its writer left it out. */
export function timeOf({ inCommitTimestamp, timestamp }: CommitInfo): number | null {
  return inCommitTimestamp ?? timestamp ?? null;
}

function applyRemove({ files, tombstones, folder }: Replay, remove: RemoveAction, file: string): void {
  const path = decodeDataPath(remove.path, folder, file);
  files.delete(path);
  tombstones.set(path, {
    deletedMs: remove.deletionTimestamp ?? 0,
    bytes: remove.size ?? null,
    partition: remove.partitionValues ?? null,
  });
}

function applyAdd({ files, tombstones, folder }: Replay, add: AddAction, file: string): void {
  const path = decodeDataPath(add.path, folder, file);
  tombstones.delete(path);
  files.delete(path); // the newest stands last
  files.set(path, {
    path,
    bytes: add.size,
    rows: rowsOf(add),
    partition: add.partitionValues ?? {},
    stats: add.stats ?? null,
    modifiedMs: add.modificationTime,
    ...(add.deletionVector ? { deletionVector: add.deletionVector } : {}),
  });
}

function rowsOf({ stats, deletionVector }: AddAction): number | null {
  const match = /"numRecords"\s*:\s*(\d+)/.exec(stats ?? "");
  return match ? Number(match[1]) - (deletionVector?.cardinality ?? 0) : null;
}

/** Finishes a replay. What `before` has in common with it is not read again. */
export function snapshotOf(replay: Replay, version: number, readAtMs: number, before?: Snapshot): Snapshot {
  const { protocol, metadata, at, files, tombstones, txns, timestampMs } = replay;
  if (!protocol || !metadata) return incomplete(replay, version);
  if (protocol !== before?.protocol) checkReadable(protocol, at.table);
  const state = { version, protocol, files: [...files.values()], tombstones, txns, timestampMs, readAtMs };
  if (before && metadata === before.metadata) return { ...before, ...state };
  checkSettings(metadata, at.table);
  return {
    table: at.table,
    root: at.root,
    id: metadata.id,
    metadata,
    schema: parseSchema(metadata.schemaString, logFile(at.root, version)),
    partitionColumns: [...metadata.partitionColumns ?? []],
    configuration: settingsOf(metadata),
    ...state,
  };
}

function incomplete({ at, protocol }: Replay, version: number): never {
  throw new Error(
    `Cannot read table "${at.table}" at version ${version} as its log must hold ${
      protocol ? "metaData" : "a protocol"
    }: none up to "${logFile(at.root, version)}"`,
  );
}

function settingsOf({ configuration }: MetadataAction): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration ?? {}).map(([name, value]) => [name, value ?? ""]));
}
