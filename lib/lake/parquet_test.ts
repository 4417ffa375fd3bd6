import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import { scanSql } from "./scan.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { type ParquetPlan, writeParquet } from "./write_parquet.ts";

const field = (name: string, type: Field["type"]): Field => ({ name, type, nullable: true });

async function setUp(): Promise<{ store: Store; dir: string; connection: DuckDBConnection }> {
  const { store, dir } = await freshStore();
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  await connection.run("SET TimeZone='UTC'");
  return { store, dir, connection };
}

async function append(
  connection: DuckDBConnection,
  store: Store,
  plan: ParquetPlan,
  more: { read?: Snapshot; schema?: Field[] } = {},
) {
  const added = (await writeParquet(connection, store, plan))!;
  const read = more.read ?? null;
  const partitionColumns = Object.keys(plan.partition ?? {});
  const schema = more.schema ?? [...plan.schema];
  return await commitOrFail(store, plan.table, { read, operation: "WRITE", schema, partitionColumns, add: [added] });
}

async function rows(connection: DuckDBConnection, sql: string): Promise<unknown[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

test("writeParquet() writes exact statistics of every plain type", async () => {
  const { store, dir, connection } = await setUp();
  const schema = [
    field("n", "long"),
    field("i", "integer"),
    field("t", "string"),
    field("long", "string"),
    field("x", "double"),
    field("at", "timestamp"),
    field("day", "date"),
    field("px", "decimal(18,2)"),
    field("flag", "boolean"),
    field("blob", "binary"),
    field("none", "long"),
    field("s", { type: "struct", fields: [field("y", "long")] }),
    field('quo"te', "long"),
  ];
  const select =
    `SELECT 9007199254740993 + i AS n, i::INT AS i, 'é"' || i AS t, repeat('x', 100) AS long, 'nan'::DOUBLE AS x,
    make_timestamptz(999999999999999 + i) AS at, DATE '2001-05-31' + i::INT AS day, (i * 0.05)::DECIMAL(18,2) - 0.10 AS px,
    i = 1 AS flag, '\\x00'::BLOB AS blob, NULL::BIGINT AS none, {'y': i} AS s, i AS "quo""te" FROM range(3) r(i)`;
  const added = (await writeParquet(connection, store, { table: "t", select, schema, dir }))!;
  expect(added.stats).toBe(
    '{"numRecords":3,"minValues":{"n":9007199254740993,"i":0,"t":"é\\"0","at":"2001-09-09T01:46:39.999999Z","day":"2001-05-31","px":-0.10,"quo\\"te":0},' +
      '"maxValues":{"n":9007199254740995,"i":2,"t":"é\\"2","at":"2001-09-09T01:46:40.000001Z","day":"2001-06-02","px":0.00,"quo\\"te":2},' +
      '"nullCount":{"n":0,"i":0,"t":0,"long":0,"x":0,"at":0,"day":0,"px":0,"flag":0,"blob":0,"none":3,"quo\\"te":0}}',
  );
  expect(added).toMatchObject({
    rows: 3,
    partition: {},
    bytes: (await Deno.stat(`${dir}/tables/t/${added.path}`)).size,
  });
  expect(added.path).toMatch(/^[0-9a-f-]{36}\.parquet$/);
  const types = await rows(
    connection,
    `SELECT DISTINCT compression FROM parquet_metadata('${dir}/tables/t/${added.path}')`,
  );
  expect(types).toEqual([{ compression: "ZSTD" }]);
});

test("writeParquet() leaves out bounds that have no Delta text", async () => {
  const { store, dir, connection } = await setUp();
  const schema = [field("at", "timestamp"), field("day", "date")];
  const select = "SELECT 'infinity'::TIMESTAMPTZ AS at, DATE '-0044-03-15' AS day";
  const added = (await writeParquet(connection, store, { table: "t", select, schema, dir }))!;
  expect(added.stats).toBe('{"numRecords":1,"minValues":{},"maxValues":{},"nullCount":{"at":0,"day":0}}');
});

test("writeParquet() casts to the schema, binds parameters and keeps the order of rows", async () => {
  const { store, dir, connection } = await setUp();
  const schema = [field("n", "long"), field("at", "timestamp")];
  const select =
    "SELECT i::INT AS n, TIMESTAMP '2001-01-01 12:00:00' AS at FROM range(CAST($1 AS BIGINT)) r(i) ORDER BY i DESC -- a comment";
  const snapshot = await append(connection, store, { table: "t", select, params: [3n], schema, dir });
  expect(await rows(connection, await scanSql(store, snapshot))).toEqual(
    ["2", "1", "0"].map((n) => ({ n, at: "2001-01-01 12:00:00+00" })),
  );
});

test("writeParquet() of no rows adds no file", async () => {
  const { store, dir, connection } = await setUp();
  const plan = { table: "t", select: "SELECT 1 AS n WHERE false", schema: [field("n", "long")], dir };
  expect(await writeParquet(connection, store, plan)).toBeNull();
  expect(await Array.fromAsync(store.list(""))).toEqual([]);
  expect((await Array.fromAsync(Deno.readDir(dir))).map((entry) => entry.name)).toEqual([]);
});

test("writeParquet() leaves nothing behind when the SELECT fails", async () => {
  const { store, dir, connection } = await setUp();
  const plan = { table: "t", select: "SELECT CAST('12a' AS BIGINT) AS n", schema: [field("n", "long")], dir };
  await expect(writeParquet(connection, store, plan)).rejects.toThrow("Could not convert string '12a' to INT64");
  expect((await Array.fromAsync(Deno.readDir(dir))).map((entry) => entry.name)).toEqual([]);
});

test("scanSql() reads partition columns from the log, and only the files that are asked for", async () => {
  const { store, dir, connection } = await setUp();
  const partitionColumns = ["day", "fit"];
  const schema = [field("n", "long"), field("day", "date"), field("fit", "boolean")];
  const write = (n: number, day: string | null, fit: string) =>
    writeParquet(connection, store, {
      table: "t",
      select: `SELECT ${n} AS n`,
      schema: schema.slice(0, 1),
      partition: { day, fit },
      dir,
    });
  const add = [
    await write(1, "2001-05-31", "true"),
    await write(2, "2001-06-01", "false"),
    await write(3, null, "true"),
  ];
  expect(add.map((one) => one!.path.replace(/[0-9a-f-]{36}/, "ID"))).toEqual([
    "day=2001-05-31/fit=true/ID.parquet",
    "day=2001-06-01/fit=false/ID.parquet",
    "day=null/fit=true/ID.parquet",
  ]);
  const snapshot = await commitOrFail(store, "t", {
    read: null,
    operation: "W",
    schema,
    partitionColumns,
    add: add.map((one) => one!),
  });
  expect(await rows(connection, `${await scanSql(store, snapshot)} ORDER BY n`)).toEqual([
    { n: "1", day: "2001-05-31", fit: true },
    { n: "2", day: "2001-06-01", fit: false },
    { n: "3", day: null, fit: true },
  ]);
  const fits = snapshot.files.filter((file) => file.partition.fit === "true");
  expect(
    await rows(connection, `SELECT sum(n) AS n FROM (${await scanSql(store, snapshot, fits)}) WHERE day IS NOT NULL`),
  ).toEqual([{ n: "1" }]);
  expect(await rows(connection, await scanSql(store, snapshot, []))).toEqual([]);
});

test("scanSql() reads files of older schemas: new columns are NULL, narrower ones widened, filters stay right", async () => {
  const { store, dir, connection } = await setUp();
  const inner = (...names: string[]): Field["type"] => ({
    type: "struct",
    fields: names.map((name) => field(name, "long")),
  });
  const first = await append(connection, store, {
    table: "t",
    select: "SELECT 1::INT AS n, {'x': 1::BIGINT} AS s, 5 AS \"Offset\"",
    schema: [field("n", "integer"), field("s", inner("x")), field("Offset", "long")],
    dir,
  }, {
    schema: [
      field("n", "long"),
      field("s", inner("x", "y")),
      field("Offset", "long"),
      field("at", "timestamp"),
      field("never", "string"),
    ],
  });
  const second = await append(connection, store, {
    table: "t",
    select: "SELECT 3000000000 AS n, {'x': 2, 'y': 3} AS s, 6 AS \"Offset\", TIMESTAMPTZ '2001-01-01' AS at",
    schema: [field("n", "long"), field("s", inner("x", "y")), field("Offset", "long"), field("at", "timestamp")],
    dir,
  }, { read: first, schema: first.schema });
  const scan = await scanSql(store, second);
  expect(await rows(connection, `${scan} ORDER BY n`)).toEqual([
    { n: "1", s: { x: "1", y: null }, Offset: "5", at: null, never: null },
    { n: "3000000000", s: { x: "2", y: "3" }, Offset: "6", at: "2001-01-01 00:00:00+00", never: null },
  ]);
  for (
    const [filter, count] of [
      ["n > 2", 1],
      ["n = 1", 1],
      ["n < 3000000001", 2],
      ['"at" IS NULL', 1],
      ["\"at\" > '2000-01-01'", 1],
      ["never IS NULL", 2],
      ["s.y = 3", 1],
      ["s.y IS NULL", 1],
    ] as const
  ) {
    expect(await rows(connection, `SELECT count(*)::INT AS c FROM (${scan}) WHERE ${filter}`)).toEqual([{ c: count }]);
  }
});

test("scanSql() works in a folder of odd letters and names a missing file", async () => {
  const { connection } = await setUp();
  const root = `${await Deno.makeTempDir()}/odd [a-z] x=1 'é*`;
  const { openStore } = await import("../store/mod.ts");
  const store = await openStore({ kind: "directory", dir: root });
  const snapshot = await append(connection, store, {
    table: "t",
    select: "SELECT 1 AS n",
    schema: [field("n", "long")],
    dir: root,
  });
  expect(await rows(connection, await scanSql(store, snapshot))).toEqual([{ n: "1" }]);
  await store.delete(`tables/t/${snapshot.files[0]!.path}`);
  await expect(readSnapshot(store, "t").then((read) => scanSql(store, read!))).rejects.toThrow(Deno.errors.NotFound);
});
