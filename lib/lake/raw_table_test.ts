import { expect, test } from "vitest";
import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import type { InputRead, Tail } from "./inputs.ts";
import { JUPYTER_DISPLAY } from "./display.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { type SqlConnection, writeParquet } from "./write_parquet.ts";

const INCARNATION = "0b5c8f0e-0000-4000-8000-000000000000";
const plain = (name: string, type: string): Field => ({ name, type, nullable: true });
const STORED = [
  plain("_partition", "integer"),
  plain("_offset", "long"),
  plain("_event_time", "timestamp"),
  plain("delay", "long"),
];
const SCHEMA = [...STORED, plain("day", "date"), plain("fit", "boolean")];

/** Records `from` to `to` of a partition; each has its offset as delay and as minutes of its event time; every fifth does not fit. */
function recordsSql(partition: number, from: number, to: number): string {
  return `SELECT ${partition}::INT AS _partition, o AS _offset, TIMESTAMPTZ '2001-05-31' + INTERVAL (o) MINUTE AS _event_time,
    CASE WHEN o % 5 > 0 THEN o END AS delay, DATE '2026-11-23' AS day, o % 5 > 0 AS fit FROM range(${from}, ${to}) r(o)`;
}

async function connect(): Promise<SqlConnection> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET TimeZone='UTC'");
  return connection;
}

/** Commits records as ingest does: one file of those that fit and one of the others, with the position of the partition. */
async function ingest(store: Store, dir: string, partition: number, from: number, to: number): Promise<Snapshot> {
  const connection = await connect();
  const read = await readSnapshot(store, "flights");
  const files = await Promise.all(["true", "false"].map((fit) =>
    writeParquet(connection, store, {
      table: "flights",
      select: `SELECT * FROM (${recordsSql(partition, from, to)}) WHERE fit = ${fit}`,
      schema: STORED,
      partition: { day: "2026-11-23", fit },
      dir,
    })
  ));
  return await commitOrFail(store, "flights", {
    read,
    operation: "INGEST",
    ...(read ? {} : { schema: SCHEMA, partitionColumns: ["day", "fit"], id: INCARNATION }),
    add: files.filter((one) => one !== null),
    txns: { [`flights/${INCARNATION}/${partition}`]: to },
  });
}

/** A bus of two partitions that holds every record below `ends`. */
function tailTo(ends: Record<string, number>, calls: unknown[] = [], incarnation = INCARNATION): Tail {
  return {
    ends: (topic) => Promise.resolve(topic === "flights" ? { incarnation, ends: { ...ends } } : null),
    load: async (connection, topic, from, to, { dir }) => {
      calls.push({ topic, from, to });
      const name = `_tail_${calls.length}`;
      const parts = Object.keys(to).map((partition) => recordsSql(Number(partition), from[partition]!, to[partition]!));
      await connection.run(`COPY (${parts.join(" UNION ALL ")}) TO '${dir}/${name}.parquet'`);
      await connection.run(
        `CREATE TEMP TABLE ${quoteName(name)} AS SELECT *, 'new' AS extra FROM read_parquet('${dir}/${name}.parquet')`,
      );
      return name;
    },
  };
}

const COUNTS =
  "SELECT (SELECT count(*) FROM flights) AS fit, (SELECT count(*) FROM flights_dlq) AS rejected, (SELECT max(_offset) FROM flights) AS top";

test("flights are the records that fit, flights_dlq the others", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 100);
  await using lake = await openLake({ store });
  expect((await lake.query(COUNTS)).rows()).toEqual([{ fit: 80, rejected: 20, top: 99 }]);
  expect((await lake.query("SELECT * FROM flights LIMIT 0")).columns.map((one) => one.name)).toEqual([
    "_partition",
    "_offset",
    "_event_time",
    "delay",
    "day",
  ]);
  expect((await lake.query("SELECT count(*) AS n FROM flights_dlq WHERE delay IS NULL AND day = '2026-11-23'")).rows())
    .toEqual([{ n: 20 }]);
  expect(await lake.tables()).toMatchObject([{ name: "flights", rows: 80, rejected: 20 }]);
});

test("a query reads the lake and the bus behind it, with no record missing or doubled", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 100);
  const calls: unknown[] = [], reads: InputRead[] = [];
  const recorder = { read: (input: InputRead) => reads.push(input) };
  await using lake = await openLake({ store, tail: tailTo({ 0: 120, 1: 10 }, calls), recorder });
  expect((await lake.query(COUNTS)).rows()).toEqual([{ fit: 80 + 16 + 8, rejected: 26, top: 119 }]);
  expect((await lake.query("SELECT DISTINCT extra FROM flights WHERE _offset >= 100")).rows()).toEqual([{
    extra: "new",
  }]);
  expect(calls).toEqual([{ topic: "flights", from: { 0: 100, 1: 0 }, to: { 0: 120, 1: 10 } }]);
  const input = { table: INCARNATION, incarnation: INCARNATION, ends: { 0: 120, 1: 10 } };
  expect(reads.slice(0, 2)).toEqual([
    { name: "flights", ...input, rows: 104, until: "2001-05-31T01:59:00.000000Z" },
    { name: "flights_dlq", ...input, rows: 26, until: "2001-05-31T01:55:00.000000Z" },
  ]);
  expect(await lake.pin()).toEqual({
    tables: { flights: { incarnation: INCARNATION, ends: { 0: 120, 1: 10 }, version: 0 } },
  });
});

test("a topic that is on the bus only is a table too", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store, tail: tailTo({ 0: 10 }) });
  expect((await lake.query(COUNTS)).rows()).toEqual([{ fit: 8, rejected: 2, top: 9 }]);
  expect(await lake.pin(["flights"])).toEqual({
    tables: { flights: { incarnation: INCARNATION, ends: { 0: 10 }, version: -1 } },
  });
  expect(String((await lake.table("flights")[JUPYTER_DISPLAY]())["text/plain"])).toMatch(/^flights, on the bus\n/);
});

test("a topic of no records has its columns in the lake", async () => {
  const { store } = await freshStore();
  await commitOrFail(store, "flights", {
    read: null,
    operation: "CREATE",
    schema: SCHEMA,
    partitionColumns: ["day", "fit"],
  });
  const reads: InputRead[] = [];
  await using lake = await openLake({ store, recorder: { read: (input) => reads.push(input) } });
  expect((await lake.query("SELECT * FROM flights")).rows()).toEqual([]);
  expect(reads).toMatchObject([{ ends: {}, rows: 0 }]);
  expect(reads[0]).not.toHaveProperty("until");
});

test("a pin by end offsets gives the same rows from any later version, tail or none", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 100);
  const reads: InputRead[] = [];
  await using first = await openLake({
    store,
    tail: tailTo({ 0: 120, 1: 10 }),
    recorder: { read: (input) => reads.push(input) },
  });
  const pin = await first.pin(["flights"]);
  const expected = (await first.query(COUNTS)).rows();
  await ingest(store, dir, 0, 100, 110);
  for (const when of ["in part", "all", "more"]) {
    const calls: unknown[] = [];
    await using again = await openLake({
      store,
      tail: tailTo({ 0: 500, 1: 500 }, calls),
      pin,
      recorder: { read: (input) => reads.push(input) },
    });
    expect([when, (await again.query(COUNTS)).rows()]).toEqual([when, expected]);
    expect(reads.at(-2)).toEqual(reads[0]);
    expect(calls.length).toBe(when === "in part" ? 1 : 0);
    if (when === "in part") {
      await Promise.resolve(await ingest(store, dir, 0, 110, 120)).then(() => ingest(store, dir, 1, 0, 10));
    } else await ingest(store, dir, 0, when === "all" ? 120 : 300, when === "all" ? 300 : 400);
  }
  await using noBus = await openLake({ store, pin });
  expect((await noBus.query(COUNTS)).rows()).toEqual(expected);
});

test("a pin past the lake without a bus says what is missing", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 100);
  const pin = { tables: { flights: { incarnation: INCARNATION, ends: { 0: 120 }, version: 0 } } };
  await using lake = await openLake({ store, pin });
  await expect(lake.query("SELECT * FROM flights")).rejects.toThrow(
    'Cannot read table "flights" up to offset 120 of partition 0 as the lake holds it up to 100 only, and no bus is open: run ingest, or open the workbench with its bus',
  );
});

test("a bus that was truncated past the seam is joined to a later version", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 100);
  const inner = tailTo({ 0: 120 });
  let tries = 0;
  const truncated: Tail = {
    ...inner,
    load: async (connection, topic, from, to, options) => {
      if (tries++ === 0) {
        await ingest(store, dir, 0, 100, 110);
        throw new RangeError("Cannot read from offset 100 as the bus holds it from 110 on");
      }
      return await inner.load(connection, topic, from, to, options);
    },
  };
  await using lake = await openLake({ store, tail: truncated });
  expect((await lake.query(COUNTS)).rows()).toEqual([{ fit: 96, rejected: 24, top: 119 }]);
  const lost: Tail = {
    ...inner,
    load: () => Promise.reject(new RangeError("Cannot read from offset 110 as it is gone")),
  };
  await using other = await openLake({ store, tail: lost });
  await expect(other.query("SELECT * FROM flights")).rejects.toThrow("Cannot read from offset 110 as it is gone");
});

test("a topic that was created anew is refused, in the lake as on the bus", async () => {
  const { store, dir } = await freshStore();
  const snapshot = await ingest(store, dir, 0, 0, 100);
  await using lake = await openLake({ store, tail: tailTo({ 0: 5 }, [], "another") });
  await expect(lake.query("SELECT * FROM flights")).rejects.toThrow(
    `Cannot read table "flights" as its topic was created anew: the lake holds incarnation ${INCARNATION}, the bus or the pin names another`,
  );
  await commitOrFail(store, "flights", { read: snapshot, operation: "INGEST", txns: { "flights/second/0": 1 } });
  await using both = await openLake({ store });
  await expect(both.query("SELECT * FROM flights")).rejects.toThrow(
    `Cannot read table "flights" as its offsets must be of one topic: it holds the incarnations ${INCARNATION} and second`,
  );
});

test("lake.write refuses the table of a topic", async () => {
  const { store, dir } = await freshStore();
  await ingest(store, dir, 0, 0, 10);
  await using lake = await openLake({ store });
  await expect(lake.write("flights", [{ delay: 1 }], { mode: "append" })).rejects.toThrow(
    'Cannot write table "flights" as it holds the records of a topic: publish to the topic instead',
  );
});
