import type { Buffer } from "node:buffer";
import { type Connection, fetchV13, type Reader, ResponseError } from "@platformatic/kafka";
import { readBatches, type RecordBatch } from "./_kafka_decode.ts";

/** A batch as it was fetched. */
export interface FetchedBatch {
  /** The batch. */
  batch: RecordBatch;
  /** Whether its records are for a reader: they are none of an aborted transaction, and no marker. */
  isVisible: boolean;
}

/** What is fetched. */
export interface FetchRange {
  /** Kafka's topic id. */
  incarnation: string;
  /** Number of the partition. */
  partition: number;
  /** First offset that is wanted. */
  offset: number;
  /** Milliseconds that the broker waits for new records. */
  waitMs: number;
  /** Bytes to be sent at most; a larger batch comes alone. */
  maxBytes: number;
}

/** What a broker answered to one Fetch of one partition. */
export interface Fetched {
  /** Transactions of this range that were aborted. */
  aborted: { producerId: bigint; firstOffset: bigint }[];
  /** Batches, the first of which holds the wanted offset; null for none. */
  bytes: Buffer | null;
}

const READ_COMMITTED = 1;

/**
 * Fetches by topic id, so that a topic created anew is never taken for the old one, and only below the first open
 * transaction.
 *
 * @param at Connection to the partition's leader.
 * @param range What is fetched.
 * @returns What the broker answered.
 * @throws {ResponseError} When the broker refuses, for example an offset that is no longer kept.
 */
export function fetchRange(at: Connection, range: FetchRange): Promise<Fetched> {
  const { incarnation, partition, offset, waitMs, maxBytes } = range;
  const part = { partition, currentLeaderEpoch: -1, fetchOffset: BigInt(offset), lastFetchedEpoch: -1 };
  const topics = [{ topicId: incarnation, partitions: [{ ...part, partitionMaxBytes: maxBytes }] }];
  const request = () => fetchV13.createRequest(waitMs, 1, maxBytes, READ_COMMITTED, 0, -1, topics, [], "");
  return new Promise((resolve, reject) => {
    at.send(1, 13, request, parse, true, true, (error, answer) => error ? reject(error) : resolve(answer!));
  });
}

/**
 * Reads the batches that were fetched. A producer's batches are hidden from where its aborted transaction begins to the
 * marker of its end.
 *
 * @param fetched What a broker answered.
 * @returns The batches, in order.
 * @throws {Error} When a batch is damaged.
 */
export function batchesOf({ aborted, bytes }: Fetched): FetchedBatch[] {
  const waiting = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset)), hidden = new Set<bigint>();
  return (bytes ? readBatches(bytes) : []).map((batch) => {
    while (waiting.length > 0 && Number(waiting[0]!.firstOffset) < batch.endOffset) {
      hidden.add(waiting.shift()!.producerId);
    }
    if (batch.marker === "abort") hidden.delete(batch.producerId);
    return { batch, isVisible: batch.marker === null && !(batch.isTransactional && hidden.has(batch.producerId)) };
  });
}

/** Reads the answer but leaves the records as they are: the client would turn each into objects. */
function parse(_correlation: number, api: number, version: number, reader: Reader): Fetched {
  reader.readInt32(); // throttled, milliseconds
  const code = reader.readInt16();
  reader.readInt32(); // session
  const answers = reader.readArray((topic) => {
    topic.readUUID();
    return topic.readArray((part) => {
      part.readInt32();
      const partCode = part.readInt16();
      part.readInt64(); // high watermark
      part.readInt64(); // last stable offset
      part.readInt64(); // first offset that is kept
      const transaction = (entry: Reader) => ({ producerId: entry.readInt64(), firstOffset: entry.readInt64() });
      const aborted = part.readNullableArray(transaction) ?? [];
      part.readInt32(); // preferred replica
      return { partCode, aborted, bytes: part.readNullableBytes() };
    });
  });
  const answer = answers[0]?.[0], failed = code || (answer?.partCode ?? -1);
  if (failed) throw new ResponseError(api, version, { "": [failed, null] }, answer);
  return answer!;
}
