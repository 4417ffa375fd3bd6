import { expect, test } from "vitest";
import { sha256 } from "../events/mod.ts";
import type { InputRead } from "./inputs.ts";
import { openLake } from "./open_lake.ts";
import { added, creation, freshStore, putLog } from "./testdata/delta.ts";
import { lakeOf } from "./testdata/lake.ts";
import { writeParquet } from "./write_parquet.ts";

/** A table of two versions that another lake wrote, and a lake to read it from. */
async function otherTable() {
  const other = await lakeOf({ trips: [{ n: 1, city: "Chicago" }] });
  await other.lake.write("trips", [{ n: 2, city: "Genève" }], { mode: "append" });
  await other.lake[Symbol.asyncDispose]();
  const { store, dir } = await freshStore();
  const reads: InputRead[] = [];
  const lake = await openLake({ store, recorder: { read: (input) => reads.push(input) } });
  return { lake, store, dir, reads, folder: `${other.dir}/tables/trips` };
}

test("lake.open and delta('path') read a table of another folder", async () => {
  const { lake, reads, folder } = await otherTable();
  await using _ = lake;
  const trips = lake.open<{ n: number; city: string }>(folder);
  expect(trips.name).toBe(folder);
  expect(await trips.count()).toBe(2);
  expect((await lake.sql`SELECT city FROM ${trips} WHERE n = ${2}`).rows()).toEqual([{ city: "Genève" }]);
  await lake.write("own", [{ n: 2 }], { mode: "append" });
  const cases: [sql: string, rows: unknown[]][] = [
    [`SELECT max(delta.n) AS n FROM delta('${folder}')`, [{ n: 2 }]],
    [`SELECT t.city FROM own JOIN delta ( 'file://${folder}/' ) t USING (n)`, [{ city: "Genève" }]],
    [`SELECT 'é' AS e, (SELECT count(*) FROM delta('file:${folder}') AS d WHERE d.n < 2) AS n`, [{ e: "é", n: 1 }]],
  ];
  for (const [sql, rows] of cases) expect([sql, (await lake.query(sql)).rows()]).toEqual([sql, rows]);
  expect(reads[0]).toEqual({
    name: `delta:${folder}`,
    table: expect.stringMatching(/^[0-9a-f-]{36}$/),
    version: 1,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const scans = await lake.scans(`SELECT * FROM delta('${folder}') WHERE n = 2`);
  expect(scans).toMatchObject([{ name: `delta:${folder}`, files: 2, filesRead: 1 }]);
});

test("a foreign table stands still from its first use on, and is read at older versions", async () => {
  const { lake, reads, folder } = await otherTable();
  await using _ = lake;
  expect(await lake.open(folder).count()).toBe(2);
  const writer = await lakeOf({});
  await using other = await openLake({ store: { ...writer.store, ...(await freshStoreAt(folder)) } });
  await other.write("trips", [{ n: 3, city: "Oslo" }], { mode: "append" });
  expect(await lake.open(folder).count()).toBe(2);
  expect(await lake.open(folder, { version: 0 }).count()).toBe(1);
  expect(reads.at(-1)).toMatchObject({ name: `delta:${folder}@0`, version: 0 });
  await expect(lake.open(folder, { version: 7 }).count()).rejects.toThrow(
    `Cannot read table "${folder}" at version 7 as its versions are 0 to 2`,
  );
});

async function freshStoreAt(table: string) {
  const { openStore } = await import("../store/mod.ts");
  return await openStore({ kind: "directory", dir: table.replace(/\/tables\/trips$/, "") });
}

test("data files of any name are read where they lie", async () => {
  const { lake, store, dir } = await otherTable();
  await using _ = lake;
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const schema = [{ name: "delay", type: "long", nullable: true }];
  const file = await writeParquet(connection, store, { table: "x", select: "SELECT 7 AS delay", schema, dir });
  const folder = `${await Deno.makeTempDir()}/boat house [é]*`;
  await Deno.mkdir(folder);
  await putLog(store, "foreign", 0, ...creation(), added("a%20b=%255B/%C3%A9%20%5B1%5D%2A.parquet"));
  await Deno.rename(`${dir}/tables/foreign/_delta_log`, `${folder}/_delta_log`);
  await Deno.mkdir(`${folder}/a b=%5B`);
  await Deno.rename(`${dir}/tables/x/${file!.path}`, `${folder}/a b=%5B/é [1]*.parquet`);
  const before = sha256((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort().join());
  expect((await lake.sql`SELECT delay FROM ${lake.open(folder)}`).rows()).toEqual([{ delay: 7 }]);
  expect(sha256((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort().join())).toBe(before);
});

test("a folder that is no table, and a lake that reads its own only, refuse", async () => {
  const { lake, store, folder } = await otherTable();
  await using _ = lake;
  const cases: [sql: string, message: string][] = [
    ["FROM delta('/etc')", 'Cannot read "/etc" as it must be a Delta table: its folder _delta_log holds no version'],
    ["FROM delta('/etc/passwd')", 'Cannot read "/etc/passwd" as it must be a Delta table'],
    ["FROM delta('trips')", 'Cannot read "trips" as it must be an absolute folder of this machine, a file: URL'],
    ["FROM delta('s3://bucket/trips')", "or below the lake's own s3:// address: the lake is \"file:"],
    ["FROM delta('/a', 1)", "Cannot run query as delta takes one path in single quotes"],
    ["FROM delta($1)", "Cannot run query as delta takes one path in single quotes"],
    ["FROM delta(upper('/a'))", "Cannot run query as delta takes one path in single quotes"],
  ];
  for (const [sql, message] of cases) {
    await expect(lake.query(sql, sql.includes("$1") ? ["/a"] : []), sql).rejects.toThrow(RangeError);
    await expect(lake.query(sql, sql.includes("$1") ? ["/a"] : []), sql).rejects.toThrow(message);
  }
  await using own = await openLake({ store, foreign: false });
  const refusal = `Cannot read "${folder}" as this lake reads its own tables only`;
  await expect(own.query(`FROM delta('${folder}')`)).rejects.toThrow(RangeError);
  await expect(own.query(`FROM delta('${folder}')`)).rejects.toThrow(refusal);
  expect(() => own.open(folder)).toThrow(refusal);
  await expect(lake.query(`FROM read_parquet('${folder}/x.parquet')`)).rejects.toThrow("is not allowed");
});

test("a pin holds a foreign table too", async () => {
  const { lake, store, folder } = await otherTable();
  await using _ = lake;
  await using pinned = await openLake({ store, pin: { tables: { [`delta:${folder}`]: { version: 0 } } } });
  expect(await pinned.open(folder).count()).toBe(1);
});
