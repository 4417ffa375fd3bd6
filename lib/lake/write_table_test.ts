import { expect, test } from "vitest";
import { rowsOf, tableFromRows } from "../columns/mod.ts";
import { commit } from "./commit.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { freshStore, putLog } from "./testdata/delta.ts";
import { lakeOf, ROUTES } from "./testdata/lake.ts";

test("lake.write appends, adds columns, and replaces", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  expect(await lake.write("routes", [{ Hour: 9, carrier: "AA" }], { mode: "append" })).toEqual({ version: 1 });
  expect((await lake.query("SELECT * FROM routes WHERE carrier IS NOT NULL")).rows()).toEqual([
    { route: null, hour: 9, delay: null, at: null, carrier: "AA" },
  ]);
  expect((await lake.query("SELECT count(carrier) AS n FROM routes")).rows()).toEqual([{ n: 1 }]);
  expect(await lake.write("routes", [{ other: "x" }], { mode: "overwrite" })).toEqual({ version: 2 });
  expect((await lake.query("SELECT * FROM routes")).rows()).toEqual([{ other: "x" }]);
  expect((await readSnapshot(store, "routes"))!.files).toHaveLength(1);
  expect((await readSnapshot(store, "routes", 1))!.files).toHaveLength(2);
});

test("lake.write takes a result, an Arrow table and rows alike, every type exact", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const result = await lake.query(
    `SELECT 9007199254740993 AS n, 1::TINYINT AS i, 1.5::FLOAT AS f, 0.1 + 0.2 AS x, true AS b, 'é😀' AS t,
    '\\x00\\xFF'::BLOB AS bin, DATE '1969-12-31' AS d, TIMESTAMPTZ '2001-05-31 12:00:00.123456+02' AS ts, 1234.56::DECIMAL(18,2) AS px,
    [1, NULL] AS l, {'a': 'x', 'b': {'c': 1.5}} AS s, MAP {'k': [1]} AS m, sum(i) AS total, NULL::INT AS nothing, 200::UTINYINT AS u,
    TIMESTAMP '2001-01-01 00:00:00.000001' AS naive, 'u'::ENUM('u') AS e FROM range(3) r(i)`,
  );
  const text = async (table: string) =>
    (await lake.query(
      `SELECT CAST(COLUMNS(* EXCLUDE (naive, ts)) AS VARCHAR), epoch_us(ts) AS ts, epoch_us(naive) AS naive FROM ${table}`,
    )).rows();
  await lake.write("typed", result, { mode: "append" });
  await lake.write("typed", result.arrow(), { mode: "append" });
  const [first, second] = await text("typed");
  expect(first).toEqual(second);
  expect(first).toMatchObject({
    n: "9007199254740993",
    px: "1234.56",
    s: "{'a': x, 'b': {'c': 1.5}}",
    m: "{k=[1]}",
    total: "3",
    nothing: null,
    d: "1969-12-31",
    u: "200",
  });
  expect(first).toMatchObject({
    ts: 991303200123456,
    naive: 978307200000001,
    bin: "\\x00\\xFF",
    l: "[1, NULL]",
    x: "0.3",
    e: "u",
  });
  await lake.write("plain", rowsOf(tableFromRows(ROUTES)), { mode: "append" });
  expect((await lake.query("SELECT * FROM plain")).rows()).toEqual(ROUTES);
});

test("lake.write of many rows keeps every one, in order", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ i, t: i % 3 ? `text number ${i}` : null, l: [i] }));
  await lake.write("many", rows, { mode: "append" });
  expect((await lake.query("SELECT * FROM many")).rows()).toEqual(rows);
});

test("lake.write of no rows creates a table of those columns, and empties one", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const none = await lake.query("SELECT 1 AS a, 'x' AS b WHERE false");
  expect(await lake.write("empty", none, { mode: "append" })).toEqual({ version: 0 });
  expect((await lake.query("SELECT * FROM empty")).columns.map((column) => column.name)).toEqual(["a", "b"]);
  await lake.write("routes", none, { mode: "overwrite" });
  expect((await lake.query("SELECT * FROM routes")).numRows).toBe(0);
});

test("lake.write refuses what would spoil a table", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  const write = (name: string, rows: unknown, mode: string = "append") =>
    lake.write(name, rows as never, { mode: mode as "append" });
  const cases: [Promise<unknown>, ErrorConstructor, string][] = [
    [
      write("routes", [{ delay: "12a" }]),
      TypeError,
      'Cannot append to "routes" as column "delay" must be double: got string; cast it in SQL, or write to a new column',
    ],
    [write("Bad Name", ROUTES), RangeError, "Cannot use a table name as it must be"],
    [
      write("routes_dlq", ROUTES),
      RangeError,
      'Cannot write table "routes_dlq" as names that end in "_dlq" mean the rejected records of a topic: choose another',
    ],
    [
      write("routes", ROUTES, "upsert"),
      RangeError,
      'Cannot write table "routes" as mode must be "append" or "overwrite": got "upsert"',
    ],
    [write("routes", []), TypeError, 'Cannot write table "routes" as rows must have at least one column: got none'],
    [
      write("routes", { a: 1 }),
      TypeError,
      "Cannot write data as it must be a Result, an array of rows or an Arrow table of flechette",
    ],
    [write("routes", [{ a: 1 }, { a: "x" }]), TypeError, 'Cannot make column "a" as its values must be of one type'],
  ];
  for (const [written, kind, message] of cases) {
    await expect(written).rejects.toThrow(kind);
    await expect(written).rejects.toThrow(message);
  }
  expect((await readSnapshot(store, "routes"))!.version).toBe(0);
});

test("lake.write commits behind another writer, once", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  let raced = 0;
  const racing = {
    ...store,
    putIfAbsent: async (path: string, bytes: Uint8Array) => {
      if (path.includes("_delta_log") && raced++ === 0) {
        const read = (await readSnapshot(store, "routes"))!;
        const schema = [...read.schema, { name: "extra", type: "long", nullable: true }];
        await commit(store, "routes", { read, operation: "WRITE", schema });
      }
      return await store.putIfAbsent(path, bytes);
    },
  };
  await using writer = await openLake({ store: racing });
  expect(await writer.write("routes", [{ hour: 5 }], { mode: "append" })).toEqual({ version: 2 });
  const rows = (await writer.query<{ hour: number; extra: null }>("SELECT * FROM routes ORDER BY hour")).rows();
  expect(rows.map((row) => [row.hour, row.extra])).toEqual([[5, null], [7, null], [18, null]]);
});

test("lake.write refuses partitioned tables by name", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, {
    metaData: {
      id: "i",
      schemaString: '{"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]}',
      partitionColumns: ["a"],
    },
  });
  await using lake = await openLake({ store });
  await expect(lake.write("t", [{ a: 1 }], { mode: "append" })).rejects.toThrow(
    'Cannot write table "t" as partitioned tables are not in this version: it is partitioned by a',
  );
});
