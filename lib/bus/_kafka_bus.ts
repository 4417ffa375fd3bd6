import type { Appended, Bus, Membership, Message, Producer } from "./bus.ts";
import { checkProducer } from "./_check.ts";
import { closedError, type Cluster, type KafkaAddress, openCluster, type Patience } from "./_kafka_cluster.ts";
import { type PartitionWriter, partitionWriter } from "./_kafka_append.ts";
import { encodeRecords } from "./_kafka_encode.ts";
import { commitOffset, committedOf, truncateBefore } from "./_kafka_group.ts";
import { kafkaGuarantees } from "./_kafka_guarantees.ts";
import { joinGroup } from "./_kafka_member.ts";
import { offsetAtTime, positionsOf } from "./_kafka_offsets.ts";
import { lastSequenceOf, readKafka } from "./_kafka_read.ts";
import { createKafkaTopic, toInfo } from "./_kafka_topic.ts";
import { partitionOf } from "./partition.ts";
import { unknownPartition } from "./_refusals.ts";

/**
 * Opens the bus of a Kafka cluster.
 *
 * @param address Where the brokers are.
 * @param patience How long they are waited for.
 * @returns The bus.
 * @throws {Error} When no broker answers in time.
 */
export async function openKafkaBus(address: KafkaAddress, patience: Patience): Promise<Bus> {
  const cluster = await openCluster(address, patience);
  const writing = writingOf(cluster), members = new Set<Membership>(), underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | null = null;

  async function writes<T>(action: () => Promise<T>): Promise<T> {
    const under = opened(action);
    underWay.add(under);
    try {
      return await under;
    } finally {
      underWay.delete(under);
    }
  }
  /** Refuses whatever comes after the close. */
  async function opened<T>(action: () => Promise<T>): Promise<T> {
    if (closing) throw closedError(cluster.url);
    return await action();
  }
  async function close(): Promise<void> {
    await Promise.all([...members].map((member) => member[Symbol.asyncDispose]()));
    await Promise.allSettled(underWay);
    await cluster[Symbol.asyncDispose]();
  }

  return {
    url: cluster.url,
    dedupes: false,
    guarantees: () => opened(() => kafkaGuarantees(cluster)),
    createTopic: (topic, { partitions } = {}) => opened(() => createKafkaTopic(cluster, topic, partitions)),
    topics: () => opened(async () => (await cluster.persist("list topics", () => cluster.topics())).map(toInfo)),
    append: (topic, partition, messages, producer) =>
      writes(() => writing.append(topic, partition, messages, producer)),
    publish: (topic, messages) => writes(() => writing.publish(topic, messages)),
    async *read(topic, partition, from, options = {}) {
      if (closing) throw closedError(cluster.url);
      yield* readKafka(cluster, topic, partition, from, options);
    },
    positions: (topic) => opened(() => positionsOf(cluster, `read "${topic}"`, topic)),
    lastSequence: (topic, partition, id) => opened(() => lastSequenceOf(cluster, topic, partition, id)),
    offsetAt: (topic, partition, micros) => opened(() => offsetAtTime(cluster, topic, partition, micros)),
    commit: (group, topic, partition, offset) => opened(() => commitOffset(cluster, group, topic, partition, offset)),
    committed: (group, topic) => opened(() => committedOf(cluster, group, topic)),
    truncate: (topic, partition, before) => opened(() => truncateBefore(cluster, topic, partition, before)),
    join: (group, topics) =>
      opened(async () => {
        const member = await joinGroup(cluster, group, topics);
        members.add(member);
        return member;
      }),
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}

type Entry = readonly [index: number, message: Message];

const TOPIC_MS = 60_000; // after which a topic is looked at again: partitions may have been added

/** The writing side: a writer for each partition, and a producer for what comes without one. */
function writingOf(cluster: Cluster) {
  const id = crypto.randomUUID(), writers = new Map<string, PartitionWriter>(), sequences = new Map<string, number>();
  const known = new Map<string, { at: number; partitions: Promise<number> }>();
  let turn = 0;

  /** Calls wait for the same answer, and so go on in their order. */
  async function partitionsOf(verb: string, topic: string): Promise<number> {
    let found = known.get(topic);
    if (!found || Date.now() - found.at > TOPIC_MS) {
      cluster.forget(topic);
      const partitions = cluster.persist(verb, async () => (await cluster.topic(verb, topic)).leaders.length);
      found = { at: Date.now(), partitions };
      known.set(topic, found);
      partitions.catch(() => known.delete(topic));
    }
    return await found.partitions;
  }
  /**
   * Numbers, encodes and queues the shares of partitions at once: what is numbered later must not be queued earlier, or it
   * would look like a repeat; and what is refused leaves nothing of its call behind.
   */
  function add(topic: string, shares: readonly (readonly [number, readonly Entry[]])[], producer?: Producer) {
    const encoded = shares.map(([partition, entries]) => {
      const place = `${topic}/${partition}`, sequence = sequences.get(place) ?? 0;
      return {
        place,
        partition,
        next: sequence + entries.length,
        records: encodeRecords(topic, entries, producer ?? { id, sequence }),
      };
    });
    return encoded.map(({ place, partition, next, records }) => {
      if (!producer) sequences.set(place, next);
      const writer = writers.get(place) ?? partitionWriter(cluster, topic, partition);
      writers.set(place, writer);
      const appended = writer.add(records);
      appended.catch(() => known.delete(topic)); // it may have been created anew, with other partitions
      return appended;
    });
  }

  return {
    async append(topic: string, partition: number, messages: readonly Message[], producer?: Producer) {
      if (producer) checkProducer(topic, producer);
      const verb = `append to "${topic}"`, partitions = await partitionsOf(verb, topic);
      if (!(Number.isInteger(partition) && partition >= 0 && partition < partitions)) {
        throw unknownPartition(verb, partitions, partition);
      }
      if (messages.length > 0) return await add(topic, [[partition, [...messages.entries()]]], producer)[0]!;
      const [at] = await positionsOf(cluster, verb, topic, partition);
      return { partition, baseOffset: at!.high, count: 0, duplicates: 0, busTimeMicros: 0 };
    },
    async publish(topic: string, messages: readonly Message[]): Promise<Appended[]> {
      const partitions = await partitionsOf(`publish to "${topic}"`, topic);
      const shares = Map.groupBy(
        messages.entries(),
        ([, { key }]) => key === null ? turn++ % partitions : partitionOf(key, partitions),
      );
      const outcomes = await Promise.allSettled(add(topic, [...shares].sort(([a], [b]) => a - b)));
      return outcomes.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
    },
  };
}
