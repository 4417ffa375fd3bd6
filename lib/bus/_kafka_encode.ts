import { Buffer } from "node:buffer";
import { crc32c } from "@platformatic/kafka";
import { checkMessage } from "./_encode.ts";
import type { Message, Producer } from "./bus.ts";
import { eventTimeOf, PRODUCER_HEADER, SEQUENCE_HEADER, TIME_HEADER } from "./_kafka_headers.ts";

/** Encoded records that only lack their place in a batch: key, value and headers of each. */
export interface Encoded {
  /** One behind the other. */
  bytes: Buffer;
  /** Where each ends. */
  ends: number[];
}

/** What the records of one batch share. */
export interface BatchStamp {
  /** Given by the broker to an idempotent producer. */
  producerId: bigint;
  /** Of that producer id. */
  epoch: number;
  /** Sequence of the first record under that producer id. */
  sequence: number;
  /** The producer's clock, milliseconds since 1970; a topic with LogAppendTime replaces it. */
  timestampMs: number;
}

const HEAD = 61; // bytes of a batch before its records
const MAX_VARINT = 5;

/**
 * Encodes messages as records of Kafka. Our producer id and sequence are headers, because a client that failed once
 * gets another producer id from the broker.
 *
 * @param topic Topic, for messages of errors.
 * @param messages What is published, each with its place among the messages of the call.
 * @param producer Whose messages they are, with the sequence of the first.
 * @returns The records, in order.
 * @throws {TypeError} When a part has the wrong type, or a value is neither JSON nor bytes.
 * @throws {RangeError} When a record is too large.
 */
export function encodeRecords(
  topic: string,
  messages: Iterable<readonly [number, Message]>,
  producer: Producer,
): Encoded {
  const sink = openSink(), signature = signatureOf(producer.id);
  const ends: number[] = [];
  for (const [index, message] of messages) {
    const content = checkMessage(topic, message, index);
    const time = message.eventTimeMicros;
    // An event says its time itself; parsing it again costs less than a header in every record.
    const isTimeKept = time === null || time === eventTimeOf(message.value);
    const headers = message.headers ?? [];
    sink.text(message.key);
    sink.content(content);
    sink.varint(headers.length + (isTimeKept ? 2 : 3));
    for (const [name, bytes] of headers) sink.header(name, bytes);
    if (!isTimeKept) sink.header(TIME_HEADER, String(time));
    sink.bytes(signature);
    sink.text(String(producer.sequence + ends.length));
    ends.push(sink.length());
  }
  return { bytes: sink.taken(), ends };
}

/** What is the same in each record: the header of the producer, and the name of that of the sequence. */
function signatureOf(producerId: string): Uint8Array {
  const sink = openSink();
  sink.header(PRODUCER_HEADER, producerId);
  sink.text(SEQUENCE_HEADER);
  return sink.taken();
}

/**
 * Joins encoded records to one batch (Kafka's message format 2, not compressed, so that every client reads it).
 *
 * @param parts Encoded records, each with the range of them that is wanted.
 * @param stamp What they share.
 * @returns The batch, ready for a Produce request.
 */
export function toRecordBatch(
  parts: readonly { records: Encoded; from: number; to: number }[],
  stamp: BatchStamp,
): Buffer {
  const size = parts.reduce((sum, { records, from, to }) => {
    return sum + startOf(records, to) - startOf(records, from) + (to - from) * (2 * MAX_VARINT + 2);
  }, HEAD);
  const batch = Buffer.allocUnsafe(size);
  let at = HEAD, count = 0;
  for (const { records, from, to } of parts) {
    for (let i = from; i < to; i++) {
      const start = startOf(records, i), end = records.ends[i]!;
      at = writeVarint(batch, at, end - start + 2 + varintSize(count));
      batch[at++] = 0; // attributes: none are defined
      batch[at++] = 0; // time: that of the batch
      at = writeVarint(batch, at, count++);
      at += records.bytes.copy(batch, at, start, end);
    }
  }
  return writeHead(batch.subarray(0, at), count, stamp);
}

function writeHead(batch: Buffer, count: number, { producerId, epoch, sequence, timestampMs }: BatchStamp): Buffer {
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(0, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  batch.writeBigInt64BE(BigInt(timestampMs), 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt16BE(epoch, 51);
  batch.writeInt32BE(sequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/**
 * Tells where an encoded record begins.
 *
 * @param records Encoded records.
 * @param index Number of one of them, or how many there are for the end.
 * @returns Offset in their bytes.
 */
export function startOf({ ends }: Encoded, index: number): number {
  return index === 0 ? 0 : ends[index - 1]!;
}

const TEXT = new TextEncoder(), SHORT = 40;

function openSink() {
  let buffer = Buffer.allocUnsafe(16_384), at = 0;

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }
  function raw(bytes: Uint8Array): void {
    reserve(MAX_VARINT + bytes.length);
    at = writeVarint(buffer, at, bytes.length);
    buffer.set(bytes, at);
    at += bytes.length;
  }
  function text(value: string): void {
    reserve(MAX_VARINT + value.length * 3);
    if (value.length < SHORT && shortText(value)) return;
    // Most text is ASCII: its length in bytes is then known before it is written.
    const guessed = varintSize(value.length);
    const { written } = TEXT.encodeInto(value, buffer.subarray(at + guessed));
    const needed = varintSize(written);
    if (needed !== guessed) buffer.copyWithin(at + needed, at + guessed, at + guessed + written);
    at = writeVarint(buffer, at, written) + written;
  }
  /** A key or a number: crossing to native code costs more than a loop. False, with nothing written, unless it is ASCII. */
  function shortText(value: string): boolean {
    let end = writeVarint(buffer, at, value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[end++] = code;
    }
    at = end;
    return true;
  }
  return {
    length: () => at,
    taken: () => buffer.subarray(0, at),
    bytes(encoded: Uint8Array): void {
      reserve(encoded.length);
      buffer.set(encoded, at);
      at += encoded.length;
    },
    varint(value: number): void {
      reserve(MAX_VARINT);
      at = writeVarint(buffer, at, value);
    },
    text(value: string | null): void {
      if (value !== null) return text(value);
      reserve(1);
      buffer[at++] = 1; // -1: no key
    },
    content: (value: string | Uint8Array) => typeof value === "string" ? text(value) : raw(value),
    header(name: string, value: string | Uint8Array): void {
      text(name);
      if (typeof value === "string") text(value);
      else raw(value);
    },
  };
}

function varintSize(value: number): number {
  return value < 0x40 ? 1 : value < 0x2000 ? 2 : value < 0x100000 ? 3 : value < 0x8000000 ? 4 : 5;
}

/** Zigzag of what is never negative is its double. */
function writeVarint(buffer: Uint8Array, at: number, value: number): number {
  let rest = value * 2;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at++] = rest;
  return at;
}
