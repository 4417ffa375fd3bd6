import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import { type Batch } from "../bus/mod.ts";
import { finishCommit, performCommit, prepareCommit, readSnapshot, scanSql, type Snapshot } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { planParts } from "./_plan_parts.ts";
import { removeParts, sealPart } from "./_spool.ts";
import { type SeenCache, writeParts } from "./_write_parts.ts";
import { batchOf, busOf, type Line } from "./testdata/frames.ts";

const dir = await Deno.makeTempDir();
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection.run("SET TimeZone='UTC'");
afterAll(async () => {
  instance.closeSync();
  await Deno.remove(dir, { recursive: true });
});

const HOUR = 3600;
let tables = 0;

/** Ingests batches of partition 0 up to an offset, as one commit, and answers what became of the records. */
function ingester(store: Store, table: string) {
  let read: Snapshot | null = null, at = 0;
  return async (batches: readonly Batch[], to: number, seen: SeenCache) => {
    const part = await sealPart(busOf(batches), { topic: "t", partition: 0, from: at, to, maxBytes: 1e8 }, dir);
    const target = { table, connection, store, dir };
    const written = await writeParts({ target, schema: null, read, incarnation: "i", seen }, [part]);
    const parts = { topic: table, incarnation: "i", isSparse: true, read, parts: [part], written };
    const prepared = prepareCommit(table, planParts(parts)!);
    expect(await performCommit(store, prepared, "put")).toEqual({ was: "put", taken: true });
    read = (await finishCommit(store, prepared)).snapshot;
    at = part.to;
    await removeParts([part]);
    return written.counts.get(0);
  };
}

async function offsetsOf(store: Store, table: string): Promise<number[]> {
  const query = `SELECT _offset::DOUBLE FROM (${await scanSql(store, (await readSnapshot(store, table))!)}) ORDER BY 1`;
  return (await connection.runAndReadAll(query)).getRows().map(([offset]) => offset as number);
}

async function setup() {
  const store = await openStore({ kind: "directory", dir });
  const table = `t${tables++}`;
  return { store, table, move: ingester(store, table) };
}

const lines = (...all: [number, number, string, number][]): Line[] =>
  all.map(([o, seconds, p, s]) => ({ o, seconds, p, s }));

test("writeParts() leaves out what a producer has sent before, in the batch and in the lake", async () => {
  const { store, table, move } = await setup();
  const first = batchOf(
    0,
    [0, 6],
    lines([0, 1, "a", 0], [1, 1, "a", 1], [2, 1, "a", 0], [3, 1, "b", 0], [5, 2, "a", 2]),
  );
  const second = batchOf(0, [6, 9], lines([6, 3, "a", 1], [7, 3, "a", 2], [8, 3, "a", 3]));
  expect(await move([first], 6, new Map())).toEqual({ records: 5, rejected: 0, duplicates: 1 });
  expect(await move([second], 9, new Map())).toEqual({ records: 3, rejected: 0, duplicates: 2 });
  expect(await offsetsOf(store, table)).toEqual([0, 1, 3, 5, 8]);
  const { txns } = (await readSnapshot(store, table))!;
  expect(txns.get(`${table}/i/0`)).toBe(9);
  expect(txns.get(`records/${table}/i/0`)).toBe(8);
  expect(txns.get(`duplicates/${table}/i/0`)).toBe(3);
});

test("writeParts() comes to the same answer with what it remembers and without", async () => {
  const batches = Array.from({ length: 12 }, (_, i) => {
    const line = (j: number): [number, number, string, number] => {
      const n = i * 5 + j;
      return [n * 2, 600 * i + j, n % 3 ? "a" : "b", n - n % 7];
    };
    return batchOf(0, [i * 10, i * 10 + 10], lines(line(0), line(1), line(2), line(3), line(4)));
  });
  const remembering = await setup(), forgetful = await setup();
  const cache: SeenCache = new Map();
  for (let i = 1; i <= batches.length; i++) {
    const counts = await remembering.move(batches, i * 10, cache);
    expect(await forgetful.move(batches, i * 10, new Map())).toEqual(counts);
  }
  const offsets = await offsetsOf(forgetful.store, forgetful.table);
  expect(await offsetsOf(remembering.store, remembering.table)).toEqual(offsets);
  expect(offsets.length).toBeLessThan(60);
});

test("writeParts() leaves many scattered repeats out in one pass, and keeps the order of the others", async () => {
  const { store, table, move } = await setup();
  const count = 400_000;
  const batches = Array.from({ length: count / 2000 }, (_, n) => {
    const all = Array.from({ length: 2000 }, (_, i): [number, number, string, number] => {
      const o = n * 2000 + i;
      return o % 7 ? [o, 1, "a", o] : [o, 1, "b", 0];
    });
    return batchOf(0, [n * 2000, n * 2000 + 2000], lines(...all));
  });
  expect(await move(batches, count, new Map())).toEqual({ records: count, rejected: 0, duplicates: 57_142 });
  const query = `SELECT _offset::DOUBLE FROM (${await scanSql(store, (await readSnapshot(store, table))!)})`;
  const offsets = (await connection.runAndReadAll(query)).getRows().map(([offset]) => offset as number);
  expect(offsets.length).toBe(count - 57_142);
  expect(offsets.every((offset, index) => index === 0 || offset > offsets[index - 1]!)).toBe(true);
});

test("writeParts() forgets a producer after an hour of bus time, and takes records without a number as they are", async () => {
  const { store, table, move } = await setup();
  const first = batchOf(0, [0, 2], [{ o: 0, seconds: 0, p: "a", s: 7 }, { o: 1, seconds: 0 }]);
  const second = batchOf(0, [2, 5], [{ o: 2, seconds: HOUR, p: "a", s: 7 }, { o: 3, seconds: HOUR }, {
    o: 4,
    seconds: HOUR + 1,
    p: "a",
    s: 7,
  }]);
  await move([first], 2, new Map());
  expect(await move([second], 5, new Map())).toEqual({ records: 3, rejected: 0, duplicates: 1 });
  expect(await offsetsOf(store, table)).toEqual([0, 1, 3, 4]);
});

test("writeParts() moves a position over offsets that hold nothing", async () => {
  const { store, table, move } = await setup();
  expect(await move([batchOf(0, [0, 4], [])], 4, new Map())).toEqual({ records: 0, rejected: 0, duplicates: 0 });
  const snapshot = (await readSnapshot(store, table))!;
  expect([snapshot.files, snapshot.txns.get(`${table}/i/0`)]).toEqual([[], 4]);
});

test("writeParts() refuses to go on when a record is missing", async () => {
  const { move } = await setup();
  const batch = { ...batchOf(0, [0, 2], [{ o: 0, seconds: 0 }]), count: 2 };
  await expect(move([batch], 2, new Map())).rejects.toThrow(
    /Cannot ingest "t\d+" as 2 records must become 2 rows: got 1/,
  );
});

test("planParts() refuses a table that is none of a topic", async () => {
  const { store, table } = await setup();
  const schema = [{ name: "a", type: "long", nullable: true }];
  const prepared = prepareCommit(table, { read: null, operation: "CREATE TABLE", schema });
  await performCommit(store, prepared, "put");
  const { snapshot } = await finishCommit(store, prepared);
  const written = { files: [], fit: { fields: [] } as never, counts: new Map() };
  expect(() => planParts({ topic: table, incarnation: "i", isSparse: false, read: snapshot, parts: [], written }))
    .toThrow(
      `Cannot ingest "${table}" as its table must be partitioned by day and fit: it is partitioned by nothing; publish under another name`,
    );
});
