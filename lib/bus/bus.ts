import type { Guarantee } from "../config/mod.ts";
import type { Json } from "../events/mod.ts";
import type { JsonText } from "./json_text.ts";

/** What a publisher hands over. */
export interface Message {
  /** Decides the partition when published; null for any. A lone surrogate becomes U+FFFD, as Kafka's UTF-8 keys do. */
  key: string | null;
  /** When it happened, microseconds since 1970, or null. */
  eventTimeMicros: number | null;
  /** Names with bytes, in order; a name may repeat. */
  headers?: [string, Uint8Array][];
  /**
   * JSON, JSON as the text that it is, or bytes of anything else. A text with the escape of half a surrogate pair is kept
   * as its bytes.
   */
  value: Json | JsonText | Uint8Array;
}

/** Numbers the messages of one publisher in one partition, so that an append that is sent again adds nothing. */
export interface Producer {
  /** A uuid of the publisher; whoever resumes its work uses the same. */
  id: string;
  /** Number of the first message of the append; the first ever is 0. */
  sequence: number;
}

/** A topic as it was created. */
export interface TopicInfo {
  /** Its name. */
  topic: string;
  /** A uuid that a topic of the same name created anew would not have. */
  incarnation: string;
  /** How many partitions, numbered from 0. */
  partitions: number;
}

/** The acknowledgement of an append: its records are durable. */
export interface Appended {
  /** Partition that was appended to. */
  partition: number;
  /** Offset of the first new record; the next offset when all were duplicates. */
  baseOffset: number;
  /** New records. */
  count: number;
  /** Messages left out because the same producer's sequence was there already. */
  duplicates: number;
  /** Bus time of the new records, microseconds since 1970. */
  busTimeMicros: number;
}

/** A record as it is read. */
export interface BusRecord {
  /** Topic it was read from. */
  topic: string;
  /** Partition of the topic. */
  partition: number;
  /** Position in the partition. */
  offset: number;
  /** As published. */
  key: string | null;
  /** When the bus took it, microseconds since 1970; never decreases within a partition. */
  busTimeMicros: number;
  /** As published. */
  eventTimeMicros: number | null;
  /** As published; empty when there were none. */
  headers: [string, Uint8Array][];
  /**
   * As published. JSON is parsed when this is first read, with numbers past 2^53 rounded: `json` has every digit. A copy by
   * `{...record}` leaves it out.
   */
  readonly value: Json | Uint8Array;
  /** The text of a value that is JSON, null for bytes. */
  json: string | null;
  /** The producer's id, or null. */
  producerId: string | null;
  /** The producer's number of this record, or null. */
  sequence: number | null;
}

/** Records of one partition and one UTC day that are read together. */
export interface Batch {
  /** Topic it was read from. */
  topic: string;
  /** Partition of the topic. */
  partition: number;
  /** First offset that it covers. */
  baseOffset: number;
  /** Offset behind the last that it covers. Offsets may be sparse: it holds at most `endOffset - baseOffset` records. */
  endOffset: number;
  /** Records in the frame; 0 where a bus holds nothing that counts, as between transaction markers. */
  count: number;
  /** When the bus took the newest of them, microseconds since 1970; all of them lie in the UTC day of this time. */
  busTimeMicros: number;
  /** Zstandard frame of NDJSON lines (docs/architecture.md, "Bus"); not clipped to the range that was asked for. */
  frame(): Uint8Array;
  /** Decodes the records that lie in the range that was asked for. */
  records(): BusRecord[];
}

/** What a partition holds. */
export interface Position {
  /** Number of the partition. */
  partition: number;
  /** First offset that is kept. */
  low: number;
  /** Next offset to be given. */
  high: number;
}

/** How far a read goes. */
export interface ReadOptions {
  /** Offset to end before; by default the high watermark at the start, or no end when following. */
  to?: number;
  /** Wait for records to come; false by default. */
  follow?: boolean;
  /** Ends the read by rejecting with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * One member's share of the partitions of a group. Groups only divide work: for a moment two members may own the same
 * partition, and on the embedded bus every member owns all of them.
 */
export interface Membership extends AsyncDisposable {
  /** Tells whether a partition is this member's now. */
  owns(topic: string, partition: number): boolean;
}

/** Topics of ordered records. Appends of one Bus keep their order; what is closed refuses further use. */
export interface Bus extends AsyncDisposable {
  /** For example `sqlite:/data/lake/bus`. */
  readonly url: string;
  /**
   * true when an append leaves out exactly what its producer has appended before; false when a repeat may come out of a
   * read twice, with the same producer and sequence, and whoever stores it has to leave it out.
   */
  readonly dedupes: boolean;
  /** Tells what this backend has proved, and what it only promises; for the topics that are there. */
  guarantees(): Promise<Guarantee[]>;
  /**
   * Creates a topic, or finds it as it is. Partitions: 1 unless given.
   * Rejects with RangeError for a bad name or another number of partitions.
   */
  createTopic(topic: string, options?: { partitions?: number }): Promise<TopicInfo>;
  /** Lists the topics by name. */
  topics(): Promise<TopicInfo[]>;
  /**
   * Appends messages in order, all or none, and resolves when they are durable. With a producer, messages that are
   * there already are left out. Rejects with RangeError for an unknown partition, a record over 1,000,000 bytes of
   * key, headers and value, or a gap in the producer's sequence; with TypeError for a value that is neither JSON nor bytes;
   * with DiskReserveError when the disk of an embedded bus is at its reserve.
   */
  append(topic: string, partition: number, messages: readonly Message[], producer?: Producer): Promise<Appended>;
  /** Appends each message to the partition of its key (without a key: in turn); one answer per partition. */
  publish(topic: string, messages: readonly Message[]): Promise<Appended[]>;
  /** Reads batches that overlap [from, to), durable ones only. Throws RangeError when `from` was truncated. */
  read(topic: string, partition: number, from: number, options?: ReadOptions): AsyncIterable<Batch>;
  /** Tells the offsets of each partition. */
  positions(topic: string): Promise<Position[]>;
  /** Tells the last sequence of a producer, for one that resumes; null when there is none. */
  lastSequence(topic: string, partition: number, producerId: string): Promise<number | null>;
  /** Finds the first offset whose bus time is at or after a time; the high watermark when there is none. */
  offsetAt(topic: string, partition: number, busTimeMicros: number): Promise<number>;
  /** Stores the next offset that a group will read. */
  commit(group: string, topic: string, partition: number, offset: number): Promise<void>;
  /** Tells the offsets that a group has committed, by partition. */
  committed(group: string, topic: string): Promise<Map<number, number>>;
  /** Joins the members of a group that share the partitions of some topics. */
  join(group: string, topics: readonly string[]): Promise<Membership>;
  /** Drops the records before an offset; RangeError past what the group `lake` has committed. */
  truncate(topic: string, partition: number, before: number): Promise<void>;
}
