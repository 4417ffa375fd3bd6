import { listOffsetsV7 } from "@platformatic/kafka";
import type { Position } from "./bus.ts";
import type { Cluster, KafkaTopic } from "./_kafka_cluster.ts";
import { unknownPartition } from "./_refusals.ts";

/** Times that stand for places (Kafka, ListOffsets). */
const EARLIEST = -2n, LATEST = -1n, NEWEST = -3n;
const READ_COMMITTED = 1; // LATEST is then the last stable offset

interface Found {
  offset: number;
  timeMs: number;
}

/**
 * Tells the offsets of some partitions: what is kept and readable, so without open transactions.
 *
 * @param cluster The brokers.
 * @param verb What is done, for messages of errors.
 * @param topic Name of the topic.
 * @param partition Number of one of its partitions; all of them by default.
 * @returns Their positions, by number.
 * @throws {RangeError} When there is no such topic or partition.
 */
export function positionsOf(cluster: Cluster, verb: string, topic: string, partition?: number): Promise<Position[]> {
  return cluster.persist(verb, async () => {
    const found = await cluster.topic(verb, topic);
    const numbers = partition === undefined ? [...found.leaders.keys()] : [partition];
    const [low, high] = await Promise.all([
      list(cluster, verb, found, numbers, EARLIEST),
      list(cluster, verb, found, numbers, LATEST),
    ]);
    return numbers.map((number) => {
      const first = low.get(number)!.offset;
      return { partition: number, low: first, high: Math.max(first, high.get(number)!.offset) };
    });
  });
}

/**
 * Finds the first offset whose bus time is at or after a time.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @param busTimeMicros Microseconds since 1970.
 * @returns The offset; that of the next record when there is none.
 */
export async function offsetAtTime(
  cluster: Cluster,
  topic: string,
  partition: number,
  busTimeMicros: number,
): Promise<number> {
  const verb = `read "${topic}"`, timeMs = Math.max(0, Math.ceil(busTimeMicros / 1000));
  const [at] = await positionsOf(cluster, verb, topic, partition);
  const found = await one(cluster, verb, topic, partition, BigInt(timeMs));
  return found.offset < 0 ? at!.high : Math.min(Math.max(found.offset, at!.low), at!.high);
}

/**
 * Tells the bus time of the newest record of a partition.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @returns Microseconds since 1970; null when there is none.
 */
export async function newestTime(cluster: Cluster, topic: string, partition: number): Promise<number | null> {
  const { timeMs } = await one(cluster, `read "${topic}"`, topic, partition, NEWEST);
  return timeMs < 0 ? null : timeMs * 1000;
}

function one(cluster: Cluster, verb: string, topic: string, partition: number, time: bigint): Promise<Found> {
  return cluster.persist(verb, async () => {
    const found = await list(cluster, verb, await cluster.topic(verb, topic), [partition], time);
    return found.get(partition)!;
  });
}

/** Asks each leader once for all partitions that it leads. */
async function list(cluster: Cluster, verb: string, topic: KafkaTopic, numbers: number[], time: bigint) {
  const { leaders } = topic, missing = numbers.find((number) => leaders[number] === undefined);
  if (missing !== undefined) throw unknownPartition(verb, leaders.length, missing);
  const answers = await Promise.all(
    [...Map.groupBy(numbers, (number) => leaders[number]!).values()].map((led) => {
      const partitions = led.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: time }));
      const wanted = [{ name: topic.topic, partitions }];
      return cluster.leader(
        verb,
        topic.topic,
        led[0]!,
        (at) => listOffsetsV7.api.async(at, -1, READ_COMMITTED, wanted),
      );
    }),
  );
  return new Map(
    answers.flatMap(({ topics }) => topics[0]!.partitions).map(({ partitionIndex, offset, timestamp }) =>
      [partitionIndex, { offset: Number(offset), timeMs: Number(timestamp) }] as const
    ),
  );
}
