import { expect, test } from "vitest";
import { rowsOf, tableFromRows } from "../columns/mod.ts";
import { commit } from "./commit.ts";
import type { OutputWritten } from "./inputs.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { freshStore } from "./testdata/delta.ts";
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

test("lake.write tells the recorder which table it wrote, and nothing where it failed", async () => {
  const wrote: OutputWritten[] = [];
  const { store } = await freshStore();
  await using lake = await openLake({
    store,
    recorder: { read: () => {}, wrote: (output) => void wrote.push(output) },
  });
  await lake.write("routes", [{ a: 1 }], { mode: "append" });
  await expect(lake.write("routes", [{ a: "x" }], { mode: "append" })).rejects.toThrow();
  expect(wrote).toEqual([{ table: "routes" }]);
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
      'Cannot write table "routes" as mode must be "append", "overwrite" or "merge": got "upsert"',
    ],
    [write("routes", []), TypeError, 'Cannot write table "routes" as rows must have at least one column: got none'],
    [
      write("routes", { a: 1 }),
      TypeError,
      "Cannot take data as a table as it must be rows, a Result, ",
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

const DAYS = [
  { day: new Date("2001-05-30"), carrier: "AA", delay: 1 },
  { day: new Date("2001-05-31"), carrier: "é/ü =%", delay: 2 },
  { day: null, carrier: null, delay: 3 },
];

test("lake.write divides a table by the values of columns, and reads them back", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  const days = await lake.query(
    "SELECT CAST(v AS DATE) AS day, c AS carrier, d AS delay FROM (VALUES " + DAYS.map(
      ({ day, carrier, delay }) =>
        `(${day ? `'${day.toISOString()}'` : "NULL"}, ${carrier ? `'${carrier}'` : "NULL"}, ${delay})`,
    ).join(", ") + ") t(v, c, d)",
  );
  await lake.write("days", days, { mode: "append", partitionBy: ["DAY", "carrier"] });
  await lake.write("days", days, { mode: "append" });
  const { files, partitionColumns } = (await readSnapshot(store, "days"))!;
  expect(partitionColumns).toEqual(["day", "carrier"]);
  expect(files).toHaveLength(6);
  expect(files[0]!.partition).toEqual({ day: "2001-05-30", carrier: "AA" });
  expect(files[0]!.path).toMatch(/^day=2001-05-30\/carrier=AA\/[0-9a-f-]{36}\.parquet$/);
  expect(
    (await lake.query("SELECT * FROM days WHERE delay > 0 ORDER BY delay, day")).rows().filter((_, i) => i % 2 === 0),
  )
    .toEqual(DAYS);
  const [scan] = await lake.scans("SELECT * FROM days WHERE carrier = 'AA'");
  expect(scan).toMatchObject({ files: 6, filesRead: 2 });
  await lake.write("days", days, { mode: "overwrite", partitionBy: ["day", "carrier"] });
  expect((await lake.query("SELECT * FROM days")).numRows).toBe(3);
});

test("lake.write refuses partitions that readers would misread", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  await lake.write("p", [{ a: "x", n: 1 }], { mode: "append", partitionBy: "a" });
  const cases: [rows: Record<string, unknown>[], table: string, partitionBy: string | string[] | undefined, string][] =
    [
      [[{ n: 1 }], "p", undefined, 'Cannot write table "p" as rows must have its partition column "a": got none'],
      [[{ a: "", n: 1 }], "p", undefined, 'as the values of partition column "a" must not be empty'],
      [[{ a: "x", n: 1 }], "p", "n", 'Cannot write table "p" partitioned by n as it is partitioned by a and stays so'],
      [
        [{ route: "x" }],
        "routes",
        "route",
        'Cannot write table "routes" partitioned by route as it is not partitioned',
      ],
      [[{ a: 1.5, n: 1 }], "q", "a", 'as it must be a text, whole number, date or boolean: got "double"'],
      [
        [{ a: 1, n: 1 }],
        "q",
        "b",
        'Cannot partition table "q" by "b" as it must be one of its columns: it has "a", "n"',
      ],
      [[{ a: 1 }], "q", "a", 'Cannot partition table "q" by all of its columns'],
      [Array.from({ length: 1001 }, (_, a) => ({ a, n: 1 })), "q", "a", "may hold at most 1000 partitions"],
    ];
  for (const [rows, table, partitionBy, message] of cases) {
    const options = { mode: "append", ...(partitionBy ? { partitionBy } : {}) } as const;
    await expect(lake.write(table, rows, options), message).rejects.toThrow(message);
  }
  expect((await lake.query("SELECT * FROM p")).numRows).toBe(1);
});

test("lake.history tells what each version was made from", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  await lake.query("SELECT * FROM routes");
  await lake.write("derived", [{ n: 1 }], { mode: "append" });
  await lake.write("derived", [{ n: 2 }, { n: 3 }], { mode: "overwrite", lineage: false });
  const [second, first] = await lake.history("derived");
  const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(first).toMatchObject({ version: 0, operation: "WRITE", added: 1, removed: 0 });
  expect(first!.inputs).toEqual([{ name: "routes", table: expect.any(String), version: 0, digest }]);
  expect(Math.abs(first!.timeMs - Date.now())).toBeLessThan(60_000);
  expect(second).toMatchObject({ version: 1, added: 1, removed: 1, inputs: [] });
  expect(second!.info.operationMetrics).toEqual({ numOutputRows: "2", numFiles: "1" });
  expect(await lake.history("derived", { limit: 1 })).toEqual([second]);
  expect(await lake.history("nothing")).toEqual([]);
});

test("lake.write gives numbers the type of their column where each stays the same, and refuses the others", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const first = await lake.query(
    "SELECT 1.5 ::DOUBLE AS x, 1::TINYINT AS small, 2::BIGINT AS whole, 9.25::DECIMAL(6,2) AS px",
  );
  await lake.write("numbers", first, { mode: "append" });
  await lake.write("numbers", [{ x: 2, small: 127, whole: 3, px: 4 }, { x: null, small: -128, whole: 4, px: 0.25 }], {
    mode: "append",
  });
  await lake.write("numbers", [{ small: 5, x: 7 }], { mode: "merge", key: "small" });
  const result = await lake.query("SELECT * FROM numbers ORDER BY small");
  expect(result.columns.map(({ type }) => type)).toEqual(["double", "int8", "int64", "decimal(6,2)"]);
  expect(result.rows().map((row) => Object.values(row))).toEqual([
    [null, -128, 4, 0.25],
    [1.5, 1, 2, 9.25],
    [7, 5, null, null],
    [2, 127, 3, 4],
  ]);
  const refused: [Record<string, unknown>, string][] = [
    [{ x: 2n ** 53n + 1n }, 'column "x" must be double: got long'],
    [{ small: 128 }, 'column "small" must be byte: got long'],
    [{ whole: 1.5 }, 'column "whole" must be long: got double'],
    [{ px: 0.125 }, 'column "px" must be decimal(6,2): got double'],
    [{ px: 10_000 }, 'column "px" must be decimal(6,2): got long'],
    [{ whole: NaN }, 'column "whole" must be long: got double'],
  ];
  for (const [row, rule] of refused) {
    const error = await lake.write("numbers", [row], { mode: "append" }).then(() => null, (cause) => cause);
    expect(error, rule).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`Cannot append to "numbers" as ${rule}`);
  }
});

test("lake.write fits numbers within lists, structs and maps too", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  await lake.write("nested", [{ l: [1.5], s: { x: 1.5, t: "a" } }], { mode: "append" });
  await lake.write("nested", [{ l: [2, null], s: { x: 2, t: "b" } }], { mode: "append" });
  expect((await lake.query("SELECT * FROM nested ORDER BY s.x")).rows()).toEqual([
    { l: [1.5], s: { x: 1.5, t: "a" } },
    { l: [2, null], s: { x: 2, t: "b" } },
  ]);
  await expect(lake.write("nested", [{ l: [2n ** 60n + 1n] }], { mode: "append" })).rejects.toThrow(
    'Cannot append to "nested" as column "l.element" must be double: got long',
  );
});
