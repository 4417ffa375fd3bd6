import { isAbsolute } from "node:path";
import type { Bus, TopicInfo } from "../bus/mod.ts";
import { readSnapshot, type Snapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { appIdOf, commitParts } from "./_commit_parts.ts";
import { type Engine, openEngine } from "./_engine.ts";
import { type FollowOptions, followTopics } from "./_follow.ts";
import { removeParts, type SealedPart, sealPart } from "./_spool.ts";
import { type Completeness, completenessOf } from "./completeness.ts";
import { explainGap, findGap, type Gap, reportGap } from "./gap.ts";
import { type TopicSchema, topicSchema } from "./topic_schema.ts";

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

/** What openIngest is given. */
export interface IngestOptions {
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake. */
  store: Store;
  /** Answers what the events of each topic must look like; standard topics have their schemas always. */
  schemas: () => Promise<ReadonlyMap<string, TopicSchema>>;
  /** The workbench's signing key, for `gap` events. */
  key: string;
  /** Absolute folder for files in passing, on the file system of the lake; the lake's own unless given. */
  tmpDir?: string;
  /** Is told how far a flush is. */
  onProgress?: (progress: IngestProgress) => void;
}

/** The way from the bus into the lake: each record exactly once. */
export interface Ingest extends AsyncDisposable {
  /**
   * Moves everything that is durable on the bus now. Answers one report per partition that had something to move, or
   * stands still. Rejects with RangeError for an unknown topic, Error when the lake cannot be written.
   */
  flush(topics?: readonly string[]): Promise<IngestReport[]>;
  /** Moves what comes, until the signal aborts: once a minute, or earlier when there is much. */
  follow(options: FollowOptions): Promise<void>;
  /** Compares what the bus took with what the lake has. */
  completeness(topic: string): Promise<Completeness>;
}

/**
 * Opens ingest. Any number of processes may: positions are committed with the rows, so that no record is lost or
 * doubled however they race or end.
 *
 * @param options Bus, store, schemas and key.
 * @returns Ingest.
 * @throws {Error} When its folder cannot be made.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { openIngest } from "./ingest.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const store = await openStore({ kind: "directory", dir });
 * await bus.createTopic("notes");
 * await bus.publish("notes", [{ key: null, eventTimeMicros: null, value: { text: "hello" } }]);
 * await using ingest = await openIngest({ bus, store, key: "secret", schemas: () => Promise.resolve(new Map()) });
 * const [report] = await ingest.flush(["notes"]);
 * console.assert(report?.rows === 1 && report.version === 0);
 * ```
 */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const engine = await openEngine(options.tmpDir ?? folderOf(options.store));
  let last: Promise<unknown> = Promise.resolve();
  // One connection, one flush at a time.
  const exclusive = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
  const flush = (topics?: readonly string[]) => exclusive(() => flushAll(options, engine, topics));
  return {
    flush,
    follow: (how) => followTopics(options.bus, flush, how),
    completeness: (topic) => completenessOf(options.bus, options.store, topic),
    [Symbol.asyncDispose]: async () => {
      await last;
      await engine[Symbol.asyncDispose]();
    },
  };
}

async function flushAll(
  options: IngestOptions,
  engine: Engine,
  names: readonly string[] | undefined,
): Promise<IngestReport[]> {
  const schemas = await options.schemas();
  const reports: IngestReport[] = [], errors: unknown[] = [];
  for (const info of await chosen(options.bus, names)) {
    try {
      reports.push(...await flushTopic(options, engine, info, topicSchema(schemas, info.topic)));
    } catch (cause) {
      errors.push(cause); // one topic's trouble must not keep the others from the lake
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, `Cannot ingest as ${errors.length} topics failed: ${errors.join("; ")}`);
  }
  return reports;
}

async function chosen(bus: Bus, names: readonly string[] | undefined): Promise<TopicInfo[]> {
  const all = await bus.topics();
  if (names === undefined) return all;
  return [...new Set(names)].map((name) => {
    const info = all.find(({ topic }) => topic === name);
    if (info) return info;
    const known = all.map(({ topic }) => topic).join(", ");
    throw new RangeError(
      `Cannot ingest topic "${name}" as the bus has none of that name: it has ${known || "none at all"}`,
    );
  });
}

interface Place {
  partition: number;
  /** Offset that the lake has the partition up to. */
  committed: number;
  /** High watermark. */
  high: number;
  gap: Gap | null;
}

async function flushTopic(
  options: IngestOptions,
  engine: Engine,
  info: TopicInfo,
  schema: TopicSchema | null,
): Promise<IngestReport[]> {
  const { bus, store, key, onProgress } = options;
  const { topic, incarnation } = info;
  const target = { table: topic, connection: engine.connection, store, dir: engine.dir };
  const reports = new Map<number, IngestReport>();
  const ends = new Map((await bus.positions(topic)).map(({ partition, high }) => [partition, high]));
  let total: number | undefined, done = 0;
  for (;;) {
    const places = await placesOf(bus, info, await readSnapshot(store, topic));
    for (const { partition, committed, gap } of places) {
      if (gap === null || reports.get(partition)?.stopped) continue;
      await reportGap(bus, key, gap);
      note(reports, {
        topic,
        partition,
        from: committed,
        to: committed,
        rows: 0,
        rejected: 0,
        version: null,
        stopped: explainGap(gap),
      });
    }
    await forward(bus, topic, places.filter(({ gap }) => gap === null));
    const open = places.filter(({ partition, committed, gap }) =>
      gap === null && committed < (ends.get(partition) ?? 0)
    );
    total ??= open.reduce((sum, { partition, committed }) => sum + ends.get(partition)! - committed, 0);
    if (open.length === 0) return [...reports.values()];
    const parts: SealedPart[] = [];
    try {
      for (const { partition, committed } of open) {
        const range = {
          topic,
          partition,
          from: committed,
          to: ends.get(partition)!,
          maxBytes: MAX_BYTES / open.length,
        };
        parts.push(await sealPart(bus, range, engine.dir));
      }
      const committed = await commitParts(target, { incarnation, schema }, parts);
      for (const { partition, from, to } of committed?.parts ?? []) {
        const rejected = committed!.rejected.get(partition) ?? 0;
        note(reports, {
          topic,
          partition,
          from,
          to,
          rows: to - from - rejected,
          rejected,
          version: committed!.snapshot.version,
        });
        done += to - from;
      }
    } finally {
      await removeParts(parts);
    }
    onProgress?.({ topic, done, total });
  }
}

async function placesOf(bus: Bus, { topic, incarnation }: TopicInfo, snapshot: Snapshot | null): Promise<Place[]> {
  return (await bus.positions(topic)).map(({ partition, low, high }) => {
    const committed = snapshot?.txns.get(appIdOf(topic, incarnation, partition)) ?? 0;
    const ended = olderTopic(snapshot, topic, incarnation, partition);
    return { partition, committed, high, gap: findGap({ topic, incarnation, partition, committed, low, high, ended }) };
  });
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

/** Tells the bus what is safe; a process that was killed right after its commit has this done by the next. */
async function forward(bus: Bus, topic: string, places: readonly Place[]): Promise<void> {
  const known = await bus.committed(GROUP, topic);
  for (const { partition, committed } of places) {
    if (committed > (known.get(partition) ?? 0)) await bus.commit(GROUP, topic, partition, committed);
  }
}

function note(reports: Map<number, IngestReport>, next: IngestReport): void {
  const earlier = reports.get(next.partition);
  if (!earlier) return void reports.set(next.partition, next);
  const { from, rows, rejected } = earlier;
  const version = next.version ?? earlier.version;
  reports.set(next.partition, { ...next, from, rows: rows + next.rows, rejected: rejected + next.rejected, version });
}

function folderOf({ url }: Store): string {
  const dir = url.startsWith("file:") ? url.slice("file:".length) : "";
  if (isAbsolute(dir)) return dir;
  throw new RangeError(`Cannot open ingest as it needs a folder for files in passing: "${url}" is none; pass tmpDir`);
}
