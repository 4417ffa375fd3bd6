import { type Bus, partitionOf } from "../../lib/bus/mod.ts";
import type { EventType, Json } from "../../lib/events/mod.ts";
import { lagOf } from "../../lib/ingest/mod.ts";
import { readSnapshot } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { Problem } from "../http/mod.ts";
import { storedEvent, type StoredRow } from "./stored_event.ts";

/** What is looked for: the events of a topic under one key, from a time on. */
export interface Sought {
  /** Kind of event. */
  kind: EventType;
  /** Key of the records. */
  key: string;
  /** Milliseconds since 1970 before which the bus took none of them. */
  sinceMs: number;
  /** Milliseconds since 1970 after which the bus took none of them; no end unless given. */
  untilMs?: number;
}

/** An event as it was found. */
export interface FoundEvent {
  /** Id of the event. */
  id: string;
  /** When it was true, ISO 8601 UTC. */
  time: string | null;
  /** What it says. */
  data: Record<string, Json>;
}

/** Where events are looked for. */
export interface FindParts {
  /** The bus. */
  bus: Bus;
  /** The object store that holds the lake. */
  store: Store;
}

/** A reader of single events is no place to read through what ingest has left for a day. */
const MAX_TAIL_RECORDS = 1_000_000;
/** Batches decoded before requests that wait get their turn. */
const BATCHES_A_TURN = 4;

/**
 * Finds events on the bus that the lake does not have yet.
 *
 * @param parts bus and store
 * @param sought topic, key and time
 * @param max how many are enough
 * @returns the events, in the order of the bus
 * @throws {Problem} 503 when the lake is too far behind
 */
export async function findOnBus(
  { bus, store }: FindParts,
  { kind: { topic }, key, sinceMs }: Sought,
  max: number,
): Promise<FoundEvent[]> {
  const info = (await bus.topics()).find((each) => each.topic === topic);
  if (info === undefined) return [];
  const partition = partitionOf(key, info.partitions);
  const { high, waiting } = (await lagOf(bus, store, info))[partition]!;
  const from = Math.max(high - waiting, await bus.offsetAt(topic, partition, Math.max(0, sinceMs) * 1000));
  const found: FoundEvent[] = [];
  let batches = 0, records = 0;
  for await (const batch of from < high ? bus.read(topic, partition, from, { to: high }) : []) {
    for (const record of batch.records()) if (record.key === key) found.push(eventOf(record.value as Json));
    if (found.length >= max) break;
    if ((records += batch.count) > MAX_TAIL_RECORDS) throw farBehind(topic);
    if (++batches % BATCHES_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return found;
}

/**
 * Finds events in the lake; the time leaves out all files of other days.
 *
 * @param store the store that holds the lake
 * @param sought topic, key and time
 * @returns the events, in the order of the bus
 */
export async function findInLake(store: Store, sought: Sought): Promise<FoundEvent[]> {
  const { kind: { topic, schema }, key, sinceMs, untilMs = Date.UTC(9999, 0) } = sought;
  if (await readSnapshot(store, topic) === null) return [];
  // Loaded when first asked for: a node that nobody asks for decisions does without DuckDB.
  const { openLake } = await import("../../lib/lake/mod.ts");
  await using lake = await openLake({ store, foreign: false, memoryMb: 128, threads: 1 });
  const text = `SELECT * FROM ${topic} WHERE _key = $1 AND day >= $2::DATE AND day <= $3::DATE ORDER BY _offset`;
  const rows = await lake.query<StoredRow>(text, [key, dayOf(sinceMs), dayOf(untilMs)]);
  return [...rows].map((row) => storedEvent(row, schema));
}

function eventOf(value: Json): FoundEvent {
  const { id, time = null, data } = value as { id: string; time?: string; data: Record<string, Json> };
  return { id, time, data };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function farBehind(topic: string): Problem {
  const detail = `The lake lacks over ${MAX_TAIL_RECORDS} records of topic "${topic}": run boathouse lake ingest`;
  return new Problem(503, detail, { retryAfterS: 60 });
}
