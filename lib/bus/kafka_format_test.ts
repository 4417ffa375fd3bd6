import { Buffer } from "node:buffer";
import { compressionsAlgorithms, createRecordsBatch, Reader, readRecordsBatch } from "@platformatic/kafka";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBatches, readRecord } from "./_kafka_decode.ts";
import { encodeRecords, toRecordBatch } from "./_kafka_encode.ts";
import { batchesOf } from "./_kafka_fetch.ts";
import { toKafkaRecord, toLine } from "./_kafka_record.ts";
import { isoMicros } from "../events/mod.ts";
import type { Message } from "./bus.ts";
import { decodeFrame } from "./_frame.ts";
import { pack } from "./_zstd.ts";

const STAMP = { producerId: 12n, epoch: 3, sequence: 40, timestampMs: 1_700_000_000_000 };
const PRODUCER = { id: "0d5c7f0e-0000-4000-8000-000000000001", sequence: 7 };

const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(fc.string({ unit: "grapheme", maxLength: 300 })),
  eventTimeMicros: fc.option(fc.maxSafeInteger()),
  headers: fc.array(fc.tuple(fc.string({ unit: "binary" }).map((text) => text.toWellFormed()), fc.uint8Array())),
  value: fc.oneof(
    fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Message["value"]>,
    fc.uint8Array({ min: 128 }),
  ),
});

function batchOf(messages: readonly Message[], parts = [messages.length]): Buffer {
  const records = encodeRecords("t", messages.entries(), PRODUCER);
  let from = 0;
  return toRecordBatch(parts.map((count) => ({ records, from, to: from += count })), STAMP);
}

/** Gives a batch a base offset, as a broker does, and if wanted other attributes. */
function stored(batch: Buffer, baseOffset: number): Buffer {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(BigInt(baseOffset), 0);
  return copy;
}

test("what encodeRecords() writes is what the client's own reader reads", () => {
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) => {
    const read = readRecordsBatch(Reader.from(batchOf(messages)));
    expect([read.producerId, read.producerEpoch, read.firstSequence, read.lastOffsetDelta, read.firstTimestamp])
      .toEqual([12n, 3, 40, messages.length - 1, 1_700_000_000_000n]);
    expect(read.records.map(({ key, offsetDelta }) => [key?.toString() ?? null, offsetDelta]))
      .toEqual(messages.map(({ key }, i) => [key, i]));
    for (const [i, { value, headers }] of read.records.entries()) {
      const given = messages[i]!.value;
      expect(value!.toString("latin1")).toBe(
        Buffer.from(given instanceof Uint8Array ? given : JSON.stringify(given)).toString("latin1"),
      );
      expect(headers.slice(-2).map((pair) => pair.map(String)))
        .toEqual([["boathouse-producer", PRODUCER.id], ["boathouse-sequence", String(7 + i)]]);
    }
  }));
});

test("toKafkaRecord() and a frame's line give back what was published", () => {
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
    const [batch] = readBatches(stored(batchOf(messages), 100)), raw = batch!.records();
    const records = raw.map(toKafkaRecord);
    for (const [i, record] of records.entries()) {
      const { key, eventTimeMicros, headers, value } = messages[i]!;
      expect({ ...record, value: undefined, json: undefined }).toEqual({
        offset: 100 + i,
        key,
        busTimeMicros: STAMP.timestampMs * 1000,
        eventTimeMicros,
        headers,
        producerId: PRODUCER.id,
        sequence: 7 + i,
        value: undefined,
        json: undefined,
      });
      if (!(value instanceof Uint8Array) && record.json !== null) expect(record.json).toBe(JSON.stringify(value));
      else expect(record.value).toBeInstanceOf(Uint8Array);
    }
    const frame = pack(Buffer.from(records.map(toLine).join("")));
    const decoded = decodeFrame(frame, { topic: "t", partition: 0, count: records.length, from: 0, to: 1_000 });
    expect(
      decoded.map((
        { offset, key, headers, json, value, sequence, producerId, eventTimeMicros },
      ) => [offset, key, headers, json, value, sequence, producerId, eventTimeMicros]),
    ).toEqual(
      records.map((
        { offset, key, headers, json, value, sequence, producerId, eventTimeMicros },
      ) => [offset, key, headers, json, value, sequence, producerId, eventTimeMicros]),
    );
  }));
});

test("toRecordBatch() joins ranges of records in order", () => {
  const messages = Array.from({ length: 200 }, (_, i): Message => ({ key: null, eventTimeMicros: null, value: i }));
  const [batch] = readBatches(stored(batchOf(messages, [1, 99, 100]), 5));
  expect([batch!.baseOffset, batch!.endOffset]).toEqual([5, 205]);
  expect(batch!.records().map((raw) => [raw.offset, toKafkaRecord(raw).value]))
    .toEqual(messages.map((_, i) => [5 + i, i]));
});

test("readBatches() reads what the client wrote with every codec, and leaves a batch without its end", () => {
  const messages = Array.from({ length: 50 }, (_, i) => ({
    topic: "t",
    key: Buffer.from(`k${i}`),
    value: Buffer.from(`${i}`),
    timestamp: BigInt(1_000 + i),
    headers: new Map([[Buffer.from("h"), Buffer.from("1")]]),
  }));
  for (const compression of Object.keys(compressionsAlgorithms) as (keyof typeof compressionsAlgorithms)[]) {
    const bytes = createRecordsBatch(messages, { compression }).buffer;
    const [batch, ...others] = readBatches(Buffer.concat([bytes, bytes.subarray(0, bytes.length - 1)]));
    expect(others).toEqual([]);
    const records = batch!.records();
    expect(records.map(({ offset, timeMs }) => [offset, timeMs])).toEqual(messages.map((_, i) => [i, 1_000 + i]));
    expect(readRecord(records[49]!)).toEqual({
      key: Buffer.from("k49"),
      value: Buffer.from("49"),
      headers: [[Buffer.from("h"), Buffer.from("1")]],
    });
  }
});

test("readBatches() refuses damage, another format and a codec that it does not know", () => {
  const good = batchOf([{ key: "k", eventTimeMicros: null, value: "x" }]);
  for (const at of [17, 30, 61, good.length - 1]) {
    const bad = stored(good, 9);
    bad[at]! ^= 1;
    expect(() => readBatches(bad)).toThrow("a wrong checksum at offset 9");
  }
  const old = stored(good, 9);
  old.writeInt8(1, 16);
  expect(() => readBatches(old)).toThrow("message format 1 at offset 9 instead of 2");
  for (
    const [codec, found] of [[4, /^zstd at offset 9 that cannot be unpacked \(/], [
      5,
      /^codec 5 at offset 9, which this/,
    ]]
  ) {
    const packed = recoded(stored(good, 9), codec as number);
    expect(() => readBatches(packed)[0]!.records()).toThrow(found as RegExp);
  }
});

/** Says that the records are packed by a codec, with a checksum that is right. */
function recoded(batch: Buffer, codec: number): Buffer {
  batch.writeInt16BE(codec, 21);
  batch.writeUInt32BE(checksum(batch.subarray(21)), 17);
  return batch;
}

/** CRC-32C bit by bit (RFC 3720, appendix B.4). */
function checksum(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

test("batchesOf() hides an aborted transaction from its first offset to its marker, and no other", () => {
  const of = (baseOffset: number, producerId: bigint, attributes: number, value = "x") => {
    const records = encodeRecords("t", [[0, { key: null, eventTimeMicros: null, value }]], PRODUCER);
    const batch = stored(toRecordBatch([{ records, from: 0, to: 1 }], { ...STAMP, producerId }), baseOffset);
    return recoded(batch, attributes);
  };
  const marker = (baseOffset: number, producerId: bigint, type: number) => {
    const key = Buffer.from([0, 0, 0, type]), value = Buffer.alloc(6);
    const batch = createRecordsBatch([{ topic: "t", key, value, timestamp: 1n }], { producerId }).buffer;
    return recoded(stored(batch, baseOffset), 0x30);
  };
  const bytes = Buffer.concat([
    of(0, 1n, 0x10), // committed at 1
    marker(1, 1n, 1),
    of(2, 1n, 0x10), // aborted at 6
    of(3, 2n, 0x10), // committed at 7
    of(4, 1n, 0), // not of a transaction
    of(5, 1n, 0x10),
    marker(6, 1n, 0),
    marker(7, 2n, 1),
    of(8, 1n, 0x10), // committed later
  ]);
  const found = batchesOf({ aborted: [{ producerId: 1n, firstOffset: 2n }], bytes });
  expect(found.map(({ batch, isVisible }) => [batch.baseOffset, isVisible])).toEqual(
    [[0, true], [1, false], [2, false], [3, true], [4, true], [5, false], [6, false], [7, false], [8, true]],
  );
  expect(found.map(({ batch }) => batch.marker).filter((it) => it !== null)).toEqual(["commit", "abort", "commit"]);
  expect(batchesOf({ aborted: [], bytes: null })).toEqual([]);
});

test.each([
  ['"\\ud83d\\ude00"', true],
  ['"\\uD83D\\uDE00 \\u0041"', true],
  ['"\\\\ud83d"', true],
  ['{"a":"\\ud83d","a":1}', false],
  ['"\\ude00"', false],
  ['"\\ud83d\\ud83d\\ude00"', false],
  ['"\\ud83d\\n\\ude00"', false],
  ['"\\ud83d \\ude00"', false],
  ['"\\ude00\\ud83d"', false],
  [" 1 ", true],
  ["1 2", false],
  ["", false],
  ["NaN", false],
  ["[1,]", false],
])("toKafkaRecord() takes %s as JSON: %s", (text, isJson) => {
  const value = new TextEncoder().encode(text);
  const [batch] = readBatches(batchOf([{ key: null, eventTimeMicros: null, value }]));
  const record = toKafkaRecord(batch!.records()[0]!);
  expect(record.json).toBe(isJson ? text : null);
  if (!isJson) expect(record.value).toEqual(value);
});

/** A batch of a client that stores what it likes as time. */
function timed(times: readonly bigint[]): Buffer {
  const records = times.map((time, i) => {
    const record = [0, ...varint(time - times[0]!), ...varint(BigInt(i)), 1, 2, 0x31, 0]; // no key, the value 1
    return Buffer.from([...varint(BigInt(record.length)), ...record]);
  });
  const batch = Buffer.concat([batchOf([]), ...records]), max = times.reduce((a, b) => a > b ? a : b);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(times.length - 1, 23);
  batch.writeBigInt64BE(times[0]!, 27);
  batch.writeBigInt64BE(max, 35);
  batch.writeInt32BE(times.length, 57);
  return recoded(batch, 0);
}

/** Zigzag of 64 bits, in sevens. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const LAST_MS = 253_402_300_799_999n;

test("toKafkaRecord() brings any time that a client stores to the years 1970 to 9999, and keeps what was stored", () => {
  const time = fc.oneof(
    fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    fc.bigInt({ min: -5n, max: 5n }),
    fc.bigInt({ min: LAST_MS - 5n, max: LAST_MS + 5n }),
    fc.constant(1_764_124_800_000_000_000n),
  );
  fc.assert(fc.property(fc.array(time, { minLength: 1, maxLength: 5 }), (times) => {
    const [batch] = readBatches(timed(times));
    for (const [i, raw] of batch!.records().entries()) {
      const stored = times[i]!, told = stored < 0n ? 0n : stored > LAST_MS ? LAST_MS : stored;
      const { busTimeMicros, headers } = toKafkaRecord(raw);
      expect(BigInt(raw.timeMs)).toBe(told);
      expect(busTimeMicros).toBe(Number(told) * 1000);
      expect(isoMicros(busTimeMicros).slice(0, 23)).toBe(new Date(Number(told)).toISOString().slice(0, 23));
      expect(headers.map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]))
        .toEqual(told === stored ? [] : [["boathouse-stored-time", String(stored)]]);
      expect(toLine(toKafkaRecord(raw))).toContain(`"m":${told}000,`.replace(/"m":0+,/, '"m":0,'));
    }
    expect(batch!.maxTimeMs).toBe(Math.max(...batch!.records().map(({ timeMs }) => timeMs)));
  }));
});

test.each([
  ["+010000-01-01T00:00:00Z"],
  ["2256-01-01T00:00:00Z"],
  ["0001-01-01T00:00:00Z"],
])("toKafkaRecord() tells no event time for %s, which is out of range, and keeps the event", (time) => {
  const value = { specversion: "1.0", time };
  const [batch] = readBatches(batchOf([{ key: null, eventTimeMicros: null, value }]));
  expect(toKafkaRecord(batch!.records()[0]!)).toMatchObject({ eventTimeMicros: null, value });
});

test.each(["9007199254740992", "-9007199254740993", "soon"])(
  "toKafkaRecord() tells no event time for boathouse-time %s, and keeps the header",
  (text) => {
    const headers: Message["headers"] = [["boathouse-time", new TextEncoder().encode(text)]];
    const [batch] = readBatches(batchOf([{ key: null, eventTimeMicros: null, headers, value: 1 }]));
    expect(toKafkaRecord(batch!.records()[0]!)).toMatchObject({ eventTimeMicros: null, headers });
  },
);
