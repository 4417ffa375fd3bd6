import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Bus, type Message, openBus } from "../bus/mod.ts";
import { createEvent, messageOf, STANDARD_EVENTS, verifyEvent } from "../events/mod.ts";
import { readSnapshot, scanSql } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Ingest, openIngest, type TopicSchema } from "./mod.ts";

const KEY = "secret";
const TYPE = "test.thing.v1";
const SCHEMA = {
  type: "object",
  required: ["delay", "name"],
  properties: {
    delay: { type: "integer" },
    name: { type: "string" },
    ratio: { type: "number" },
    at: { type: "string", format: "date-time" },
    day: { type: "string", format: "date" },
    tags: { type: "array", items: { type: "string" } },
    place: { type: "object", properties: { city: { type: "string" }, at: { type: "string", format: "date-time" } } },
    open: {},
  },
};

const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection.run("SET TimeZone='UTC'");
afterAll(() => instance.closeSync());

interface Setup extends AsyncDisposable {
  dir: string;
  bus: Bus;
  store: Store;
  schemas: Map<string, TopicSchema>;
  ingest: Ingest;
  open(): Promise<Ingest>;
}

async function setup(): Promise<Setup> {
  const dir = await Deno.makeTempDir();
  const bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schemas = new Map([["things", { type: TYPE, schema: SCHEMA }]]);
  const open = () => openIngest({ bus, store, key: KEY, schemas: () => Promise.resolve(schemas) });
  const ingest = await open();
  return {
    dir,
    bus,
    store,
    schemas,
    ingest,
    open,
    async [Symbol.asyncDispose]() {
      await ingest[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

function thing(data: Record<string, unknown>, more: Record<string, unknown> = {}): Message {
  const event = createEvent({ type: TYPE, source: "/test", subject: "s", data });
  return messageOf({ ...event, ...more });
}

function bytes(text: string): Message {
  return { key: null, eventTimeMicros: null, value: new TextEncoder().encode(text) };
}

async function rowsOf(store: Store, table: string, select = "*"): Promise<Record<string, unknown>[]> {
  const snapshot = (await readSnapshot(store, table))!;
  const query = `SELECT ${select} FROM (${await scanSql(store, snapshot)}) ORDER BY _partition, _offset`;
  return (await connection.runAndReadAll(query)).getRowObjectsJson();
}

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

async function rawOf(store: Store, table: string): Promise<(string | null)[]> {
  return (await rowsOf(store, table, "_partition, _offset, to_base64(_raw) AS raw")).map(({ raw }) =>
    raw as string | null
  );
}

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
  for (const { path } of files) {
    const query = `SELECT _partition, _offset::INTEGER FROM read_parquet('${await t.store.localPath(
      `tables/things/${path}`,
    )}')`;
    const rows = (await connection.runAndReadAll(query)).getRows() as [number, number][];
    expect(rows).toEqual([...rows].sort(([a, b], [c, d]) => a - c || b - d));
  }
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

test("flush() goes on with the other topics when one fails, and refuses unknown ones", async () => {
  await using t = await setup();
  await t.bus.createTopic("a..b"); // no name of a table
  await t.bus.createTopic("things");
  await t.bus.append("a..b", 0, [bytes("x")]);
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await expect(t.ingest.flush()).rejects.toThrow(RangeError);
  expect((await rowsOf(t.store, "things")).length).toBe(1);
  await expect(t.ingest.flush(["none"])).rejects.toThrow(
    'Cannot ingest topic "none" as the bus has none of that name: it has a..b, things',
  );
});

test("flush() tells the bus again what a killed process had committed", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await t.ingest.flush();
  await t.bus.commit("lake", "things", 0, 0);
  expect(await t.ingest.flush()).toEqual([]);
  expect((await t.bus.committed("lake", "things")).get(0)).toBe(1);
});

test("two ingests that race move each record once", async () => {
  await using t = await setup();
  await using other = await t.open();
  await t.bus.createTopic("things", { partitions: 2 });
  for (let round = 0; round < 10; round++) {
    await t.bus.publish(
      "things",
      Array.from({ length: 20 }, (_, i) => ({ ...thing({ delay: i, name: "n" }), key: `k${i}` })),
    );
    const reports = (await Promise.all([t.ingest.flush(), other.flush()])).flat();
    expect(reports.reduce((sum, { rows }) => sum + rows, 0)).toBe(20);
  }
  expect(await t.ingest.completeness("things")).toEqual({ bus: 200, lake: 200, rejected: 0, duplicates: 0 });
  const live = new Set((await readSnapshot(t.store, "things"))!.files.map(({ path }) => path));
  const stored: string[] = [];
  for await (const { path } of t.store.list("tables/things/")) if (path.endsWith(".parquet")) stored.push(path);
  expect(stored.length).toBe(live.size);
});

test("openIngest() removes the folders of processes that are gone, and its own when closed", async () => {
  await using t = await setup();
  const lake = join(t.dir, "lake");
  const temporary = () =>
    [...Deno.readDirSync(lake)].map(({ name }) => name).filter((name) => name.startsWith(".tmp-ingest-"));
  await Deno.mkdir(join(lake, ".tmp-ingest-999999999-x"));
  Deno.writeTextFileSync(join(lake, ".tmp-ingest-999999999-x", "f.ndjson.zst"), "x");
  expect(temporary().length).toBe(2);
  const other = await t.open();
  expect(temporary().length).toBe(2);
  expect(temporary()).not.toContain(".tmp-ingest-999999999-x");
  await other[Symbol.asyncDispose]();
  expect(temporary().length).toBe(1);
});

test("follow() moves what comes, and ends with the signal", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const ending = new AbortController();
  const following = t.ingest.follow({ signal: ending.signal, flushMs: 10 });
  for (let i = 0; i < 3; i++) {
    await t.bus.append("things", 0, [thing({ delay: i, name: "a" })]);
    await expect.poll(async () => (await t.ingest.completeness("things")).lake, { timeout: 5000 }).toBe(i + 1);
  }
  ending.abort();
  await following;
});

test("follow() moves much at once, before its time", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const ending = new AbortController();
  await t.bus.append("things", 0, Array.from({ length: 20 }, (_, i) => thing({ delay: i, name: "a" })));
  const following = t.ingest.follow({ signal: ending.signal, flushBytes: 1000 });
  await expect.poll(async () => (await t.ingest.completeness("things")).lake, { timeout: 5000 }).toBe(20);
  ending.abort();
  await following;
});

async function gapsOf(bus: Bus): Promise<Record<string, unknown>[]> {
  const gaps: Record<string, unknown>[] = [];
  for await (const batch of bus.read("gap", 0, 0)) {
    for (const { value } of batch.records()) {
      expect(verifyEvent(value as never, KEY)).toBe(true);
      gaps.push((value as { data: Record<string, unknown> }).data);
    }
  }
  return gaps;
}

test("flush() stops a partition whose records were truncated before they were in the lake", async () => {
  await using t = await setup();
  const { incarnation } = await t.bus.createTopic("things", { partitions: 2 });
  for (const partition of [0, 1]) {
    await t.bus.append(
      "things",
      partition,
      [1, 2, 3].map((delay) => thing({ delay, name: "a" })),
    );
  }
  await t.bus.commit("lake", "things", 0, 2);
  await t.bus.truncate("things", 0, 2);
  for (let i = 0; i < 2; i++) {
    const reports = await t.ingest.flush(["things"]);
    expect(reports[0]).toEqual({
      topic: "things",
      partition: 0,
      from: 0,
      to: 0,
      rows: 0,
      rejected: 0,
      duplicates: 0,
      version: null,
      stopped: 'topic "things", partition 0 was truncated before offsets 0 to 2 were in the lake',
    });
    expect(reports.length).toBe(i === 0 ? 2 : 1);
  }
  const gap = { topic: "things", incarnation, partition: 0, from: 0, to: 2, reason: "retention" };
  expect(await gapsOf(t.bus)).toMatchObject([gap]);
  expect((await t.ingest.completeness("things")).lake).toBe(3);
});

test("flush() stops a partition that ends before the lake does, and a topic made anew", async () => {
  await using t = await setup();
  const { incarnation } = await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" }), thing({ delay: 2, name: "a" })]);
  await t.ingest.flush();
  await using anew = await openBus({ kind: "sqlite", dir: join(t.dir, "bus2") });
  await anew.createTopic("things");
  await anew.append("things", 0, [thing({ delay: 1, name: "a" })]);
  const schemas = () => Promise.resolve(t.schemas);
  await using ingest = await openIngest({ bus: anew, store: t.store, key: KEY, schemas });
  expect(await ingest.flush(["things"])).toMatchObject([{
    rows: 0,
    stopped:
      'topic "things", partition 0 was created anew, the lake has an older one up to offset 2: publish under another name',
  }]);
  expect(await gapsOf(anew)).toMatchObject([{ incarnation, from: 0, to: 2, reason: "recreated" }]);
  expect((await rowsOf(t.store, "things")).length).toBe(2);
});

test("flush() stops a partition whose bus was set back", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await using older = await copyOf(t, "older");
  await t.bus.append("things", 0, [thing({ delay: 2, name: "a" })]);
  await t.ingest.flush();
  const schemas = () => Promise.resolve(t.schemas);
  await using ingest = await openIngest({ bus: older, store: t.store, key: KEY, schemas });
  const [report] = await ingest.flush(["things"]);
  expect(report?.stopped).toBe(
    'topic "things", partition 0 ends at offset 1, the lake has it up to 2: bring the bus back, or move it under a new name',
  );
  expect(await gapsOf(older)).toMatchObject([{ from: 1, to: 2, reason: "rewound" }]);
});

async function copyOf({ dir }: Setup, name: string): Promise<Bus> {
  await Deno.mkdir(join(dir, name));
  for (const file of Deno.readDirSync(join(dir, "bus"))) {
    if (file.isFile) await Deno.copyFile(join(dir, "bus", file.name), join(dir, name, file.name));
  }
  return await openBus({ kind: "sqlite", dir: join(dir, name) });
}
