import type { Batch, BusRecord, ReadOptions } from "./bus.ts";
import { checkCount } from "./_check.ts";
import { Buffer } from "node:buffer";
import { pack } from "./_zstd.ts";
import { type FollowedRange, followRange, type RawPart } from "./_kafka_follow.ts";
import type { Cluster } from "./_kafka_cluster.ts";
import { readRecord } from "./_kafka_decode.ts";
import { PRODUCER_HEADER } from "./_kafka_headers.ts";
import { newestTime, offsetAtTime, positionsOf } from "./_kafka_offsets.ts";
import { toKafkaRecord, toLine } from "./_kafka_record.ts";

const HOUR_MICROS = 3_600_000_000; // of bus time within which ingest knows repeats

/**
 * Reads the batches of a range. Records that a transaction wrote in vain, and the marks of its end, are covered but
 * never shown.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @param from First offset.
 * @param options How far, and how long.
 * @returns Batches that cover the range, in order.
 * @throws {RangeError} When there is no such topic or partition, or `from` is no longer kept.
 */
export async function* readKafka(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
  options: ReadOptions,
): AsyncGenerator<Batch> {
  checkCount(`read "${topic}"`, "offset", from);
  if (options.to !== undefined) checkCount(`read "${topic}"`, "end", options.to);
  options.signal?.throwIfAborted();
  const range: FollowedRange = { topic, partition, from, ...options };
  for await (const part of followRange(cluster, range)) yield toBatch(topic, partition, part);
}

function toBatch(topic: string, partition: number, { start, end, timeMs, records }: RawPart): Batch {
  return {
    topic,
    partition,
    baseOffset: start,
    endOffset: end,
    count: records.length,
    busTimeMicros: timeMs * 1000,
    frame: () => pack(Buffer.from(records.map((record) => toLine(toKafkaRecord(record))).join(""))),
    records: () => records.map((record): BusRecord => ({ topic, partition, ...toKafkaRecord(record) })),
  };
}

/**
 * Finds the last sequence of a producer in the last hour of bus time, which is how long ingest knows repeats.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @param producerId Whose.
 * @returns The sequence; null when there is none.
 */
export async function lastSequenceOf(
  cluster: Cluster,
  topic: string,
  partition: number,
  producerId: string,
): Promise<number | null> {
  const [at] = await positionsOf(cluster, `read "${topic}"`, topic, partition);
  const newest = await newestTime(cluster, topic, partition);
  if (newest === null) return null;
  const from = await offsetAtTime(cluster, topic, partition, newest - HOUR_MICROS);
  let last: number | null = null;
  for await (const { records } of followRange(cluster, { topic, partition, from, to: at!.high })) {
    for (const record of records) {
      const isOurs = readRecord(record).headers.some(([name, value]) =>
        name.toString() === PRODUCER_HEADER && value.toString() === producerId
      );
      const found = isOurs ? toKafkaRecord(record) : null;
      if (found?.producerId === producerId && found.sequence! > (last ?? -1)) last = found.sequence;
    }
  }
  return last;
}
