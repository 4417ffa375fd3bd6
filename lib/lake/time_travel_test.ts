import { expect, test, vi } from "vitest";
import type { Store } from "../store/mod.ts";
import type { InputRead } from "./inputs.ts";
import { type Lake, openLake } from "./open_lake.ts";
import { commitOrFail, DELAY, freshStore, putLog } from "./testdata/delta.ts";
import { readSnapshot } from "./snapshot.ts";
import { versionAt } from "./version_at.ts";

const DAYS = ["2001-05-29T12:00:00Z", "2001-05-30T12:00:00Z", "2001-05-31T12:00:00Z"];

/** Table `t` of three versions, one a day, with 1, 2 and 3 rows. */
async function threeDays(): Promise<{ lake: Lake; store: Store; reads: InputRead[] }> {
  const { store } = await freshStore();
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    for (const [i, day] of DAYS.entries()) {
      vi.setSystemTime(new Date(day));
      await using writer = await openLake({ store });
      await writer.write("t", [{ n: i }], { mode: "append" });
    }
  } finally {
    vi.useRealTimers();
  }
  const reads: InputRead[] = [];
  return { lake: await openLake({ store, recorder: { read: (input) => reads.push(input) } }), store, reads };
}

const count = async (lake: Lake, sql: string) => (await lake.query<{ n: number }>(sql)).rows()[0]!.n;

test("lake.table names a version or a time", async () => {
  const { lake, reads } = await threeDays();
  await using _ = lake;
  expect(await lake.table("t").count()).toBe(3);
  expect(await lake.table("t", { version: 0 }).count()).toBe(1);
  expect(await lake.table("t", { asOf: new Date("2001-05-30T12:00:00Z") }).count()).toBe(2);
  expect(await lake.table("t", { asOf: "2001-05-31" }).count()).toBe(2);
  expect(await lake.table("t", { asOf: "2001-05-30 13:00+02:00" }).count()).toBe(1);
  const before = lake.table("t", { version: 1 });
  expect([before.name, before.view]).toEqual(["t", "t@1"]);
  const [row] = (await lake.sql<{ n: number }>`SELECT count(*) AS n FROM ${before} b JOIN t ON b.n = t.n`).rows();
  expect(row!.n).toBe(2);
  const versions = reads.map((read) => "version" in read && [read.name, read.version]);
  expect(versions.slice(0, 2)).toEqual([["t", 2], ["t@0", 0]]);
  expect(versions.slice(-2)).toEqual([["t@1", 1], ["t", 2]]);
});

test("SQL names a version or a time by AT", async () => {
  const { lake } = await threeDays();
  await using _ = lake;
  const cases: [sql: string, n: number][] = [
    ["SELECT count(*) AS n FROM t AT (VERSION => 0)", 1],
    ["SELECT count(*) AS n FROM T AS x AT (version => 1) WHERE x.n >= 0", 2],
    ["SELECT count(t.n) AS n FROM t/* é AT ( */ at (TIMESTAMP => '2001-05-30 12:00:00') -- end", 2],
    ["SELECT count(*) AS n FROM t AT (TIMESTAMP => TIMESTAMP '2001-05-29 13:00')", 1],
    ["SELECT 'é' AS e, count(*) AS n FROM \"t\" AT (VERSION => 0), t b AT (VERSION => 1), t GROUP BY e", 6],
    ['WITH é AS (SELECT * FROM t AT (VERSION => 1)) SELECT (SELECT count(*) FROM é) + count(*) AS n FROM "t@0"', 3],
    ["SELECT count(*) AS n FROM t AT (VERSION => 1) WHERE t.n = 1", 1],
  ];
  for (const [sql, n] of cases) expect([sql, await count(lake, sql)]).toEqual([sql, n]);
  const [scan] = await lake.scans("SELECT * FROM t AT (VERSION => 1) WHERE t.n = 1");
  expect(scan).toMatchObject({ name: "t@1", version: 1, files: 2, filesRead: 1 });
});

test("a version or time that cannot be read is refused", async () => {
  const { lake } = await threeDays();
  await using _ = lake;
  const cases: [sql: string, message: string][] = [
    ["FROM t AT (VERSION => 9)", 'Cannot read table "t" at version 9 as its versions are 0 to 2'],
    ["FROM t AT (VERSION => -1)", 'Cannot read table "t" as its version must be a whole number from 0: got -1'],
    ["FROM t AT (VERSION => 1 + 1)", 'Cannot query table "t" at another version as AT takes one number or time'],
    ["FROM t AT (VERSION => $1)", 'Cannot query table "t" at another version as AT takes one number or time'],
    [
      "FROM t AT (TIMESTAMP => '2001-05-01')",
      'Cannot read table "t" as of 2001-05-01T00:00:00.000Z as its log begins with version 0 of 2001-05-29T12:00:00.000Z',
    ],
    ["FROM t AT (TIMESTAMP => 'noon')", 'as of a time as it must be a date or an ISO 8601 time: got "noon"'],
    ["FROM u AT (VERSION => 1)", 'Cannot query table "u@1" as the lake has none of that name'],
    ['FROM "t@x"', 'as of a time as it must be a date or an ISO 8601 time: got "x"'],
  ];
  for (const [sql, message] of cases) {
    const query = lake.query(sql, sql.includes("$1") ? [1] : []);
    await expect(query, sql).rejects.toThrow(RangeError);
    await expect(query, sql).rejects.toThrow(message);
  }
  expect(() => lake.table("t", { version: 0.5 })).toThrow(RangeError);
  expect(() => lake.table("t", { version: 0, asOf: "2001-05-31" })).toThrow(
    'Cannot read table "t" as either a version or a time must be given: got both',
  );
});

test("openLake({ asOf }) reads every table as it was", async () => {
  const { store } = await threeDays();
  await using lake = await openLake({ store, asOf: "2001-05-30T18:00Z" });
  expect(await lake.table("t").count()).toBe(2);
  expect(await lake.table("t", { version: 2 }).count()).toBe(3);
  expect(await lake.pin()).toEqual({ tables: { t: { version: 1 } } });
  await using early = await openLake({ store, asOf: new Date("2001-05-01") });
  await expect(early.table("t").count()).rejects.toThrow("as its log begins with version 0");
  await expect(openLake({ store, asOf: "yesterday" })).rejects.toThrow(RangeError);
});

test("a topic's table at a version ends where that version ends", async () => {
  const { store } = await freshStore();
  const schema = [
    { name: "_partition", type: "integer", nullable: true },
    { name: "_offset", type: "long", nullable: true },
    { name: "_event_time", type: "timestamp", nullable: true },
    ...DELAY,
    { name: "day", type: "date", nullable: true },
    { name: "fit", type: "boolean", nullable: true },
  ];
  const partitionColumns = ["day", "fit"];
  await commitOrFail(store, "f", { read: null, operation: "INGEST", schema, partitionColumns, txns: { "f/i/0": 4 } });
  const read = await readSnapshot(store, "f");
  await commitOrFail(store, "f", { read, operation: "INGEST", txns: { "f/i/0": 9 } });
  const reads: InputRead[] = [];
  const tail = { ends: () => Promise.resolve({ incarnation: "i", ends: { 0: 9 } }), load: () => Promise.reject() };
  await using lake = await openLake({ store, tail, recorder: { read: (input) => reads.push(input) } });
  for (const name of ['"f@0"', '"f_dlq@0"', "f"]) await lake.query(`FROM ${name}`);
  expect(reads).toMatchObject([
    { name: "f@0", incarnation: "i", ends: { 0: 4 } },
    { name: "f_dlq@0", ends: { 0: 4 } },
    { name: "f", ends: { 0: 9 } },
  ]);
});

test("versionAt() takes the time of a commit from its log file's, where it does not tell", async () => {
  const { store } = await freshStore();
  await commitOrFail(store, "t", { read: null, operation: "CREATE TABLE", schema: DELAY });
  await putLog(store, "t", 1, { txn: { appId: "a", version: 1 } });
  expect(await versionAt(store, "t", Date.now() + 1000)).toBe(1);
  expect(await versionAt(store, "nothing", Date.now())).toBeNull();
});
