import { expect, test, vi } from "vitest";
import type { Store } from "../store/mod.ts";
import { maintainLog } from "./maintain_log.ts";
import { openLake } from "./open_lake.ts";
import { pinnedVersions } from "./pinned_versions.ts";
import { readSnapshot } from "./snapshot.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";

const HOUR_MS = 3_600_000, DAY_MS = 24 * HOUR_MS;

/** Runs something as if it were some time later; files in the store keep the times that the disk gave them. */
async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

const dataFiles = async (store: Store, table = "t") =>
  (await Array.fromAsync(store.list(`tables/${table}/`))).filter(({ path }) =>
    path.endsWith(".parquet") && !path.includes("_delta_log")
  ).length;

/** Three versions, each of which replaced the rows of the one before. */
async function threeVersions() {
  const { store } = await freshStore();
  const lake = await openLake({ store });
  for (const n of [1, 2, 3]) await lake.write("t", [{ n }], { mode: "overwrite" });
  return { store, lake };
}

test("vacuum() deletes what was removed longer ago than the retention", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  expect(await lake.vacuum("t")).toEqual({ deleted: [], bytes: 0, pinned: [] });
  const old = (await readSnapshot(store, "t", 1))!.files.map(({ path }) => path);
  const soon = await later(167 * HOUR_MS, () => lake.vacuum("t"));
  expect(soon.deleted).toEqual([]);
  const dry = await later(169 * HOUR_MS, () => lake.vacuum("t", { dryRun: true }));
  expect([dry.deleted.length, await dataFiles(store)]).toEqual([2, 3]);
  const done = await later(169 * HOUR_MS, () => lake.vacuum("t"));
  expect(done).toEqual(dry);
  expect(done.deleted).toContain(old[0]);
  expect(await dataFiles(store)).toBe(1);
  expect((await lake.query("SELECT n FROM t")).rows()).toEqual([{ n: 3 }]);
  await expect(lake.table("t", { version: 0 }).count()).rejects.toThrow();
});

test("vacuum() deletes files that nobody committed after a week, whatever the retention", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  await store.put("tables/t/orphan.parquet", new Uint8Array(4));
  await store.put("tables/t/_other/state.bin", new Uint8Array(4));
  const young = await later(6 * DAY_MS, () => lake.vacuum("t", { retentionHours: 0 }));
  expect([young.deleted.length, young.deleted.includes("orphan.parquet")]).toEqual([2, false]);
  const old = await later(8 * DAY_MS, () => lake.vacuum("t", { retentionHours: 0 }));
  expect(old).toEqual({ deleted: ["orphan.parquet"], bytes: 4, pinned: [] });
  expect(await store.exists("tables/t/_other/state.bin")).toBe(true);
});

test("a writer that slept past the clean-up of its files fails its commit", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const { writeParquet } = await import("./write_parquet.ts");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const read = (await readSnapshot(store, "t"))!;
  const schema = [{ name: "n", type: "long", nullable: true }];
  const plan = { table: "t", select: "SELECT 4 AS n", schema, dir: store.localDir };
  const file = (await writeParquet(connection, store, plan))!;
  const commit = commitOrFail(store, "t", { read, operation: "WRITE", add: [file] }).then(() => "won");
  expect(await commit).toBe("won");
  const lost = (await writeParquet(connection, store, plan))!;
  await later(8 * DAY_MS, async () => {
    const newest = (await readSnapshot(store, "t"))!;
    expect((await lake.vacuum("t")).deleted).toContain(lost.path);
    const late = commitOrFail(store, "t", { read: newest, operation: "WRITE", add: [lost] });
    await expect(late).rejects.toThrow(RangeError);
    await expect(late).rejects.toThrow(`Cannot add "${lost.path}" to table "t" as it may have been vacuumed`);
  });
});

test("a longer retention looks behind the tombstones that a checkpoint keeps", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  const { writeCheckpoint } = await import("./checkpoint.ts");
  const newest = (await readSnapshot(store, "t"))!;
  await later(8 * DAY_MS, async () => {
    await writeCheckpoint(store, newest);
    expect((await readSnapshot(store, "t"))!.tombstones.size).toBe(0);
    expect((await lake.vacuum("t", { retentionHours: 20 * 24 })).deleted).toEqual([]);
    expect((await lake.vacuum("t", { retentionHours: 7 * 24 })).deleted).toHaveLength(2);
  });
});

test("a pinned version stays readable, until its pin is removed or has ended", async () => {
  const { lake } = await threeVersions();
  await using _ = lake;
  const until = new Date(Date.now() + 20 * DAY_MS);
  const pin = await lake.savePin("t", { version: 1, until, why: "report of May" });
  expect(pin).toMatchObject({ table: "t", version: 1, until, why: "report of May" });
  expect(await lake.pins()).toEqual([pin]);
  expect(await later(8 * DAY_MS, () => lake.vacuum("t"))).toMatchObject({ deleted: [expect.any(String)], pinned: [1] });
  expect((await lake.sql`SELECT n FROM ${lake.table("t", { version: 1 })}`).rows()).toEqual([{ n: 2 }]);
  expect(await later(21 * DAY_MS, () => lake.pins())).toEqual([]);
  const dry = await later(21 * DAY_MS, () => lake.vacuum("t", { dryRun: true }));
  expect(dry).toMatchObject({ deleted: [expect.any(String)], pinned: [] });
  await lake.removePin(pin.id);
  expect(await lake.pins()).toEqual([]);
  expect(await later(8 * DAY_MS, () => lake.vacuum("t"))).toMatchObject({ deleted: [expect.any(String)], pinned: [] });
  await expect(lake.removePin(pin.id)).rejects.toThrow(`Cannot remove pin "${pin.id}" as the lake has none of that id`);
});

test("lake.savePin keeps what the lake reads, and the log that this needs", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  await lake.savePin("t", { version: 0, until: "2999-12-31", why: "first" });
  await using fresh = await openLake({ store });
  await fresh.savePin("t", { until: "2999-12-31", why: "as read" });
  expect(await pinnedVersions(store, "t")).toEqual([0, 2]);
  await lake.write("t", [{ n: 4 }], { mode: "overwrite" });
  await later(40 * DAY_MS, async () => {
    const read = (await readSnapshot(store, "t"))!;
    const schema = read.schema;
    const settings = { ...read, configuration: { "delta.checkpointInterval": "1" } };
    expect(await maintainLog(store, settings)).toEqual({ checkpoint: read.version, deleted: 1 }); // 1.json
    expect(schema).toHaveLength(1);
  });
  for (const [version, n] of [[0, 1], [2, 3], [3, 4]]) {
    await using reader = await openLake({ store });
    expect((await reader.query(`SELECT n FROM t AT (VERSION => ${version})`)).rows()).toEqual([{ n }]);
  }
  await expect(readSnapshot(store, "t", 1)).rejects.toThrow("is missing");
});

test("pins that cannot help are refused", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  const until = new Date(Date.now() + DAY_MS);
  const cases: [() => Promise<unknown>, string][] = [
    [() => lake.savePin("u", { until, why: "x" }), 'Cannot query table "u" as the lake has none of that name'],
    [() => lake.savePin("t", { until: "2001-05-31", why: "x" }), "as a pin must end later: got 2001-05-31"],
    [() => lake.savePin("t", { until, why: " " }), "as why must say what it is for: got nothing"],
    [() => lake.savePin("t", { until, why: "x", version: 9 }), "as its versions are 0 to 2"],
    [() => lake.vacuum("u"), 'Cannot vacuum table "u" as the lake has none of that name'],
    [() => lake.vacuum("t", { retentionHours: -1 }), "as retentionHours must be 0 or more: got -1"],
  ];
  for (const [refused, message] of cases) {
    await expect(refused(), message).rejects.toThrow(RangeError);
    await expect(refused(), message).rejects.toThrow(message);
  }
  await later(8 * DAY_MS, () => lake.vacuum("t"));
  await expect(lake.savePin("t", { until, why: "too late", version: 0 })).rejects.toThrow(
    /^Cannot pin table "t" at version 0 as its files must still be there: ".*" was vacuumed; pin a later version$/,
  );
  expect(await pinnedVersions(store, "t")).toEqual([]);
});

test("a query of a version that was vacuumed names it, and the versions that can be read", async () => {
  const { store, lake } = await threeVersions();
  await using _ = lake;
  const read = (version: number) => lake.query(`SELECT n FROM t AT (VERSION => ${version})`);
  const { path } = (await readSnapshot(store, "t", 0))!.files[0]!;
  await store.delete(`tables/t/${path}`);
  await expect(read(0)).rejects.toThrow(Deno.errors.NotFound);
  await expect(read(0)).rejects.toThrow(
    `Cannot read table "t" at version 0 as its files must still be there: "${path}" was vacuumed; read a version from 1 to 2`,
  );
  expect((await read(1)).rows()).toEqual([{ n: 2 }]);
  await lake.vacuum("t", { retentionHours: 0 });
  await using fresh = await openLake({ store });
  await expect(fresh.table("t", { version: 1 }).count()).rejects.toThrow("was vacuumed; read version 2");
  const newest = (await readSnapshot(store, "t"))!.files[0]!.path;
  await store.delete(`tables/t/${newest}`);
  await expect(fresh.query("SELECT n FROM t")).rejects.toThrow(
    `Cannot read table "t" at version 2 as its files must still be there: "${newest}" is missing though the newest version ` +
      "needs it; restore it from a copy",
  );
});
