import { type Bus, TruncatedError } from "../bus/mod.ts";
import { performCommit, prepareCommit, type PreparedCommit, readSnapshot, type Snapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Engine } from "./_engine.ts";
import { markStop } from "./_mark_stop.ts";
import { planParts } from "./_plan_parts.ts";
import { type SealedPart, sealPart } from "./_spool.ts";
import { type SeenCache, writeParts, type WrittenParts } from "./_write_parts.ts";
import { reportGap } from "./gap.ts";
import type { IngestEffect, IngestEvent } from "./machine.ts";
import type { TopicSchema } from "./topic_schema.ts";

/** What the machine handles in production. */
export interface RealMaterial {
  /** A version of the table. */
  snapshot: Snapshot;
  /** Frames in files. */
  part: SealedPart;
  /** Parquet files. */
  written: WrittenParts;
  /** A log entry. */
  prepared: PreparedCommit;
}

/** One topic, and what its records pass through. */
export interface TopicWork {
  /** Name of the topic. */
  topic: string;
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake. */
  store: Store;
  /** The workbench's signing key. */
  key: string;
  /** DuckDB and a folder. */
  engine: Engine;
  /** What its events must look like; null takes any text. */
  schema: TopicSchema | null;
  /** Tells which partitions are worked on. */
  owns: (partition: number) => boolean;
  /** Bytes of frames per commit. */
  maxBytes: number;
  /** Milliseconds that the bus keeps what is in the lake. */
  keepMs: number;
  /** What is known of producers. */
  seen: SeenCache;
}

/** Group of the bus: what it has committed may be truncated. */
export const GROUP = "lake";

type Effect = IngestEffect<RealMaterial>;
type Event = IngestEvent<RealMaterial>;

/**
 * Does what the machine wants done.
 *
 * @param work The topic.
 * @param effect What is to be done.
 * @returns What became of it; an error is an event too.
 */
export async function perform(work: TopicWork, effect: Effect): Promise<Event> {
  try {
    return await attempt(work, effect);
  } catch (error) {
    return { was: "failed", error };
  }
}

async function attempt(work: TopicWork, effect: Effect): Promise<Event> {
  const { topic, bus, store } = work;
  switch (effect.do) {
    case "positions":
      return await positionsOf(work);
    case "snapshot":
      return { was: "snapshot", snapshot: await readSnapshot(store, topic) };
    case "gap":
      if (effect.gap.reason === "rewound") await markStop(store, effect.gap);
      await reportGap(bus, work.key, effect.gap);
      return { was: "done" };
    case "forward":
      await bus.commit(GROUP, topic, effect.partition, effect.offset);
      return { was: "done" };
    case "truncate":
      await truncate(work, effect.partition, effect.before);
      return { was: "done" };
    case "seal":
      return await seal(work, effect);
    case "write":
      return { was: "written", written: await write(work, effect) };
    case "prepare":
      return prepare(work, effect);
    case "commit":
      return { was: "commit", event: await performCommit(store, effect.prepared, effect.effect) };
    case "discard":
      for (const { path } of effect.written.files) await store.delete(`tables/${topic}/${path}`);
      return { was: "done" };
  }
}

async function positionsOf({ topic, bus, owns }: TopicWork): Promise<Event> {
  const groups = await bus.committed(GROUP, topic);
  const places = (await bus.positions(topic)).filter(({ partition }) => owns(partition)).map((place) => ({
    ...place,
    group: groups.get(place.partition) ?? 0,
  }));
  return { was: "positions", incarnation: await incarnationOf(bus, topic), places };
}

async function incarnationOf(bus: Bus, topic: string): Promise<string> {
  const found = (await bus.topics()).find((info) => info.topic === topic);
  if (found) return found.incarnation;
  throw new RangeError(`Cannot ingest topic "${topic}" as the bus has none of that name: it was deleted meanwhile`);
}

async function truncate({ topic, bus, keepMs }: TopicWork, partition: number, before: number): Promise<void> {
  const kept = await bus.offsetAt(topic, partition, (Date.now() - keepMs) * 1000);
  await bus.truncate(topic, partition, keepMs === 0 ? before : Math.min(before, kept));
}

async function seal(
  { topic, bus, engine, maxBytes }: TopicWork,
  { span, of }: Extract<Effect, { do: "seal" }>,
): Promise<Event> {
  let part: SealedPart;
  try {
    part = await sealPart(bus, { topic, ...span, maxBytes: maxBytes / of }, engine.dir);
  } catch (error) {
    if (error instanceof TruncatedError) return { was: "truncated", error };
    throw error;
  }
  return { was: "sealed", incarnation: await incarnationOf(bus, topic), part };
}

async function write(
  { topic, bus, store, engine, schema, seen }: TopicWork,
  { parts, read, incarnation }: Extract<Effect, { do: "write" }>,
): Promise<WrittenParts> {
  const target = { table: topic, connection: engine.connection, store, dir: engine.dir };
  return await writeParts({ target, schema, read, incarnation, seen: bus.dedupes ? null : seen }, parts);
}

function prepare(
  { topic, bus }: TopicWork,
  { parts, written, read, incarnation }: Extract<Effect, { do: "prepare" }>,
): Event {
  const plan = planParts({ topic, incarnation, isSparse: !bus.dedupes, read, parts, written });
  if (plan === null) return { was: "unfit" };
  return { was: "prepared", prepared: prepareCommit(topic, plan), nowMs: Date.now() };
}
