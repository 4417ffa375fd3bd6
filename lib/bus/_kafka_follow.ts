import type { ReadOptions } from "./bus.ts";
import type { Cluster } from "./_kafka_cluster.ts";
import type { RawRecord } from "./_kafka_decode.ts";
import { CODE, codeOf } from "./_kafka_error.ts";
import { batchesOf, type Fetched, type FetchedBatch, fetchRange } from "./_kafka_fetch.ts";
import { positionsOf } from "./_kafka_offsets.ts";
import { truncatedBefore } from "./_refusals.ts";

/** Records of one UTC day that were fetched together. */
export interface RawPart {
  /** First offset that it covers. */
  start: number;
  /** Offset behind the last that it covers. */
  end: number;
  /** Milliseconds since 1970 of its newest record. */
  timeMs: number;
  /** The records, in order. */
  records: RawRecord[];
}

/** What is read. */
export interface FollowedRange extends ReadOptions {
  /** Topic. */
  topic: string;
  /** Partition. */
  partition: number;
  /** First offset. */
  from: number;
}

const FETCH_BYTES = 4 * 1024 * 1024; // fetched at once, and once more while it is used
const PART_BYTES = 8 * 1024 * 1024; // of a part when unpacked
const POLL_MS = 500; // that a broker holds a fetch until there is something
const LANES = 8; // connections to a broker for reads that end
const DAY_MS = 86_400_000;

/**
 * Reads what was committed in a range. What it yields covers the range without a gap, records or not.
 *
 * @param cluster The brokers.
 * @param range What is read.
 * @returns Parts, in order.
 * @throws {RangeError} When the partition is unknown, is kept from a later offset on only, or was created anew.
 */
export async function* followRange(cluster: Cluster, range: FollowedRange): AsyncGenerator<RawPart> {
  const { topic, partition, follow = false, signal } = range, verb = `read "${topic}"`;
  cluster.forget(topic);
  const [at] = await positionsOf(cluster, verb, topic, partition);
  const { incarnation } = await cluster.topic(verb, topic);
  const to = Math.min(range.to ?? Infinity, follow ? Infinity : at!.high);
  // A fetch that waits holds up what is asked on the same connection.
  const lane = follow ? `follow ${crypto.randomUUID()}` : `read ${partition % LANES}`;
  let next = range.from, seen = at!.high;
  if (next < to && next < at!.low) throw truncatedBefore(topic, partition, next, at!.low);

  const fetch = (offset: number): Promise<Fetched> => {
    const wanted = { incarnation, partition, offset, waitMs: POLL_MS, maxBytes: FETCH_BYTES };
    const fetched = cluster.persist(verb, async () => {
      try {
        return await cluster.leader(verb, topic, partition, (at) => fetchRange(at, wanted), lane);
      } catch (error) {
        return await judge(cluster, { ...wanted, topic, seen }, error);
      }
    }, signal);
    fetched.catch(() => {}); // whoever stops reading never asks for it
    return fetched;
  };

  try {
    let coming = next < to ? fetch(next) : null;
    while (coming) {
      const parts = decode(range, next, to, await untilAborted(coming, signal));
      next = parts.at(-1)?.end ?? next;
      seen = Math.max(seen, next);
      coming = next < to ? fetch(next) : null;
      yield* parts;
    }
  } finally {
    if (follow) await cluster.closeLane(lane);
  }
}

/** Turns a refused fetch into what it means; nothing is ever skipped. */
async function judge(
  cluster: Cluster,
  wanted: { topic: string; incarnation: string; partition: number; offset: number; seen: number },
  error: unknown,
): Promise<Fetched> {
  const { topic, incarnation, partition, offset, seen } = wanted, verb = `read "${topic}"`;
  const code = codeOf(error);
  if (code === CODE.unknownTopicId || code === CODE.unknownTopic) {
    cluster.forget(topic);
    const found = await cluster.topic(verb, topic);
    if (found.incarnation !== incarnation) {
      throw new RangeError(
        `Cannot ${verb} as it must be the topic that the read began with: it was deleted and created anew as ` +
          `${found.incarnation}, got ${incarnation}; begin again`,
      );
    }
  }
  if (code !== CODE.offsetOutOfRange) throw error;
  const [at] = await positionsOf(cluster, verb, topic, partition);
  if (offset < at!.low) throw truncatedBefore(topic, partition, offset, at!.low);
  if (offset > at!.high && offset <= seen) {
    throw new Error(
      `Cannot ${verb} as partition ${partition} must keep what was read: it ends at offset ${
        at!.high
      }, got ${offset}; ` +
        `a broker lost records`,
    );
  }
  await new Promise((resolve) => setTimeout(resolve, POLL_MS / 5));
  return { aborted: [], bytes: null }; // what is read begins later than what is there
}

function decode({ topic, partition }: FollowedRange, from: number, to: number, fetched: Fetched): RawPart[] {
  try {
    const batches = batchesOf(fetched), end = Math.min(to, batches.at(-1)?.batch.endOffset ?? from);
    return end > from ? partsOf(batches, from, end) : [];
  } catch (cause) {
    throw damaged(topic, partition, cause);
  }
}

function partsOf(batches: readonly FetchedBatch[], from: number, to: number): RawPart[] {
  const parts: RawPart[] = [];
  let part: RawPart = { start: from, end: to, timeMs: batches.at(-1)!.batch.maxTimeMs, records: [] }, bytes = 0;
  for (const { batch, isVisible } of batches) {
    const records = isVisible ? batch.records() : [];
    for (const record of records) {
      if (record.offset < from || record.offset >= to) continue;
      const isOtherDay = Math.floor(record.timeMs / DAY_MS) !== Math.floor(part.timeMs / DAY_MS);
      if (part.records.length > 0 && (isOtherDay || bytes > PART_BYTES)) {
        parts.push({ ...part, end: record.offset });
        part = { start: record.offset, end: to, timeMs: record.timeMs, records: [] };
        bytes = 0;
      }
      part.timeMs = part.records.length === 0 ? record.timeMs : Math.max(part.timeMs, record.timeMs);
      part.records.push(record);
    }
    bytes += records[0]?.bytes.length ?? 0;
  }
  return [...parts, part];
}

function damaged(topic: string, partition: number, cause: unknown): Error {
  return new Error(
    `Cannot read "${topic}" as the batches of partition ${partition} must be whole: ${(cause as Error).message}`,
    { cause },
  );
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}
