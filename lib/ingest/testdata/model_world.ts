// A bus and a lake in memory, with the same steps as the real ones; each step is atomic, as those of real backends are.
import { type CommitEffect, type CommitEvent, type CommitIntent, type KnownVersion } from "../../lake/mod.ts";
import { appIdOf, noteIdOf, stopOf } from "../_position.ts";
import { findRepeats, type Numbered, type SeenByProducer } from "../_repeats.ts";
import type { Gap } from "../gap.ts";

export const TOPIC = "t";
export const PARTITIONS = 2;

export interface ModelRecord extends Numbered {
  incarnation: string;
  partition: number;
  /** Whether a reader of the whole partition would keep it: one that no producer has sent before. */
  isKept: boolean;
}

interface ModelPartition {
  records: ModelRecord[];
  /** All that were ever acknowledged, those that the bus has lost included. */
  ever: ModelRecord[];
  /** Whether it has lost its end once. */
  wasSetBack: boolean;
  low: number;
  high: number;
  group: number;
  seen: SeenByProducer;
}

export interface ModelVersion extends KnownVersion {
  files: readonly { path: string }[];
  tombstones: ReadonlySet<string>;
  txns: ReadonlyMap<string, number>;
  schema: number;
  nonce: string;
}

export interface ModelEntry {
  nonce: string;
  txns: Readonly<Record<string, number>>;
  add: readonly string[];
  remove: readonly string[];
  schema?: number;
}

export interface ModelRow {
  incarnation: string;
  partition: number;
  offset: number;
  producer: string;
  sequence: number;
  busTimeMicros: number;
}

export interface World {
  incarnation: string;
  partitions: ModelPartition[];
  /** Topics of the same name that were there before. */
  older: { incarnation: string; partitions: ModelPartition[] }[];
  gaps: Gap[];
  /** JSON files of the log. */
  log: Map<number, ModelEntry>;
  /** What readers see at each version. */
  history: ModelVersion[];
  checkpoint: number;
  /** Parquet files. */
  files: Map<string, readonly ModelRow[]>;
  /** Puts that were timed out and are still on their way. */
  late: (() => void)[];
  nowMs: number;
  names: number;
  sequence: number;
  /** What the machines have been through, to see that the schedules lead everywhere. */
  reached: Set<string>;
}

export function newWorld(): World {
  return {
    incarnation: "i0",
    partitions: newPartitions(),
    older: [],
    gaps: [],
    log: new Map(),
    history: [],
    checkpoint: -1,
    files: new Map(),
    late: [],
    nowMs: 0,
    names: 0,
    sequence: 0,
    reached: new Set(),
  };
}

function newPartitions(): ModelPartition[] {
  return Array.from({ length: PARTITIONS }, () => ({
    records: [],
    ever: [],
    wasSetBack: false,
    low: 0,
    high: 0,
    group: 0,
    seen: new Map(),
  }));
}

/** Deletes the topic, and makes another one of its name. */
export function recreate(world: World): void {
  const { incarnation, partitions, older } = world;
  world.older = [...older, { incarnation, partitions }];
  world.incarnation = `i${older.length + 1}`;
  world.partitions = newPartitions();
}

export function append(world: World, partition: number, producer: string, sequence: number): void {
  const at = world.partitions[partition]!;
  const record = { incarnation: world.incarnation, partition, offset: at.high++, producer, sequence, busTimeMicros: world.nowMs * 1000 };
  const { repeats, seen } = findRepeats(at.seen, [record]);
  at.seen = seen;
  at.records.push({ ...record, isKept: repeats.length === 0 });
  at.ever.push(at.records.at(-1)!);
}

/** Sets a partition back, as a bus that comes from a copy does. */
export function loseEnd(world: World, partition: number): void {
  const at = world.partitions[partition]!, high = Math.max(0, at.high - 1 - world.sequence % 4);
  const records = at.records.filter(({ offset }) => offset < high);
  Object.assign(at, { records, high, wasSetBack: true, low: Math.min(at.low, high), group: Math.min(at.group, high) });
}

export function newest(world: World): ModelVersion | null {
  return world.history.at(-1) ?? null;
}

/** What a reader finds by going on from an older version, one log file after the other. */
export function refreshed(world: World, read: ModelVersion): ModelVersion {
  let version = read;
  for (;;) {
    const entry = world.log.get(version.version + 1);
    if (entry === undefined) return { ...version, readAtMs: world.nowMs };
    const known = world.history[version.version + 1];
    const isSame = known?.nonce === entry.nonce && world.history[version.version]?.nonce === version.nonce;
    version = isSame ? known! : advanced(version, entry, world.nowMs);
  }
}

export function advanced(before: ModelVersion | null, entry: ModelEntry, nowMs: number): ModelVersion {
  const gone = new Set(entry.remove);
  return {
    version: (before?.version ?? -1) + 1,
    readAtMs: nowMs,
    files: [...(before?.files ?? []).filter(({ path }) => !gone.has(path)), ...entry.add.map((path) => ({ path }))],
    tombstones: new Set([...before?.tombstones ?? [], ...entry.remove]),
    txns: new Map([...before?.txns ?? [], ...Object.entries(entry.txns)]),
    schema: entry.schema ?? before?.schema ?? 0,
    nonce: entry.nonce,
  };
}

/** Puts a log file if there is none; what lies behind a checkpoint is a file that no reader looks at. */
export function put(world: World, version: number, entry: ModelEntry): boolean {
  if (world.log.has(version)) return false;
  const next = world.history.length;
  if (version > next) throw new Error(`Cannot put version ${version} as the next one is ${next}`);
  world.log.set(version, entry);
  if (version === next) {
    world.history.push(advanced(newest(world), entry, world.nowMs));
    checkVersion(world);
  }
  return true;
}

export function performCommit(
  world: World,
  { intent, entry }: { intent: CommitIntent; entry: ModelEntry },
  read: ModelVersion | null,
  effect: CommitEffect,
): CommitEvent<ModelVersion> {
  switch (effect) {
    case "put":
      return { was: "put", taken: put(world, intent.version, entry) };
    case "entry":
      return { was: "entry", nonce: world.log.get(intent.version)?.nonce ?? null };
    case "checkpoint":
      return { was: "checkpoint", version: world.checkpoint };
    case "newest":
      return { was: "newest", snapshot: readNewest(world) };
    case "refresh":
      return { was: "newest", snapshot: read === null ? readNewest(world) : refreshed(world, read) };
  }
}

export function readNewest(world: World): ModelVersion | null {
  const found = newest(world);
  return found && { ...found, readAtMs: world.nowMs };
}

export function rowsOf(world: World, { files }: ModelVersion): ModelRow[] {
  return files.flatMap(({ path }) => {
    const rows = world.files.get(path);
    if (rows === undefined) throw new Error(`Cannot read "${path}" as a live file must be there: it was deleted`);
    return rows;
  });
}

/** Every version holds each record below its positions once, and none behind them; positions never go back. */
export function checkVersion(world: World): void {
  const version = newest(world)!, before = world.history.at(-2);
  const rows = rowsOf(world, version);
  for (const [appId, to] of before?.txns ?? []) {
    if (appId.startsWith("gap-from/")) continue; // tells where a bus ended, which may be anywhere
    if ((version.txns.get(appId) ?? -1) < to) throw new Error(`Cannot go back as "${appId}" was at ${to}`);
  }
  if (before !== undefined) checkStops(world, before, version);
  for (const topic of [...world.older, world]) {
    for (const partition of topic.partitions.keys()) checkPartition(version, rows, topic, partition);
  }
}

/** A person lets go on what stands still, or would. */
export function resume(world: World, partition: number): void {
  const position = positionOf(world, newest(world), partition), { length } = world.history;
  const isStopped = stopOf(newest(world), TOPIC, world.incarnation, partition) !== null;
  if (!isStopped && world.partitions[partition]!.high >= position) return;
  const txns = { [noteIdOf("resumed", TOPIC, world.incarnation, partition)]: position };
  put(world, length, { nonce: `resume${length}`, txns, add: [], remove: [] });
  world.reached.add("resumed");
}

/** Once a partition is marked, its position stays until a person lets it go on. */
function checkStops(world: World, before: ModelVersion, version: ModelVersion): void {
  for (const partition of world.partitions.keys()) {
    const isMarked = stopOf(before, TOPIC, world.incarnation, partition) !== null;
    const [from, to] = [before, version].map((each) => positionOf(world, each, partition));
    if (isMarked && from !== to) throw new Error(`Cannot go on as partition ${partition} must stand still at ${from}: got ${to}`);
  }
}

function checkPartition(
  version: ModelVersion,
  rows: readonly ModelRow[],
  { incarnation, partitions }: Pick<World, "incarnation" | "partitions">,
  partition: number,
): void {
  const position = version.txns.get(appIdOf(TOPIC, incarnation, partition)) ?? 0;
  if (partitions[partition]!.wasSetBack) return checkSetBack(version, rows, partitions[partition]!, partition, position);
  const expected = partitions[partition]!.records.filter(({ offset, isKept }) => isKept && offset < position);
  const found = rows.filter((row) => row.partition === partition && row.incarnation === incarnation);
  const [wanted, got] = [expected, found].map((each) => each.map(({ offset }) => offset).sort((a, b) => a - b).join());
  if (wanted === got) return;
  throw new Error(
    `Cannot hold partition ${partition} up to ${position} as version ${version.version} must have offsets ` +
      `[${wanted}]: it has [${got}]`,
  );
}

/** Each offset is there once, with a record that was acknowledged there. */
function checkSetBack(
  version: ModelVersion,
  rows: readonly ModelRow[],
  { ever }: ModelPartition,
  partition: number,
  position: number,
): void {
  const found = rows.filter((row) => row.partition === partition).sort((a, b) => a.offset - b.offset);
  const isWhole = found.length === position && found.every(({ offset, sequence }, i) =>
    offset === i && ever.some((record) => record.offset === offset && record.sequence === sequence)
  );
  if (isWhole) return;
  throw new Error(
    `Cannot hold partition ${partition} up to ${position} as version ${version.version} must have each offset of what was ` +
      `acknowledged: it has [${found.map(({ offset }) => offset)}]`,
  );
}

/** What was promised to the bus is in the lake. */
export function checkBus(world: World): void {
  if (world.older.length > 0) return; // a group's offset is kept by the topic's name
  for (const [partition, { low, group }] of world.partitions.entries()) {
    const position = positionOf(world, newest(world), partition);
    if (low <= position && group <= position) continue;
    throw new Error(`Cannot keep partition ${partition} as low ${low} and group ${group} must be in the lake: it has ${position}`);
  }
}

export function positionOf(world: World, version: ModelVersion | null, partition: number): number {
  return version?.txns.get(appIdOf(TOPIC, world.incarnation, partition)) ?? 0;
}
