import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import type { Message } from "../bus/mod.ts";
import { createEvent, messageOf, STANDARD_EVENTS } from "../events/mod.ts";
import { readSnapshot } from "../lake/mod.ts";
import { bytes, rawOf, rowsOf, SCHEMA, setup, thing, TYPE } from "./testdata/things.ts";

test("flush() moves records into a table of envelope and payload", async () => {
  await using t = await setup();
  await t.bus.createTopic("things", { partitions: 1 });
  const event = createEvent({
    type: TYPE,
    source: "/test",
    subject: "ORD",
    time: "2001-05-31T12:00:00.000001Z",
    data: {
      delay: 3,
      name: 'é"\n🙂',
      ratio: 0.5,
      at: "2001-05-31T14:00:00.5+02:00",
      day: "2001-05-31",
      tags: ["a", "b,c"],
      place: { city: "Basel", at: "2001-05-31T12:00:00Z" },
      open: { x: [1, null] },
    },
  });
  const headers: [string, Uint8Array][] = [["trace", new Uint8Array([0, 255])]];
  await t.bus.append("things", 0, [{ ...messageOf(event), headers }], { id: "p1", sequence: 0 });
  expect(await t.ingest.flush(["things"])).toEqual([
    { topic: "things", partition: 0, from: 0, to: 1, rows: 1, rejected: 0, duplicates: 0, version: 0 },
  ]);
  const [row] = await rowsOf(t.store, "things");
  expect(row).toMatchObject({
    _partition: 0,
    _offset: "0",
    _key: "ORD",
    _event_time: "2001-05-31 12:00:00.000001+00",
    _headers: [{ key: "trace", value: "\\x00\\xFF" }],
    _producer: "p1",
    _sequence: "0",
    _id: event.id,
    _type: TYPE,
    _source: "/test",
    _subject: "ORD",
    _reason: null,
    fit: true,
    delay: "3",
    name: 'é"\n🙂',
    ratio: 0.5,
    at: "2001-05-31 12:00:00.5+00",
    day_: "2001-05-31",
    tags: ["a", "b,c"],
    place: { city: "Basel", at: "2001-05-31 12:00:00+00" },
    open: '{"x":[1,null]}',
  });
  expect(row?.day).toBe(String(row?._bus_time).slice(0, 10));
  expect(await t.ingest.completeness("things")).toEqual({ bus: 1, lake: 1, rejected: 0, duplicates: 0 });
  expect([...(await t.bus.committed("lake", "things"))]).toEqual([[0, 1]]);
  expect(await t.ingest.flush(["things"])).toEqual([]);
});

test("flush() keeps what does not fit, with its reason and its bytes, beside what does", async () => {
  await using t = await setup();
  await t.bus.createTopic("things", { partitions: 1 });
  const good = { delay: 1, name: "a" };
  const json = (data: unknown) => JSON.stringify(thing(data as Record<string, unknown>).value);
  const bad: [Message, string][] = [
    [thing({ delay: "12", name: "a" }), '/data/delay must be integer: got "12"'],
    [thing({ delay: 1.5, name: "a" }), "/data/delay must be integer: got 1.5"],
    [
      thing({ delay: 1e300, name: "a" }),
      "/data/delay must be an integer of 64 bits, in plain digits past 2^53: got 1e+300",
    ],
    [thing({ name: "a" }), "/data/delay must be there: got nothing"],
    [thing({ delay: null, name: "a" }), "/data/delay must be integer: got null"],
    [thing({ ...good, at: "yesterday" }), '/data/at must match format "date-time": got "yesterday"'],
    [
      thing({ ...good, at: "2016-12-31T23:59:60Z" }),
      '/data/at must be a time as 2001-05-31T12:00:00.5Z: got "2016-12-31T23:59:60Z"',
    ],
    [thing({ ...good, tags: ["a", 1] }), "/data/tags/1 must be string: got 1"],
    [thing({ ...good, place: { city: 3 } }), "/data/place/city must be string: got 3"],
    [thing(good, { type: "another" }), '/type must be "test.thing.v1": got "another"'],
    [{ key: "k", eventTimeMicros: 5, value: good }, 'attribute "specversion" must be "1.0": got nothing'],
    [{ key: null, eventTimeMicros: null, value: null }, "it must be an object: got null"],
    [{ key: null, eventTimeMicros: null, value: 7 }, "it must be an object: got 7"],
    [bytes("no JSON"), `the value must be JSON: Unexpected token 'o', "no JSON" is not valid JSON`],
    [bytes(""), "the value must be JSON: Unexpected end of JSON input"],
    [{ key: null, eventTimeMicros: null, value: new Uint8Array([123, 255, 125]) }, "the value must be UTF-8"],
    [thing({ delay: 1, name: "\ud800" }), "the value must be Unicode text: Lone surrogate is not allowed"],
    [
      bytes(json(good).replace('"delay":1', '"delay":9223372036854775808')),
      "/data/delay must be an integer of 64 bits, in plain digits past 2^53: got 9223372036854775808",
    ],
    [bytes("\ufeff" + json(good)), "the value must be JSON"],
    [bytes("[".repeat(100_000)), "the value must be JSON"],
  ];
  await t.bus.append("things", 0, [thing(good), ...bad.map(([message]) => message), thing(good)]);
  const [report] = await t.ingest.flush();
  expect(report).toMatchObject({ from: 0, to: bad.length + 2, rows: 2, rejected: bad.length });
  const rows = await rowsOf(t.store, "things");
  expect(rows.map(({ fit }) => fit)).toEqual([true, ...bad.map(() => false), true]);
  for (const [index, [, reason]] of bad.entries()) expect(rows[index + 1]?._reason).toContain(reason);
  expect(rows[1]).toMatchObject({ _type: TYPE, _subject: "s", _key: "s", delay: null, name: null });
  expect(rows[11]).toMatchObject({ _id: null, _key: "k", _event_time: "1970-01-01 00:00:00.000005+00" });
  const raw = await rawOf(t.store, "things");
  for (const [index, [{ value }]] of bad.entries()) {
    const expected = value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
    expect(raw[index + 1]).toBe(expected.toBase64());
  }
  expect([raw[0], raw.at(-1)]).toEqual([null, null]);
  expect(await t.ingest.completeness("things")).toEqual({
    bus: bad.length + 2,
    lake: 2,
    rejected: bad.length,
    duplicates: 0,
  });
});

test("flush() never rounds a number", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const text = (more: string) => JSON.stringify(thing({ delay: 1, name: "a" }).value).replace('"delay":1', more);
  const texts = [
    text('"delay":9007199254740993'),
    text('"delay":-9223372036854775808'),
    text('"delay":1e3'),
    text('"delay":1,"open":123456789012345678901234567890'),
    text('"delay":1,"ratio":9007199254740993'),
    text('"delay":1,"ratio":0.1000000000000000055511151231257827'),
  ];
  await t.bus.append("things", 0, texts.map(bytes));
  expect(await t.ingest.flush()).toMatchObject([{ rows: 6, rejected: 0 }]);
  const rows = await rowsOf(t.store, "things", "_partition, _offset, delay, ratio, open");
  expect(rows.map(({ delay }) => delay)).toEqual(["9007199254740993", "-9223372036854775808", "1000", "1", "1", "1"]);
  expect(rows[3]?.open).toBe("123456789012345678901234567890");
  const raw = await rawOf(t.store, "things");
  expect(raw.map((each) => new TextDecoder().decode(Uint8Array.fromBase64(each!)))).toEqual(texts);
});

test("flush() keeps the bytes of records that have more than the columns hold", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const messages = [
    thing({ delay: 1, name: "a" }),
    thing({ delay: 1, name: "a", more: { x: 1 } }),
    thing({ delay: 1, name: "a" }, { trace: "t" }),
  ];
  await t.bus.append("things", 0, messages);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 3, rejected: 0 }]);
  const raw = await rawOf(t.store, "things");
  expect(raw[0]).toBe(null);
  expect(raw.slice(1).map((each) => JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(each!))))).toEqual(
    messages.slice(1).map(({ value }) => value),
  );
});

test("flush() finds the one poisoned record of 10,000", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const messages = Array.from({ length: 10_000 }, (_, delay) => thing({ delay, name: "a" }));
  messages[6_789] = thing({ delay: 1, name: "\udead" });
  await t.bus.append("things", 0, messages);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 9_999, rejected: 1 }]);
  const rows = await rowsOf(t.store, "things", "_partition, _offset, delay, fit");
  expect(rows.filter(({ fit }) => !fit)).toMatchObject([{ _offset: "6789" }]);
  expect(rows.filter(({ _offset, delay, fit }) => fit && _offset !== delay)).toEqual([]);
  const { files } = (await readSnapshot(t.store, "things"))!;
  expect(files.map(({ partition, rows }) => [partition.fit, rows])).toEqual([["true", 9_999], ["false", 1]]);
});

test("flush() keeps texts of topics without schema", async () => {
  await using t = await setup();
  await t.bus.createTopic("notes");
  const event = createEvent({ type: "n", source: "/s", subject: "x", data: 1 });
  await t.bus.append("notes", 0, [
    { key: "k", eventTimeMicros: null, value: { a: [1, "é"] } },
    { key: null, eventTimeMicros: null, value: "text" },
    { key: null, eventTimeMicros: null, value: null },
    { key: null, eventTimeMicros: null, value: { id: "no event" } },
    bytes('plain, "quoted"\n\0'),
    { key: null, eventTimeMicros: null, value: new Uint8Array([255]) },
    { key: null, eventTimeMicros: null, value: "\ud800" },
    messageOf(event),
  ]);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 7, rejected: 1 }]);
  const rows = await rowsOf(t.store, "notes");
  expect(rows.map(({ value }) => value)).toEqual([
    '{"a":[1,"é"]}',
    '"text"',
    "null",
    '{"id":"no event"}',
    'plain, "quoted"\n\0',
    null,
    '"\\ud800"',
    JSON.stringify(event),
  ]);
  expect(rows.map(({ _id }) => _id)).toEqual([null, null, null, null, null, null, null, event.id]);
  expect(rows[5]).toMatchObject({ fit: false, _reason: "the value must be UTF-8", _raw: "\\xFF" });
});

test("flush() keeps partition and offset order, over partitions and commits", async () => {
  await using t = await setup();
  await t.bus.createTopic("things", { partitions: 3 });
  const write = (count: number) =>
    t.bus.publish(
      "things",
      Array.from({ length: count }, (_, i) => ({ ...thing({ delay: i, name: "n" }), key: `k${i}` })),
    );
  await write(50);
  expect((await t.ingest.flush()).map(({ version }) => version)).toEqual([0, 0, 0]);
  await write(70);
  expect((await t.ingest.flush()).map(({ version }) => version)).toEqual([1, 1, 1]);
  const { files, partitionColumns, txns } = (await readSnapshot(t.store, "things"))!;
  expect(partitionColumns).toEqual(["day", "fit"]);
  expect(files.map(({ rows }) => rows)).toEqual([50, 70]);
  expect([...txns.values()].reduce((a, b) => a + b)).toBe(120);
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  for (const { path } of files) {
    const local = await t.store.localPath(`tables/things/${path}`);
    const query = `SELECT _partition, _offset::INTEGER FROM read_parquet('${local}')`;
    const rows = (await connection.runAndReadAll(query)).getRows() as [number, number][];
    expect(rows).toEqual([...rows].sort(([a, b], [c, d]) => a - c || b - d));
  }
  instance.closeSync();
});

test("flush() adds the columns of a newer schema, and keeps what an older column cannot take", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await t.ingest.flush();
  const properties = { ...SCHEMA.properties, delay: { type: "string" }, speed: { type: "number" } };
  t.schemas.set("things", { type: TYPE, schema: { type: "object", properties } });
  await t.bus.append("things", 0, [thing({ name: "b", speed: 1.5 }), thing({ name: "c", delay: "3" })]);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 1, rejected: 1 }]);
  expect(await rowsOf(t.store, "things", "_partition, _offset, delay, name, speed, _reason")).toMatchObject([
    { delay: "1", name: "a", speed: null },
    { delay: null, name: "b", speed: 1.5 },
    {
      delay: null,
      name: null,
      _reason: '/data/delay cannot be stored as the column is "long", its schema now says "string"',
    },
  ]);
});

test("flush() adds the fields of a newer schema within the objects of a list", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const schemaOf = (properties: Record<string, unknown>) => ({
    type: TYPE,
    schema: {
      type: "object",
      properties: {
        path: {
          type: "array",
          items: {
            type: "object",
            properties: { calls: { type: "array", items: { type: "object", properties } } },
          },
        },
      },
    },
  });
  const older = { name: { type: "string" }, reply: {} };
  t.schemas.set("things", schemaOf(older));
  await t.bus.append("things", 0, [thing({ path: [{ calls: [{ name: "a", reply: [1] }] }] })]);
  await t.ingest.flush();
  t.schemas.set("things", schemaOf({ name: older.name, index: { type: "integer" }, reply: {}, error: older.name }));
  await t.bus.append("things", 0, [thing({ path: [{ calls: [{ name: "b", index: 1, error: "no" }] }] })]);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 1, rejected: 0 }]);
  expect(await rowsOf(t.store, "things", "_partition, _offset, path[1].calls[1] AS call, _raw")).toMatchObject([
    { call: { name: "a", index: null, reply: "[1]", error: null }, _raw: null },
    { call: { name: "b", index: "1", reply: null, error: "no" }, _raw: null },
  ]);
});

test("flush() gives standard topics their schema", async () => {
  await using t = await setup();
  await t.bus.createTopic("label");
  const { type } = STANDARD_EVENTS.label!;
  const data = { decision: "d", value: { minutes: 3 }, at: "2001-05-31T12:00:00Z" };
  await t.bus.append("label", 0, [
    messageOf(createEvent({ type, source: "/t", data })),
    messageOf(createEvent({ type, source: "/t", data: {} })),
  ]);
  expect(await t.ingest.flush()).toMatchObject([{ rows: 1, rejected: 1 }]);
  expect(await rowsOf(t.store, "label", "_partition, _offset, decision, value, fit")).toMatchObject([
    { decision: "d", value: '{"minutes":3}', fit: true },
    { decision: null, value: null, fit: false },
  ]);
});
