import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonText, type Message } from "../../lib/bus/mod.ts";
import { BadLine, readMessages } from "./ndjson_messages.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = ({ value }: Message) => value instanceof JsonText ? value.text : null;

async function read(source: string | Uint8Array, key?: string, cut = Infinity) {
  const bytes = typeof source === "string" ? bytesOf(source) : source;
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += cut) yield await Promise.resolve(bytes.subarray(at, at + cut));
  }
  return await Array.fromAsync(readMessages(chunks(), key));
}

async function badLine(source: string | Uint8Array, key?: string): Promise<[line: number, rule: string]> {
  const error = await read(source, key).then(() => null, (error) => error);
  expect(error).toBeInstanceOf(BadLine);
  return [error.line, error.message];
}

test("readMessages() numbers lines, leaves out empty ones, and takes a byte order mark and CRLF", async () => {
  const lines = await read('\ufeff{"a":1}\r\n\r\n  \n"b"\nnull');
  expect(lines).toEqual([
    { number: 1, message: { key: null, eventTimeMicros: null, value: new JsonText('{"a":1}') } },
    { number: 4, message: { key: null, eventTimeMicros: null, value: new JsonText('"b"') } },
    { number: 5, message: { key: null, eventTimeMicros: null, value: new JsonText("null") } },
  ]);
});

test("readMessages() takes subject and time of a CloudEvent", async () => {
  const event = { specversion: "1.0", id: "1", source: "/a", type: "t", subject: "U1", time: "1970-01-01T00:00:01Z" };
  expect(await read(JSON.stringify(event))).toEqual([
    { number: 1, message: { key: "U1", eventTimeMicros: 1_000_000, value: new JsonText(JSON.stringify(event)) } },
  ]);
});

test("readMessages() keeps each document as it was written", async () => {
  const written = [
    '{"n": 9007199254740993, "s":"é"}',
    "1e400",
    '{"specversion":"1.0","id":"1","source":"/a","type":"t","data":[1.50]}',
  ];
  const lines = await read(written.join("\r\n"));
  expect(lines.map(({ message }) => textOf(message))).toEqual(written);
});

test.each<[string, string | Uint8Array, string | undefined, number, string]>([
  [
    "what is no UTF-8",
    new Uint8Array([...bytesOf('{"a":1}\n{"é'), 0xff, 0x22]),
    undefined,
    2,
    "it must be UTF-8: byte 5 of the line is not",
  ],
  [
    "half a character at the end",
    new Uint8Array([0x22, 0xc3]),
    undefined,
    1,
    "it must be UTF-8: byte 2 of the line is not",
  ],
  ["what is no JSON", '1\n\n{"a":}', undefined, 3, "it must be JSON: Unexpected token '}'"],
  [
    "an event without an id",
    '{"specversion":"1.0","source":"/a","type":"t"}',
    undefined,
    1,
    'attribute "id" must be a text that is not empty: got nothing',
  ],
  [
    "an event of another version",
    '{"specversion":"2.0"}',
    undefined,
    1,
    'attribute "specversion" must be "1.0": got "2.0"',
  ],
  [
    "an event at no time",
    '{"specversion":"1.0","id":"1","source":"/a","type":"t","time":"today"}',
    undefined,
    1,
    'attribute "time" must be an RFC 3339 time',
  ],
  [
    "a document without the key",
    '{"line":"U1"}\n{"Line":"U1"}',
    "line",
    2,
    'its key "line" must be a text, a whole number below 2^53, true, false or null: got none; the line has Line',
  ],
  ["a key that is an object", '{"line":{}}', "line", 1, "got {}"],
  ["a key past 2^53", '{"line":9007199254740993}', "line", 1, "below 2^53"],
  ["a document that is no object", "[1]", "line", 1, 'it must be an object that has the key "line"'],
])("readMessages() refuses %s by line and rule", async (_what, source, key, line, rule) => {
  const [at, message] = await badLine(source, key);
  expect(at).toBe(line);
  expect(message).toContain(rule);
});

test("readMessages() makes keys of texts, whole numbers, booleans and null", async () => {
  const lines = await read('{"k":"a"}\n{"k":7}\n{"k":true}\n{"k":null}', "k");
  expect(lines.map(({ message }) => message.key)).toEqual(["a", "7", "true", null]);
});

test("readMessages() stops at a line that has no end", async () => {
  const endless = async function* () {
    for (;;) yield await Promise.resolve(new Uint8Array(1_000_000).fill(0x20));
  };
  const error = await Array.fromAsync(readMessages(endless())).then(() => null, (error) => error);
  expect(error).toMatchObject({ line: 1, message: "a line must have at most 8000000 bytes" });
});

test("readMessages() reads the same however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (values, cut) => {
        const text = values.map((value) => JSON.stringify(value)).join("\n");
        const lines = await read(text, undefined, cut);
        const expected = values.map((value) => JSON.stringify(value));
        expect(lines.map(({ message }) => textOf(message))).toEqual(expected);
      },
    ),
  );
});
