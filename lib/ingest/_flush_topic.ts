import type { Bus, TopicInfo } from "../bus/mod.ts";
import { readSnapshot, type Snapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { appIdOf, commitParts, type CommittedParts } from "./_commit_parts.ts";
import type { Engine } from "./_engine.ts";
import { removeParts, type SealedPart, sealPart } from "./_spool.ts";
import { explainGap, findGap, type Gap, reportGap } from "./gap.ts";
import type { TopicSchema } from "./topic_schema.ts";

const GROUP = "lake"; // what it has committed may be truncated
const MAX_BYTES = 64 * 1024 * 1024; // of frames per commit

/** What became of a partition's new records. */
export interface IngestReport {
  /** Name of the topic. */
  topic: string;
  /** The partition. */
  partition: number;
  /** First offset that this call moved. */
  from: number;
  /** Offset that it ended before. */
  to: number;
  /** Records that fit. */
  rows: number;
  /** Records that do not. */
  rejected: number;
  /** Version of the table that holds them; null when nothing was moved. */
  version: number | null;
  /** Why the partition stands still; absent where all is well. */
  stopped?: string;
}

/** How far a flush is. */
export interface IngestProgress {
  /** Name of the topic. */
  topic: string;
  /** Records moved so far. */
  done: number;
  /** Records that there were to move at its start. */
  total: number;
}

/** One topic, and what its records pass through. */
export interface TopicFlush {
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake. */
  store: Store;
  /** The workbench's signing key. */
  key: string;
  /** DuckDB and a folder. */
  engine: Engine;
  /** The topic. */
  info: TopicInfo;
  /** What its events must look like; null takes any text. */
  schema: TopicSchema | null;
  /** Is told how far it is. */
  onProgress?: (progress: IngestProgress) => void;
}

/**
 * Moves what is on a topic now.
 *
 * @param flush The topic.
 * @returns One report per partition that had something to move, or stands still.
 */
export async function flushTopic(flush: TopicFlush): Promise<IngestReport[]> {
  const { bus, info: { topic }, onProgress } = flush;
  const ends = new Map((await bus.positions(topic)).map(({ partition, high }) => [partition, high]));
  let reports: ReadonlyMap<number, IngestReport> = new Map();
  let total: number | undefined, done = 0;
  for (;;) {
    const places = await placesOf(flush);
    reports = await withGaps(flush, reports, places);
    await forward(bus, topic, places);
    const open = places.flatMap(({ partition, committed, gap }) => {
      const to = ends.get(partition) ?? 0;
      return gap === null && committed < to ? [{ partition, from: committed, to }] : [];
    });
    total ??= open.reduce((sum, { from, to }) => sum + to - from, 0);
    if (open.length === 0) return [...reports.values()];
    const moved = await moveOnce(flush, open);
    for (const report of moved) {
      reports = withReport(reports, report);
      done += report.to - report.from;
    }
    onProgress?.({ topic, done, total });
  }
}

interface Span {
  partition: number;
  from: number;
  to: number;
}

/** Seals and commits the beginning of each span; what others commit meanwhile is left to the next look. */
async function moveOnce(
  { bus, store, engine, info, schema }: TopicFlush,
  open: readonly Span[],
): Promise<IngestReport[]> {
  const { topic, incarnation } = info;
  const parts: SealedPart[] = [];
  try {
    for (const span of open) {
      const part = await sealOrSkip(
        store,
        topic,
        incarnation,
        span,
        () => sealPart(bus, { topic, ...span, maxBytes: MAX_BYTES / open.length }, engine.dir),
      );
      if (part) parts.push(part);
    }
    const target = { table: topic, connection: engine.connection, store, dir: engine.dir };
    const committed = await commitParts(target, { incarnation, schema }, parts);
    return committed === null ? [] : reportsOf(topic, committed);
  } finally {
    await removeParts(parts);
  }
}

/** Another process may commit and truncate between a look and the read: then there is nothing to read here. */
async function sealOrSkip(
  store: Store,
  topic: string,
  incarnation: string,
  { partition, from }: Span,
  seal: () => Promise<SealedPart>,
): Promise<SealedPart | null> {
  try {
    return await seal();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    if (committedOf(await readSnapshot(store, topic), topic, incarnation, partition) === from) throw cause;
    return null;
  }
}

function reportsOf(topic: string, { parts, rejected: unfit, snapshot }: CommittedParts): IngestReport[] {
  return parts.map(({ partition, from, to }) => {
    const rejected = unfit.get(partition) ?? 0;
    return { topic, partition, from, to, rows: to - from - rejected, rejected, version: snapshot.version };
  });
}

interface Place {
  partition: number;
  /** Offset that the lake has the partition up to. */
  committed: number;
  gap: Gap | null;
}

async function placesOf({ bus, store, info: { topic, incarnation } }: TopicFlush): Promise<Place[]> {
  // Another process may commit and truncate meanwhile: the low watermark must be older than the snapshot, the high one newer.
  const before = await bus.positions(topic);
  const snapshot = await readSnapshot(store, topic);
  const after = await bus.positions(topic);
  return before.map(({ partition, low }, index) => {
    const { high } = after[index]!;
    const committed = committedOf(snapshot, topic, incarnation, partition);
    const ended = olderTopic(snapshot, topic, incarnation, partition);
    return { partition, committed, gap: findGap({ topic, incarnation, partition, committed, low, high, ended }) };
  });
}

function committedOf(snapshot: Snapshot | null, topic: string, incarnation: string, partition: number): number {
  return snapshot?.txns.get(appIdOf(topic, incarnation, partition)) ?? 0;
}

/** A topic of the same name that the table was filled from before. */
function olderTopic(snapshot: Snapshot | null, topic: string, incarnation: string, partition: number) {
  let known: { incarnation: string; committed: number } | null = null;
  for (const [appId, committed] of snapshot?.txns ?? []) {
    const [of, other, number] = appId.split("/");
    if (of !== topic || other === undefined || number === undefined || other === incarnation) continue;
    if (known === null || Number(number) === partition) known = { incarnation: other, committed };
  }
  return known;
}

async function withGaps(
  { bus, key, info: { topic } }: TopicFlush,
  reports: ReadonlyMap<number, IngestReport>,
  places: readonly Place[],
): Promise<ReadonlyMap<number, IngestReport>> {
  let all = reports;
  for (const { partition, committed, gap } of places) {
    if (gap === null || all.get(partition)?.stopped !== undefined) continue;
    await reportGap(bus, key, gap);
    const stopped = explainGap(gap);
    all = withReport(all, {
      topic,
      partition,
      from: committed,
      to: committed,
      rows: 0,
      rejected: 0,
      version: null,
      stopped,
    });
  }
  return all;
}

function withReport(reports: ReadonlyMap<number, IngestReport>, next: IngestReport): ReadonlyMap<number, IngestReport> {
  const earlier = reports.get(next.partition) ?? { ...next, rows: 0, rejected: 0 };
  const rows = earlier.rows + next.rows, rejected = earlier.rejected + next.rejected;
  const version = next.version ?? earlier.version;
  return new Map([...reports, [next.partition, { ...next, from: earlier.from, rows, rejected, version }]]);
}

/** Tells the bus what is safe; a process that was killed right after its commit has this done by the next. */
async function forward(bus: Bus, topic: string, places: readonly Place[]): Promise<void> {
  const known = await bus.committed(GROUP, topic);
  for (const { partition, committed, gap } of places) {
    if (gap === null && committed > (known.get(partition) ?? 0)) await bus.commit(GROUP, topic, partition, committed);
  }
}
