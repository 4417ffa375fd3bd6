import { expect, test } from "vitest";
import type { Store } from "../store/mod.ts";
import { commit } from "./commit.ts";
import type { Field } from "./field.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { writeParquet } from "./write_parquet.ts";

/** Table `t` of one file for each row: n = 0 to count - 1, in two partitions. */
async function smallFiles(count = 6) {
  const { store, dir } = await freshStore();
  await using lake = await openLake({ store });
  for (let n = 0; n < count; n++) {
    const partition = n === 0 ? { partitionBy: "part" } : {};
    await lake.write("t", [{ n, part: n % 2 ? "odd" : "even", text: `row ${n}` }], { mode: "append", ...partition });
  }
  return { store, dir };
}

const numbers = async (store: Store, version?: number) => {
  await using lake = await openLake({ store });
  const table = lake.table<{ n: number; part: string }>("t", version === undefined ? {} : { version });
  return (await lake.sql<{ n: number }>`SELECT n FROM ${table}`).rows().map(({ n }) => n);
};

test("lake.compact makes one file of each partition's small ones, and changes no row", async () => {
  const { store } = await smallFiles();
  await using lake = await openLake({ store });
  const before = await numbers(store);
  const done = await lake.compact("t");
  expect(done).toMatchObject({ version: 6, filesBefore: 6, filesAfter: 2, rows: 6 });
  expect(await numbers(store)).toEqual([0, 2, 4, 1, 3, 5]);
  expect((await numbers(store)).toSorted()).toEqual(before.toSorted());
  expect((await numbers(store, 5)).toSorted()).toEqual(before.toSorted());
  const text = new TextDecoder().decode(await store.get(`tables/t/_delta_log/${"6".padStart(20, "0")}.json`));
  expect(text.match(/"dataChange":false/g)).toHaveLength(8);
  expect((await lake.history("t"))[0]).toMatchObject({ operation: "OPTIMIZE", added: 2, removed: 6 });
  expect(await lake.compact("t")).toEqual({ version: null, filesBefore: 0, filesAfter: 0, rows: 0, bytes: 0 });
});

test("lake.compact leaves large files alone, and takes those of a condition only", async () => {
  const { store } = await smallFiles();
  await using lake = await openLake({ store });
  expect(await lake.compact("t", { targetBytes: 1 })).toMatchObject({ version: null });
  expect(await lake.compact("t", { where: "part = 'odd' AND n < 4" })).toMatchObject({ filesBefore: 2, filesAfter: 1 });
  const { bytes } = (await readSnapshot(store, "t"))!.files[0]!;
  expect(await lake.compact("t", { targetBytes: Math.ceil(bytes / 0.75) * 2 + 5 })).toMatchObject({
    filesBefore: 4,
    filesAfter: 2,
  });
  expect((await numbers(store)).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
});

test("lake.compact sorts by columns, and so lets conditions leave files out", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  for (let file = 0; file < 4; file++) {
    const rows = Array.from(
      { length: 2000 },
      (_, i) => ({ n: i % 97 === 0 ? null : (i * 4 + file) % 1000, s: `${i}` }),
    );
    await lake.write("t", rows, { mode: "append" });
  }
  const total = (await readSnapshot(store, "t"))!.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const where = "SELECT * FROM t WHERE n BETWEEN 10 AND 20";
  expect((await lake.scans(where))[0]).toMatchObject({ files: 4, filesRead: 4 });
  const done = await lake.compact("t", { clusterBy: ["N", "s"], targetBytes: Math.ceil(total / 4) });
  expect(done).toMatchObject({ filesBefore: 4, filesAfter: 4, rows: 8000 });
  await using after = await openLake({ store });
  expect((await after.scans(where))[0]).toMatchObject({ files: 4, filesRead: 1 });
  const counts = "SELECT count(*) AS rows, count(n) AS n, sum(n) AS sum FROM t";
  expect((await after.query(counts)).rows()).toEqual((await lake.query(counts)).rows());
});

const RAW: Field[] = [["_partition", "integer"], ["_offset", "long"], ["_event_time", "timestamp"], ["delay", "long"]]
  .map(([name, type]) => ({ name: name!, type: type!, nullable: true }));
const PARTITIONS: Field[] = [["day", "date"], ["fit", "boolean"]]
  .map(([name, type]) => ({ name: name!, type: type!, nullable: true }));

/** Commits records as ingest does: for both partitions of the topic, offsets `from` to `to`. */
async function ingest(store: Store, dir: string, from: number, to: number): Promise<void> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const select = `SELECT p AS _partition, o AS _offset, TIMESTAMPTZ '2001-05-31' AS _event_time, o * 2 AS delay
    FROM range(2) a(p), range(${from}, ${to}) b(o) ORDER BY p, o`;
  const partition = { day: "2001-05-31", fit: "true" };
  const file = await writeParquet(connection, store, { table: "f", select, schema: RAW, partition, dir });
  const txns = { "f/i/0": to, "f/i/1": to };
  let read = await readSnapshot(store, "f");
  for (;;) {
    const create = read ? {} : { schema: [...RAW, ...PARTITIONS], partitionColumns: ["day", "fit"] };
    const outcome = await commit(store, "f", { read, operation: "INGEST", add: [file!], txns, ...create });
    if ("version" in outcome) break;
    read = outcome.conflict;
  }
  connection.closeSync();
}

test("lake.compact keeps the order of the bus in a topic's table, and its positions", async () => {
  const { store, dir } = await freshStore();
  for (let i = 0; i < 4; i++) await ingest(store, dir, i * 10, i * 10 + 10);
  await using lake = await openLake({ store });
  expect(await lake.compact("f")).toMatchObject({ filesBefore: 4, filesAfter: 1, rows: 80 });
  await expect(lake.compact("f", { clusterBy: "delay" })).rejects.toThrow(RangeError);
  await expect(lake.compact("f", { clusterBy: "delay" })).rejects.toThrow("which stay in the order of the bus");
  await expect(lake.savePin("f", { until: "2999-12-31", why: "x" })).rejects.toThrow("so it needs none");
  await using after = await openLake({ store });
  const rows = (await after.query<{ _partition: number; _offset: number }>("SELECT _partition, _offset FROM f")).rows();
  expect(rows).toEqual([0, 1].flatMap((p) => Array.from({ length: 40 }, (_, o) => ({ _partition: p, _offset: o }))));
  expect((await readSnapshot(store, "f"))!.txns.get("f/i/1")).toBe(40);
});

/** The store, in which something else happens before the first commit that is not a creation. */
function racing(store: Store, other: () => Promise<unknown>): Store {
  let raced = false;
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      if (path.includes("_delta_log") && !raced) {
        raced = true;
        await other();
      }
      return await store.putIfAbsent(path, bytes);
    },
  };
}

test("a compaction and an ingest that race both win", async () => {
  const { store, dir } = await freshStore();
  for (let i = 0; i < 3; i++) await ingest(store, dir, i * 10, i * 10 + 10);
  await using lake = await openLake({ store: racing(store, () => ingest(store, dir, 30, 40)) });
  expect(await lake.compact("f")).toMatchObject({ version: 4, filesBefore: 3, filesAfter: 1 });
  await using after = await openLake({ store });
  expect((await after.query("SELECT count(*) AS n, count(DISTINCT (_partition, _offset)) AS d FROM f")).rows())
    .toEqual([{ n: 80, d: 80 }]);
});

test("a compaction drops what others have removed meanwhile, and plans anew", async () => {
  const { store } = await smallFiles();
  const others = async () => {
    await using writer = await openLake({ store });
    await writer.write("t", [{ n: 1, part: "odd", text: "changed" }], { mode: "merge", key: "n" });
  };
  await using lake = await openLake({ store: racing(store, others) });
  expect(await lake.compact("t")).toMatchObject({ version: 8, filesBefore: 6, filesAfter: 2, rows: 6 });
  await using after = await openLake({ store });
  expect((await after.query("SELECT n, text FROM t WHERE part = 'odd' ORDER BY n")).rows()).toEqual([
    { n: 1, text: "changed" },
    { n: 3, text: "row 3" },
    { n: 5, text: "row 5" },
  ]);
  const { files, tombstones } = (await readSnapshot(store, "t"))!;
  const stored = (await Array.fromAsync(store.list("tables/t/"))).filter(({ path }) => path.endsWith(".parquet"));
  expect([files.length, stored.length]).toEqual([2, files.length + tombstones.size]);
});

test("a compaction that would lose a row is not committed", async () => {
  const { store } = await smallFiles(2);
  const read = (await readSnapshot(store, "t"))!;
  const [first] = read.files;
  await commitOrFail(store, "t", {
    read,
    operation: "WRITE",
    remove: [first!],
    add: [{ ...first!, path: `${first!.path}.b`, rows: 5, stats: '{"numRecords":5}' }],
  });
  await store.put(`tables/t/${first!.path}.b`, await store.get(`tables/t/${first!.path}`));
  await using lake = await openLake({ store });
  await lake.write("t", [{ n: 9, part: "even", text: "x" }], { mode: "append" });
  await expect(lake.compact("t")).rejects.toThrow(
    'Cannot compact table "t" as no row may be lost: its files hold 2 of the 6 rows that the log tells of, 2 were written',
  );
  expect((await readSnapshot(store, "t"))!.version).toBe(3);
});

test("lake.compact refuses what makes no sense", async () => {
  const { store } = await smallFiles(1);
  await using lake = await openLake({ store });
  await expect(lake.compact("nothing")).rejects.toThrow(
    'Cannot compact table "nothing" as the lake has none of that name',
  );
  await expect(lake.compact("t", { clusterBy: "x" })).rejects.toThrow('by "x" as it must be a column of the table');
  await expect(lake.compact("t", { clusterBy: "part" })).rejects.toThrow("that does not divide it into files already");
  await expect(lake.compact("t", { targetBytes: 0 })).rejects.toThrow(
    "targetBytes must be a whole number from 1: got 0",
  );
  await expect(lake.compact("t", { where: "n >" })).rejects.toThrow(SyntaxError);
});
