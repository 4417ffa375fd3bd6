import { initProducerIdV4, produceV9, Writer } from "@platformatic/kafka";
import type { Appended } from "./bus.ts";
import type { Cluster } from "./_kafka_cluster.ts";
import { CODE, codeOf, passing, wordsOf } from "./_kafka_error.ts";
import { type Encoded, startOf, toRecordBatch } from "./_kafka_encode.ts";

/** Appends to one partition: one batch is under way, and exactly it is sent again before anything newer. */
export interface PartitionWriter {
  /** Appends records behind those of earlier calls; resolves when all in-sync copies have them. */
  add(records: Encoded): Promise<Appended>;
}

interface Item {
  records: Encoded;
  /** First record that is not sent yet. */
  next: number;
  baseOffset: number;
  busTimeMs: number;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/** A range of the records of one call, which goes with a batch. */
interface Part {
  item: Item;
  records: Encoded;
  from: number;
  to: number;
}

interface Identity {
  producerId: bigint;
  epoch: number;
  sequence: number;
}

const BATCH_BYTES = 1_030_000; // with its head and framing below 1,048,588, which a topic takes by default
const CALL_BYTES = 8_000_000; // of one call that our topics take as one batch, all or nothing
const ACK_MS = 8_000; // that a broker may wait for its followers
const LANES = 8; // connections to a broker, which takes the requests of one after the other

/** What a topic takes as one batch, with framing (max.message.bytes). */
export const MAX_BATCH_BYTES = 10_000_000;

/** Codes after which a new producer id and sequence are needed; the batch was not written under the old ones. */
const RENEWED = new Set<number | null>([
  CODE.outOfOrderSequence,
  CODE.invalidProducerEpoch,
  CODE.unknownProducerId,
  CODE.fencedProducer,
]);

/**
 * Makes the writer of a partition.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @returns The writer.
 */
export function partitionWriter(cluster: Cluster, topic: string, partition: number): PartitionWriter {
  const queue: Item[] = [], verb = `append to "${topic}"`;
  let identity: Identity | null = null, callBytes = CALL_BYTES, isRunning = false;

  async function send(parts: readonly Part[]): Promise<{ baseOffset: number; busTimeMs: number }> {
    const timestampMs = Date.now();
    return await cluster.persist(`${verb} (partition ${partition}; it may be there or not)`, async () => {
      identity ??= await cluster.any((at) => newIdentity(at));
      const batch = toRecordBatch(parts, { ...identity, timestampMs });
      try {
        const { baseOffset, logAppendTimeMs } = await cluster.leader(
          verb,
          topic,
          partition,
          (at) => produce(at, topic, partition, batch),
          `append ${partition % LANES}`,
        );
        identity.sequence = (identity.sequence + batch.readInt32BE(57)) % 2 ** 31;
        return {
          baseOffset: Number(baseOffset),
          busTimeMs: logAppendTimeMs < 0n ? timestampMs : Number(logAppendTimeMs),
        };
      } catch (error) {
        if (!RENEWED.has(codeOf(error))) throw error;
        identity = null;
        throw passing(wordsOf(error));
      }
    });
  }

  async function step(): Promise<void> {
    const parts = nextParts(queue, callBytes);
    try {
      const { baseOffset, busTimeMs } = await send(parts);
      settle(parts, baseOffset, busTimeMs);
    } catch (error) {
      const code = codeOf((error as Error).cause);
      const count = parts.reduce((sum, { from, to }) => sum + to - from, 0);
      if ((code === CODE.messageTooLarge || code === CODE.listTooLarge) && count > 1) {
        callBytes = Math.min(callBytes / 2, BATCH_BYTES);
        return;
      }
      identity = null; // what was given up may still arrive; under another producer id nothing newer is taken for it
      for (const item of new Set(parts.map(({ item }) => item))) {
        queue.splice(queue.indexOf(item), 1);
        item.reject(error);
      }
    }
  }

  function settle(parts: readonly Part[], baseOffset: number, busTimeMs: number): void {
    let offset = baseOffset;
    for (const { item, from, to } of parts) {
      if (from === 0) item.baseOffset = offset;
      item.busTimeMs = busTimeMs;
      item.next = to;
      offset += to - from;
      const count = item.records.ends.length;
      if (to < count) continue;
      queue.splice(queue.indexOf(item), 1);
      item.resolve({ partition, baseOffset: item.baseOffset, count, duplicates: 0, busTimeMicros: busTimeMs * 1000 });
    }
  }

  async function run(): Promise<void> {
    while (queue.length > 0) await step();
    isRunning = false;
  }

  return {
    add(records) {
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      queue.push({ records, next: 0, baseOffset: 0, busTimeMs: 0, resolve, reject });
      // Sent when the caller's turn ends: appends that were not awaited one by one share a batch.
      if (!isRunning) queueMicrotask(run);
      isRunning = true;
      return promise;
    },
  };
}

/** Takes the first call as far as it goes, and those behind it that fit beside it whole. */
function nextParts(queue: readonly Item[], callBytes: number): Part[] {
  const parts: Part[] = [];
  let bytes = 0;
  for (const item of queue) {
    const count = item.records.ends.length, start = startOf(item.records, item.next);
    const rest = startOf(item.records, count) - start;
    if (parts.length > 0 && bytes + rest > Math.min(callBytes, BATCH_BYTES)) break;
    const to = rest <= callBytes ? count : fitting(item, start + callBytes);
    parts.push({ item, records: item.records, from: item.next, to });
    bytes += rest;
    if (to < count) break;
  }
  return parts;
}

function fitting({ records, next }: Item, end: number): number {
  const index = records.ends.findIndex((recordEnd, i) => i > next && recordEnd > end);
  return index < 0 ? records.ends.length : index;
}

type Ask = Parameters<Parameters<Cluster["any"]>[0]>[0];

async function newIdentity(at: Ask): Promise<Identity> {
  const { producerId, producerEpoch } = await initProducerIdV4.api.async(at, null, 0);
  return { producerId, epoch: producerEpoch, sequence: 0 };
}

/** acks=all. The client's own request encodes record by record; this one sends bytes that are there already. */
function produce(at: Ask, topic: string, partition: number, batch: Parameters<Writer["append"]>[0]) {
  const request = () =>
    Writer.create().appendString(null).appendInt16(-1).appendInt32(ACK_MS)
      .appendArray([topic], (writer) => {
        writer.appendString(topic).appendArray([partition], (inner) => {
          inner.appendInt32(partition).appendUnsignedVarInt(batch.length + 1).append(batch);
        });
      }).appendTaggedFields();
  return new Promise<{ baseOffset: bigint; logAppendTimeMs: bigint }>((resolve, reject) => {
    at.send(0, 9, request, produceV9.parseResponse, true, true, (error, response) => {
      if (error) reject(error);
      else resolve(response!.responses[0]!.partitionResponses[0]!);
    });
  });
}
