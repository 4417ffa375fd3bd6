import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Json, type Message, openBus } from "../bus/mod.ts";
import { createEvent } from "../events/mod.ts";
import { readSnapshot, scanSql } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest, type TopicSchema } from "./mod.ts";

const TYPE = "test.thing.v1";
const SCHEMA: TopicSchema = {
  type: TYPE,
  schema: { type: "object", properties: { a: { type: "integer" }, b: { type: "string" }, c: {} } },
};

const text = fc.string({ unit: "binary", maxLength: 8 });
const data = fc.record({
  a: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), text),
  b: fc.oneof(text, fc.integer()),
  c: fc.jsonValue(),
  d: fc.jsonValue(),
}, { requiredKeys: [] });
const event = data.map((each) => createEvent({ type: TYPE, source: "/t", data: each }) as unknown as Json);
const json = fc.oneof(event, event, fc.jsonValue() as fc.Arbitrary<Json>);
const encode = (value: string) => new TextEncoder().encode(value);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  text.map(encode),
  json.map((value) => encode(JSON.stringify(value, null, 1))),
  json.map((value) => encode(JSON.stringify(value).replace(/\d/g, "9".repeat(20)))),
  json.map((value) => encode(JSON.stringify(value).replace(/:/g, ":1e9,"))),
  json.map((value) =>
    encode(JSON.stringify(value).replace(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`))
  ),
);
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(text),
  eventTimeMicros: fc.option(fc.integer()),
  value: fc.oneof(json as fc.Arbitrary<Json | Uint8Array>, bytes),
});

const dir = await Deno.makeTempDir();
afterAll(() => Deno.remove(dir, { recursive: true }));

test("flush() takes anything: each record is one row, and its bytes are kept unless the columns say as much", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schemas = () => Promise.resolve(new Map([["things", SCHEMA]]));
  await using ingest = await openIngest({ bus, store, key: "k", schemas });
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await bus.createTopic("things");
  await bus.createTopic("notes");
  const sent: Message[] = [];
  const messages = fc.array(message, { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(messages, async (batch) => {
      for (const topic of ["things", "notes"]) await bus.append(topic, 0, batch);
      sent.push(...batch);
      for (const { rows, rejected } of await ingest.flush()) expect(rows + rejected).toBe(batch.length);
    }),
    { numRuns: 20 },
  );
  for (const topic of ["things", "notes"]) {
    const select = `SELECT * FROM (${await scanSql(store, (await readSnapshot(store, topic))!)}) ORDER BY _offset`;
    const rows = (await connection.runAndReadAll(select.replace("SELECT *", "SELECT *, to_base64(_raw) AS raw")))
      .getRowObjectsJson();
    expect(rows.map(({ _offset }) => Number(_offset))).toEqual(sent.map((_, index) => index));
    for (const [index, row] of rows.entries()) checkRow(topic, sent[index]!, row);
  }
  instance.closeSync();
});

function checkRow(topic: string, { key, value }: Message, row: Record<string, unknown>): void {
  expect(row._key).toBe(key?.toWellFormed() ?? null);
  const original = value instanceof Uint8Array ? value : encode(JSON.stringify(value));
  if (!row.fit) {
    expect(row._reason).toBeTypeOf("string");
    expect(row.raw).toBe(original.toBase64());
  } else if (topic === "notes") {
    if (value instanceof Uint8Array) {
      expect(row.value).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(value));
    } else expect(JSON.parse(row.value as string)).toEqual(JSON.parse(JSON.stringify(value)));
  } else if (row.raw === null) {
    const { data } = value as { data: Record<string, Json> };
    expect(Object.keys(data).every((name) => ["a", "b", "c"].includes(name))).toBe(true);
    expect(row.a === null ? undefined : Number(row.a)).toBe(data.a);
    expect(row.b ?? undefined).toBe(data.b);
    expect(JSON.parse(row.c as string ?? "null")).toEqual(JSON.parse(JSON.stringify(data.c ?? null)));
  }
}
