import { expect, test } from "vitest";
import { writeCheckpoint } from "./checkpoint.ts";
import type { Store } from "../store/mod.ts";
import { tableAt } from "./_log_files.ts";
import { openLake } from "./open_lake.ts";
import { readLiveSnapshot, readSnapshot, type Snapshot } from "./snapshot.ts";
import { added, commitOrFail, creation, DELAY, file, freshStore, putLog } from "./testdata/delta.ts";

const DAY_MS = 86_400_000;
const LOG = "tables/t/_delta_log";
const digits = (version: number) => String(version).padStart(20, "0");
const removed = (path: string, more: object = {}) => ({ remove: { path, dataChange: true, ...more } });

/** What a version holds, without the time of reading. */
function held({ readAtMs: _, tombstones, txns, ...rest }: Snapshot): unknown {
  return { ...rest, tombstones: [...tombstones], txns: [...txns] };
}

async function text(store: Store, path: string): Promise<string> {
  return new TextDecoder().decode(await store.get(path));
}

test("writeCheckpoint() keeps files, transactions, metadata, protocol and unexpired tombstones", async () => {
  const { store } = await freshStore();
  const now = Date.now();
  const more = { partitionColumns: ["p"], name: "n", description: "d", configuration: { "delta.appendOnly": "false" } };
  await putLog(store, "t", 0, ...creation({}, more), { txn: { appId: "topic/1/0", version: 9007199254740991 } });
  await putLog(
    store,
    "t",
    1,
    added("p=a%20b/x.parquet", {
      partitionValues: { p: "a b" },
      stats: '{"numRecords":3,"minValues":{"n":9007199254740993}}',
    }),
    added("p=%25/y.parquet", { partitionValues: { p: null } }),
    added("z.parquet", { partitionValues: { p: "" } }),
    ...["kept", "bare", "expired"].map((name) => added(`${name}.parquet`)),
  );
  await putLog(
    store,
    "t",
    2,
    removed("kept.parquet", { deletionTimestamp: now - 6 * DAY_MS, size: 10, partitionValues: { p: "é" } }),
    removed("bare.parquet", { deletionTimestamp: now - 1 }),
    removed("expired.parquet", { deletionTimestamp: now - 8 * DAY_MS }),
    { txn: { appId: 'écrit "1"', version: 0 } },
  );
  const before = (await readSnapshot(store, "t"))!;
  await writeCheckpoint(store, before, { now });
  expect(JSON.parse(await text(store, `${LOG}/_last_checkpoint`))).toEqual({ version: 2, size: 9 });
  for (const version of [0, 1]) await store.delete(`${LOG}/${digits(version)}.json`);
  const after = (await readSnapshot(store, "t"))!;
  const tombstones = new Map([...before.tombstones].filter(([path]) => path !== "expired.parquet"));
  expect(held(after)).toEqual(held({ ...before, tombstones }));
});

test("writeCheckpoint() writes no checkpoint twice, and never tells of an older one", async () => {
  const { store, dir } = await freshStore();
  let snapshot = await commitOrFail(store, "t", { read: null, operation: "CREATE TABLE", schema: DELAY });
  const first = snapshot;
  snapshot = await commitOrFail(store, "t", { read: snapshot, operation: "WRITE", add: [file("a.parquet")] });
  await Promise.all([1, 2, 3].map(() => writeCheckpoint(store, snapshot)));
  const bytes = await store.get(`${LOG}/${digits(1)}.checkpoint.parquet`);
  await writeCheckpoint(store, first);
  await writeCheckpoint(store, snapshot);
  expect(await store.get(`${LOG}/${digits(1)}.checkpoint.parquet`)).toEqual(bytes);
  expect(JSON.parse(await text(store, `${LOG}/_last_checkpoint`)).version).toBe(1);
  expect(Array.from(Deno.readDirSync(dir), ({ name }) => name)).toEqual(["tables"]);
});

test("writeCheckpoint() refuses a table that needs a newer writer", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, ...creation({ minWriterVersion: 4 }));
  const snapshot = (await readSnapshot(store, "t"))!;
  await expect(writeCheckpoint(store, snapshot)).rejects.toThrow(RangeError);
  await expect(writeCheckpoint(store, snapshot)).rejects.toThrow("as its Delta protocol must be 1/1 or 1/2: got 1/4");
});

test("the last checkpoint is a hint: missing, torn, stale or wrong it changes nothing", async () => {
  const { store } = await freshStore();
  let snapshot = await commitOrFail(store, "t", { read: null, operation: "CREATE TABLE", schema: DELAY });
  for (let i = 1; i <= 6; i++) {
    snapshot = await commitOrFail(store, "t", { read: snapshot, operation: "WRITE", add: [file(`${i}.parquet`)] });
    if (i % 2 === 0) await writeCheckpoint(store, snapshot);
  }
  for (let version = 0; version < 4; version++) await store.delete(`${LOG}/${digits(version)}.json`);
  const expected = held(snapshot);
  for (
    const hint of [
      "",
      "{",
      "[]",
      "null",
      '{"version":"4"}',
      '{"version":-1}',
      ...[0, 2, 4, 6, 5, 99].map((v) => `{"version":${v}}`),
    ]
  ) {
    await store.put(`${LOG}/_last_checkpoint`, new TextEncoder().encode(hint));
    expect(held((await readSnapshot(store, "t"))!), hint).toEqual(expected);
    expect((await readSnapshot(store, "t", 5))!.files.length, hint).toBe(5);
  }
  await store.delete(`${LOG}/_last_checkpoint`);
  expect(held((await readSnapshot(store, "t"))!)).toEqual(expected);
  await store.delete(`${LOG}/${digits(6)}.checkpoint.parquet`);
  await store.delete(`${LOG}/${digits(5)}.json`);
  for (const hint of ["{}", '{"version":4}']) {
    await store.put(`${LOG}/_last_checkpoint`, new TextEncoder().encode(hint));
    await expect(readSnapshot(store, "t"), hint).rejects.toThrow(
      `Cannot read table "t" at version 6 as log file "${LOG}/${digits(5)}.json" is missing`,
    );
  }
});

test("readLiveSnapshot() reads what readSnapshot() does, without the files that were removed", async () => {
  const { store } = await freshStore();
  const gone = ["a", "b"].map((name) => removed(`${name}.parquet`, { deletionTimestamp: Date.now() }));
  await putLog(store, "t", 0, ...creation(), added("a.parquet"), added("b.parquet"), added("c.parquet"));
  await putLog(store, "t", 1, gone[0], { txn: { appId: "x", version: 7 } });
  const versions = async (version?: number) => {
    const { tombstones, readAtMs: _, ...whole } = (await readSnapshot(store, "t", version))!;
    const { readAtMs: __, ...live } = (await readLiveSnapshot(store, tableAt("t"), version))!;
    expect(live).toEqual(whole);
    return [...tombstones.keys()];
  };
  expect(await versions()).toEqual(["a.parquet"]);
  await writeCheckpoint(store, (await readSnapshot(store, "t"))!);
  await putLog(store, "t", 2, gone[1], added("a.parquet"));
  expect(await versions(1)).toEqual(["a.parquet"]);
  expect(await versions()).toEqual(["b.parquet"]);
  expect(await readLiveSnapshot(store, tableAt("u"))).toBe(null);
});

test("the checkpoint of a saved pin keeps the tombstones, which the lake itself does not read", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  for (const n of [1, 2]) await lake.write("t", [{ n }], { mode: "overwrite" });
  const { tombstones } = (await readSnapshot(store, "t"))!;
  await lake.savePin("t", { until: "2999-12-31", why: "report" });
  await store.delete(`${LOG}/${digits(0)}.json`);
  expect(tombstones.size).toBe(1);
  expect((await readSnapshot(store, "t"))!.tombstones).toEqual(tombstones);
});
