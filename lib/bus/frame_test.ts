import fc from "fast-check";
import { Buffer } from "node:buffer";
import { zstdDecompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { chunksOf, encodeMessage } from "./_encode.ts";
import { decodeFrame, encodeFrame } from "./_frame.ts";
import type { BusRecord, Message } from "./bus.ts";

const WANTED = { topic: "flights", partition: 2, count: 1, from: 0, to: Infinity };
const STAMP = { baseOffset: 40, busTimeMicros: 991_267_200_000_001, producer: null };

function frameOf(messages: readonly Message[], stamp: Parameters<typeof encodeFrame>[1] = STAMP): Uint8Array {
  return encodeFrame(messages.map((message, index) => encodeMessage("flights", message, index)), stamp);
}

test("a frame is NDJSON in Zstandard: offset, bus time, producer, sequence, key, event time, headers, value or bytes", () => {
  const frame = frameOf([
    { key: "ORD-LGA", eventTimeMicros: 7, value: { delay: 3 } },
    { key: null, eventTimeMicros: null, headers: [["a", new Uint8Array([1])]], value: new Uint8Array([255]) },
  ], { ...STAMP, producer: { id: "p", sequence: 8 } });
  expect([...frame.subarray(0, 4)]).toEqual([0x28, 0xb5, 0x2f, 0xfd]);
  expect(zstdDecompressSync(frame).toString()).toBe(
    `{"o":40,"m":991267200000001,"p":"p","s":8,"k":"ORD-LGA","t":7,"v":{"delay":3}}\n` +
      `{"o":41,"m":991267200000001,"p":"p","s":9,"k":null,"t":null,"h":[["a","AQ=="]],"b":"/w=="}\n`,
  );
  expect(zstdDecompressSync(frameOf([{ key: "k", eventTimeMicros: null, value: 1 }])).toString()).toBe(
    `{"o":40,"m":991267200000001,"k":"k","t":null,"v":1}\n`,
  );
});

test("frames can be concatenated to one file, for DuckDB", async () => {
  const frames = Array.from(
    { length: 50 },
    (_, i) =>
      frameOf(Array(100).fill({ key: "k", eventTimeMicros: i, value: { n: i } }), { ...STAMP, baseOffset: i * 100 }),
  );
  const dir = await Deno.makeTempDir(), file = `${dir}/flights.ndjson.zst`;
  await Deno.writeFile(file, Buffer.concat(frames));
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(
    `select count(*)::int, min(o)::int, max(o)::int, count(distinct o)::int, sum((v->>'n')::int)::int
     from read_json('${file}', format = 'newline_delimited', columns = {o: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'JSON'})`,
  );
  expect(result.getRows()).toEqual([[5_000, 0, 4_999, 5_000, 100 * 49 * 50 / 2]]);
  connection.closeSync();
  await Deno.remove(dir, { recursive: true });
});

test("decodeFrame() gives back any message", () => {
  const header = fc.tuple(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 9 }));
  const message = fc.record({
    key: fc.option(fc.string({ unit: "grapheme" })),
    eventTimeMicros: fc.option(fc.maxSafeInteger()),
    headers: fc.array(header, { maxLength: 3 }),
    value: fc.oneof(fc.jsonValue(), fc.uint8Array()),
  });
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 9 }), (messages) => {
    const records = decodeFrame(frameOf(messages as Message[]), { ...WANTED, count: messages.length });
    expect(records.map(({ offset }) => offset)).toEqual(messages.map((_, i) => 40 + i));
    for (const [i, { key, eventTimeMicros, headers, value }] of messages.entries()) {
      const expected = value instanceof Uint8Array ? value : JSON.parse(JSON.stringify(value));
      const found = records[i]!;
      expect([found.key, found.eventTimeMicros, found.headers]).toEqual([key, eventTimeMicros, headers]);
      expect(hasLoneSurrogate(value) ? JSON.parse(Buffer.from(found.value as Uint8Array).toString()) : found.value)
        .toEqual(expected);
    }
  }));
});

function hasLoneSurrogate(value: unknown): boolean {
  return !(value instanceof Uint8Array) &&
    Buffer.from(JSON.stringify(value)).toString().match(/(?<!\\)(\\\\)*\\ud/) !== null;
}

test("no line holds an escape that parsers other than JavaScript's refuse", () => {
  const values = ["\ud800", "\udfff", "a\ud83d", { "\udc00": 1 }, ["\\\ud800"], "\ud800\\"];
  for (const value of values) {
    expect(encodeMessage("flights", { key: null, eventTimeMicros: null, value }, 0)).toContain('"b":');
  }
  for (const value of ["\\ud800", "\\\\ud800", "😀", { "\\udc00": "\\" }]) {
    expect(encodeMessage("flights", { key: null, eventTimeMicros: null, value }, 0)).toContain('"v":');
  }
});

test("decodeFrame() refuses a frame that a disk has changed or cut off", () => {
  const frame = frameOf([{ key: "k", eventTimeMicros: null, value: "a value that is stored as it is" }]);
  const whole = decodeFrame(frame, WANTED);
  for (let at = 0; at < frame.length; at++) {
    const changed = frame.map((byte, i) => i === at ? byte ^ 1 : byte);
    for (const damaged of [changed, frame.subarray(0, at)]) expectWholeOrRefused(damaged, whole);
  }
  expect(() => decodeFrame(frame.subarray(0, 20), WANTED)).toThrow("must be whole: 0 bytes of 84; restore the bus");
  expect(() => decodeFrame(new Uint8Array(40), WANTED)).toThrow("must be whole: Zstd decompress error");
});

/** Some bits of a frame's header do not matter, and without its checksum the content is still there. */
function expectWholeOrRefused(frame: Uint8Array, whole: BusRecord[]): void {
  const refused = /^Cannot read "flights" as the frames of partition 2 must be whole: .+; restore the bus from a copy$/;
  try {
    expect(decodeFrame(frame, WANTED)).toEqual(whole);
  } catch (error) {
    expect((error as Error).message).toMatch(refused);
  }
}

test("chunksOf() cuts at 4 Mi characters and never within a line", () => {
  expect(chunksOf([])).toEqual([]);
  expect(chunksOf(["a", "b"])).toEqual([{ text: "a\nb", count: 2 }]);
  const lines = Array.from({ length: 10 }, (_, i) => String(i).repeat(1_000_000));
  expect(chunksOf(lines).map(({ count }) => count)).toEqual([4, 4, 2]);
  expect(chunksOf(lines).flatMap(({ text }) => text.split("\n"))).toEqual(lines);
  expect(chunksOf(["x".repeat(5_000_000), "y"]).map(({ count }) => count)).toEqual([1, 1]);
});
