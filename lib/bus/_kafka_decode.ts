import { Buffer } from "node:buffer";
import { compressionsAlgorithmsByBitmask, crc32c } from "@platformatic/kafka";
import { type KafkaTime, kafkaTime, toKafkaTime } from "./_kafka_time.ts";

/** A batch of records as a broker stores it. */
export interface RecordBatch {
  /** First offset that it covers. */
  baseOffset: number;
  /** Offset behind the last that it covers; there may be fewer records. */
  endOffset: number;
  /** Given by the broker to the producer; -1n for none. */
  producerId: bigint;
  /** Whether it belongs to a transaction. */
  isTransactional: boolean;
  /** How a transaction ended, for the marker of its end; null for records. */
  marker: "abort" | "commit" | "other" | null;
  /** Milliseconds since 1970 of its newest record. */
  maxTimeMs: number;
  /** Reads its records; throws Error when they are damaged or packed by what this version cannot unpack. */
  records(): RawRecord[];
}

/** A record, not yet read. */
export interface RawRecord extends KafkaTime {
  /** Its offset. */
  offset: number;
  /** What it lies in. */
  bytes: Buffer;
  /** Where its key begins. */
  at: number;
}

/** A record, read. */
export interface ReadRecord {
  /** Its key, or null. */
  key: Buffer | null;
  /** Its value, or null. */
  value: Buffer | null;
  /** Its headers; Kafka allows null in place of a value. */
  headers: [Buffer, Buffer][];
}

const HEAD = 61;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * Reads the heads of the batches of a Fetch response (Kafka's message format 2).
 *
 * @param bytes What a broker sent; the last batch may lack its end.
 * @returns The whole batches, in order.
 * @throws {Error} When a batch has another format or its checksum is wrong.
 */
export function readBatches(bytes: Buffer): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + HEAD <= bytes.length;) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    batches.push(readBatch(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

function readBatch(bytes: Buffer): RecordBatch {
  const baseOffset = Number(bytes.readBigInt64BE(0)), magic = bytes.readInt8(16), attributes = bytes.readInt16BE(21);
  if (magic !== 2) throw new Error(`message format ${magic} at offset ${baseOffset} instead of 2`);
  if (crc32c(bytes.subarray(21)) !== bytes.readUInt32BE(17)) {
    throw new Error(`a wrong checksum at offset ${baseOffset}`);
  }
  const maxTimeMs = toKafkaTime(bytes.readBigInt64BE(35)).timeMs, isControl = (attributes & 0x20) !== 0;
  return {
    baseOffset,
    endOffset: baseOffset + bytes.readInt32BE(23) + 1,
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & 0x10) !== 0,
    marker: isControl ? markerOf(readRecords(bytes, baseOffset, attributes)) : null,
    maxTimeMs,
    records: () => readRecords(bytes, baseOffset, attributes),
  };
}

function markerOf([record]: RawRecord[]): RecordBatch["marker"] {
  const key = record && readRecord(record).key;
  const type = key && key.length >= 4 ? key.readInt16BE(2) : -1;
  return type === 0 ? "abort" : type === 1 ? "commit" : "other";
}

function readRecords(batch: Buffer, baseOffset: number, attributes: number): RawRecord[] {
  const bytes = decompress(batch.subarray(HEAD), attributes & 7, baseOffset), count = batch.readInt32BE(57);
  const firstMs = batch.readBigInt64BE(27), base = { near: Number(firstMs), exact: firstMs };
  const appended = (attributes & 8) === 0 ? null : toKafkaTime(batch.readBigInt64BE(35)), cursor = { bytes, at: 0 };
  const records: RawRecord[] = [];
  for (let i = 0; i < count; i++) {
    const length = varint(cursor), end = cursor.at + length;
    if (end > bytes.length) throw new Error(`a record without its end at offset ${baseOffset}`);
    cursor.at++; // attributes: none are defined
    const start = cursor.at, near = varint(cursor);
    const { timeMs, storedMs } = appended ?? kafkaTime(base, { near, exact: () => longVarint(bytes, start) });
    records.push({ offset: baseOffset + varint(cursor), timeMs, storedMs, bytes, at: cursor.at });
    cursor.at = end;
  }
  return records;
}

function decompress(bytes: Buffer, codec: number, offset: number): Buffer {
  if (codec === 0) return bytes;
  const algorithm = compressionsAlgorithmsByBitmask[codec as 1];
  const name = CODECS[codec] ?? `codec ${codec}`;
  if (!algorithm) throw new Error(`${name} at offset ${offset}, which this version cannot unpack`);
  try {
    return Buffer.from(algorithm.decompressSync(bytes));
  } catch (cause) {
    throw new Error(`${name} at offset ${offset} that cannot be unpacked (${(cause as Error).message})`, { cause });
  }
}

/**
 * Reads a record.
 *
 * @param record Where it lies.
 * @returns Views of its parts.
 */
export function readRecord({ bytes, at }: RawRecord): ReadRecord {
  const cursor = { bytes, at };
  const key = part(cursor), value = part(cursor), count = varint(cursor);
  const headers: [Buffer, Buffer][] = [];
  for (let i = 0; i < count; i++) headers.push([part(cursor) ?? EMPTY, part(cursor) ?? EMPTY]);
  return { key, value, headers };
}

const EMPTY = Buffer.alloc(0);

interface Cursor {
  bytes: Buffer;
  at: number;
}

function part(cursor: Cursor): Buffer | null {
  const length = varint(cursor);
  if (length < 0) return null;
  const start = cursor.at;
  cursor.at += length;
  return cursor.bytes.subarray(start, cursor.at);
}

/** Zigzag of 64 bits. */
function longVarint(bytes: Buffer, start: number): bigint {
  let value = 0n, shift = 0n, at = start, byte: number;
  do {
    byte = bytes[at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
  } while (byte > 0x7f);
  return (value >> 1n) ^ -(value & 1n);
}

/** Zigzag; exact below 2^52. */
function varint(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0, scale = 1, byte: number;
  do {
    byte = bytes[cursor.at++]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
  } while (byte > 0x7f);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
