import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bus, type Message, openBus } from "../bus/mod.ts";
import { createEvent, messageOf } from "../events/mod.ts";
import { type Lake, openLake } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Ingest, openIngest, openTail, type TopicSchema } from "./mod.ts";
import { batchOf, busOf } from "./testdata/frames.ts";

const TYPE = "test.thing.v1";
const PROPERTIES = {
  delay: { type: "integer" },
  ratio: { type: "number" },
  tags: { type: "array", items: { type: "string" } },
};
const THINGS: TopicSchema = { type: TYPE, schema: { type: "object", required: ["delay"], properties: PROPERTIES } };

interface Setup extends AsyncDisposable {
  bus: Bus;
  store: Store;
  ingest: Ingest;
  open(): Promise<Lake>;
}

async function setup(): Promise<Setup> {
  const dir = await Deno.makeTempDir();
  const bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schemas = () => Promise.resolve(new Map([["things", THINGS]]));
  const ingest = await openIngest({ bus, store, schemas, key: "secret" });
  return {
    bus,
    store,
    ingest,
    open: () => openLake({ store, tail: openTail({ bus, store, schemas }) }),
    async [Symbol.asyncDispose]() {
      await ingest[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

function thing(data: Record<string, unknown>): Message {
  return messageOf(createEvent({ type: TYPE, source: "/test", subject: "s", data }));
}

const MIXED = [
  thing({ delay: 1, ratio: 0.5, tags: ["a"] }),
  thing({ delay: "2" }),
  thing({ delay: 3, more: true }),
  { key: null, eventTimeMicros: null, value: new Uint8Array([255]) },
  thing({ delay: 5 }),
];

async function query(lake: Lake, text: string): Promise<unknown[]> {
  return (await lake.query(text)).rows();
}

test("a record is seen in the lake as soon as the bus has it, before and after ingest alike", async () => {
  await using t = await setup();
  await t.bus.createTopic("things", { partitions: 2 });
  await t.bus.append("things", 0, MIXED);
  await t.bus.append("things", 1, [thing({ delay: 7 })]);
  const read = async () => {
    await using lake = await t.open();
    const fit = await query(lake, "SELECT * FROM things ORDER BY _partition, _offset");
    return { fit, unfit: await query(lake, "SELECT * FROM things_dlq ORDER BY _partition, _offset") };
  };
  const before = await read();
  expect(before.fit).toMatchObject([{ delay: 1, ratio: 0.5 }, { delay: 3 }, { delay: 5 }, { delay: 7, _partition: 1 }]);
  expect(before.unfit).toMatchObject([{ _reason: '/data/delay must be integer: got "2"' }, {
    _reason: "the value must be UTF-8",
  }]);
  await t.ingest.flush();
  expect(await read()).toEqual(before);
  await t.bus.append("things", 0, MIXED);
  const more = await read();
  expect(more.fit.map((row) => (row as { delay: number }).delay)).toEqual([1, 3, 5, 1, 3, 5, 7]);
  expect(more.unfit.length).toBe(4);
});

test("a lake stands still while the bus and ingest go on", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, MIXED);
  await using lake = await t.open();
  const count = "SELECT count(*)::INTEGER AS n FROM things";
  expect(await query(lake, count)).toEqual([{ n: 3 }]);
  await t.bus.append("things", 0, MIXED);
  await t.ingest.flush();
  expect(await query(lake, count)).toEqual([{ n: 3 }]);
});

test("openTail().load() answers all columns for no records", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const tail = openTail({ bus: t.bus, store: t.store, schemas: () => Promise.resolve(new Map([["things", THINGS]])) });
  const name = await tail.load(connection, "things", {}, {}, { dir: await Deno.makeTempDir() });
  const reader = await connection.runAndReadAll(`SELECT * FROM ${name}`);
  expect(reader.getRows()).toEqual([]);
  expect(reader.columnNames().slice(-5)).toEqual(["delay", "ratio", "tags", "day", "fit"]);
  instance.closeSync();
});

test("openTail().load() rejects with RangeError when the bus does not hold the seam any more", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, MIXED);
  await t.ingest.flush();
  await t.bus.truncate("things", 0, 3);
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const dir = await Deno.makeTempDir();
  const tail = openTail({ bus: t.bus, store: t.store, schemas: () => Promise.resolve(new Map()) });
  const loading = tail.load(await instance.connect(), "things", { 0: 1 }, { 0: 5 }, { dir });
  await expect(loading).rejects.toThrow(RangeError);
  expect([...Deno.readDirSync(dir)]).toEqual([]);
  instance.closeSync();
});

test("openTail().ends() knows topics from others", async () => {
  await using t = await setup();
  const { incarnation } = await t.bus.createTopic("things", { partitions: 2 });
  await t.bus.append("things", 1, MIXED);
  const tail = openTail({ bus: t.bus, store: t.store, schemas: () => Promise.resolve(new Map()) });
  expect(await tail.ends("things")).toEqual({ incarnation, ends: { 0: 0, 1: 5 } });
  expect(await tail.ends("others")).toBe(null);
});

test("openTail().load() reads all of what alternates between hundreds of days, without repeats", async () => {
  await using t = await setup();
  const DAY = 86_400, count = 1000;
  const batches = Array.from({ length: count }, (_, o) => {
    const day = o % 500; // offset 500 repeats offset 0, in the next part
    return batchOf(0, [o, o + 1], [{ o, seconds: day * DAY, ...(day === 0 ? { p: "a", s: 0 } : {}) }]);
  });
  const tail = openTail({ bus: busOf(batches), store: t.store, schemas: () => Promise.resolve(new Map()) });
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const dir = await Deno.makeTempDir();
  const name = await tail.load(connection, "numbers", { 0: 0 }, { 0: count }, { dir });
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INTEGER, count(DISTINCT "day")::INTEGER, sum(_offset)::INTEGER FROM ${name}`,
  );
  expect(reader.getRows()).toEqual([[count - 1, 500, count * (count - 1) / 2 - 500]]);
  expect([...Deno.readDirSync(dir)]).toEqual([]);
  instance.closeSync();
});
