import fc from "fast-check";
import { expect, test } from "vitest";
import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import { type Lake, openLake } from "./open_lake.ts";
import type { LiveFile } from "./snapshot.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { writeParquet } from "./write_parquet.ts";

const plain = (name: string, type: string): Field => ({ name, type, nullable: true });
const STORED = [
  plain("n", "long"),
  plain("d", "decimal(9,2)"),
  plain("s", "string"),
  plain("at", "timestamp"),
  plain("x", "double"),
];
const SCHEMA = [...STORED, plain("day", "date"), plain("Kind", "string")];

interface TestRow {
  n: number | null;
  d: number | null;
  s: string | null;
  at: number | null;
  x: number | null;
}

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 });
const text = fc.constantFrom("", "a", "A", "é", "zz", "~", "a".repeat(80), "😀", "10", "9");
const row: fc.Arbitrary<TestRow> = fc.record({
  n: maybe(fc.integer({ min: -9, max: 9 })),
  d: maybe(fc.integer({ min: -200, max: 200 }).map((v) => v / 100)),
  s: maybe(text),
  at: maybe(fc.integer({ min: 0, max: 5_000_000 })), // microseconds after midnight
  x: maybe(fc.constantFrom(-1, 0, 0.5, NaN, Infinity)),
});
const dataFile = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 3 }),
  day: maybe(fc.constantFrom("2001-05-30", "2001-05-31")),
  kind: maybe(fc.constantFrom("a", "B", "b")),
  hasStats: fc.nat(4).map((n) => n > 0),
});
const dataFiles = fc.array(dataFile, { minLength: 1, maxLength: 5 });

const number = fc.constantFrom("-3", "0", "2.5", "9", "1e0", "9007199254740993");
const time = fc.constantFrom(
  "'2001-05-31 00:00:00.001'",
  "TIMESTAMP '2001-05-31 00:00:02.000001'",
  "DATE '2001-05-31'",
  "$2",
);
const operand = {
  n: fc.oneof(number, fc.constant("$1")),
  d: number,
  s: text.map((value) => `'${value}'`),
  '"at"': time,
  x: number,
  day: fc.constantFrom("'2001-05-31'", "DATE '2001-05-30'", "TIMESTAMP '2001-05-30 12:00:00'"),
  kind: fc.constantFrom("'a'", "'b'", "('b' COLLATE NOCASE)"),
};
const comparison = fc.constantFrom(...Object.keys(operand) as (keyof typeof operand)[]).chain((column) => {
  const value = operand[column];
  const operator = fc.constantFrom("=", "<", "<=", ">", ">=", "<>");
  return fc.oneof(
    fc.tuple(operator, value).map(([one, other]) => `${column} ${one} ${other}`),
    fc.tuple(operator, value).map(([one, other]) => `${other} ${one} t.${column}`),
    fc.tuple(value, value).map(([low, high]) => `${column} BETWEEN ${low} AND ${high}`),
    fc.array(value, { minLength: 1, maxLength: 2 }).map((values) => `${column} IN (${values.join(", ")})`),
    fc.constantFrom(`${column} IS NULL`, `${column} IS NOT NULL`, `NOT (${column} IS NULL)`),
  );
});
const { predicate } = fc.letrec<{ predicate: string }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: "small" },
    comparison,
    fc.tuple(tie("predicate"), tie("predicate")).map((both) => `(${both.join(" AND ")})`),
    fc.tuple(tie("predicate"), tie("predicate")).map((both) => `(${both.join(" OR ")})`),
    tie("predicate").map((one) => `NOT (${one})`),
  ),
}));

function literal(value: unknown, type: string): string {
  return `CAST(${value === null ? "NULL" : `'${value}'`} AS ${type})`;
}

function selectOf(rows: TestRow[]): string {
  const values = rows.map(({ n, d, s, at, x }) =>
    `(${literal(n, "BIGINT")}, ${literal(d, "DECIMAL(9,2)")}, ${literal(s, "VARCHAR")}, ${
      at === null ? "NULL::TIMESTAMPTZ" : `TIMESTAMPTZ '2001-05-31' + INTERVAL ${at} MICROSECOND`
    }, ${literal(x, "DOUBLE")})`
  );
  return `FROM (VALUES ${values.join(", ")}) v(n, d, s, "at", x)`;
}

/** The table `t`, and `all_of_t`, in which no file has statistics or partition values of its own. */
async function writeTables(
  store: Store,
  dir: string,
  files: typeof dataFiles extends fc.Arbitrary<infer T> ? T : never,
) {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET TimeZone='UTC'");
  const written: LiveFile[] = [], whole: LiveFile[] = [];
  for (const { rows, day, kind, hasStats } of files) {
    const select = selectOf(rows);
    const file = await writeParquet(connection, store, {
      table: "t",
      select,
      schema: STORED,
      partition: { day, Kind: kind },
      dir,
    });
    written.push(hasStats ? file! : { ...file!, stats: null });
    const all = `SELECT *, ${literal(day, "DATE")} AS day, ${literal(kind, "VARCHAR")} AS "Kind" ${select}`;
    const copy = await writeParquet(connection, store, { table: "all_of_t", select: all, schema: SCHEMA, dir });
    whole.push({ ...copy!, stats: null });
  }
  connection.closeSync();
  const create = { read: null, operation: "WRITE", schema: SCHEMA };
  await commitOrFail(store, "t", { ...create, partitionColumns: ["day", "Kind"], add: written });
  await commitOrFail(store, "all_of_t", { ...create, add: whole });
}

test("a pruned scan answers as one of all files", async () => {
  let read = 0, all = 0;
  await fc.assert(
    fc.asyncProperty(dataFiles, fc.array(predicate, { minLength: 20, maxLength: 20 }), async (files, predicates) => {
      const { store, dir } = await freshStore();
      await writeTables(store, dir, files);
      await using lake = await openLake({ store });
      for (const where of predicates) {
        const params = [2, new Date("2001-05-31T00:00:02Z")];
        const query = (table: string) =>
          `SELECT n, d, s, "at", x, day, kind FROM ${table} t WHERE (${where}) AND $1 > 0 AND $2 IS NOT NULL ORDER BY ALL`;
        const run = async (table: string) => JSON.stringify((await lake.query(query(table), params)).rows());
        expect([where, await run("t")]).toEqual([where, await run("all_of_t")]);
        const [scan] = await lake.scans(query("t"), params);
        read += scan!.filesRead;
        all += scan!.files;
      }
    }),
    { numRuns: 8, endOnFailure: true },
  );
  expect(read).toBeLessThan(all * 0.9); // else nothing was proved
});

/** Ten files of ten numbers each, on one day each. */
async function tenDays(): Promise<{ lake: Lake }> {
  const { store, dir } = await freshStore();
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const files = await Promise.all(Array.from({ length: 10 }, (_, i) =>
    writeParquet(connection, store, {
      table: "t",
      select: `SELECT i::BIGINT AS n, 's' || i AS s FROM range(${i * 10}, ${i * 10 + 10}) r(i)`,
      schema: [plain("n", "long"), plain("s", "string")],
      partition: { day: `2001-05-0${i}`.replace("-00", "-10") },
      dir,
    })));
  connection.closeSync();
  const schema = [plain("n", "long"), plain("s", "string"), plain("day", "date")];
  const create = { read: null, operation: "WRITE", schema, partitionColumns: ["day"] };
  await commitOrFail(store, "t", { ...create, add: files.map((file) => file!) });
  const lake = await openLake({ store });
  await lake.write("u", [{ n: 5, name: "five" }], { mode: "append" });
  return { lake };
}

test("conditions leave out the files that cannot meet them", async () => {
  const { lake } = await tenDays();
  await using _ = lake;
  const cases: [sql: string, filesRead: number, params?: unknown[]][] = [
    ["SELECT * FROM t WHERE n = 15", 1],
    ["SELECT * FROM t WHERE N >= ? AND n < ?", 2, [25, 35]],
    ["SELECT * FROM t WHERE n IN (1, 99) OR n BETWEEN 50 AND 51", 3],
    ["SELECT * FROM t WHERE day = '2001-05-03'", 1],
    ["SELECT * FROM t WHERE day > ?", 3, ["2001-05-07"]],
    ["SELECT * FROM t WHERE s = 's42'", 2],
    ["SELECT * FROM t WHERE n IS NULL", 0],
    ["SELECT * FROM t a JOIN u ON a.n = u.n WHERE a.n < 10 AND name = 'five'", 1],
    ["SELECT * FROM t a JOIN u USING (n) WHERE day = '2001-05-03'", 1],
    ["SELECT * FROM t a LEFT JOIN u ON a.n = u.n WHERE a.n < 10", 1],
    ["SELECT (SELECT count(*) FROM t WHERE n = 1) + (SELECT count(*) FROM t WHERE n = 95)", 2],
    ["WITH w AS (SELECT * FROM t WHERE n < 20) SELECT * FROM w WHERE n > 50", 2],
    // What follows reads all files: the condition is not about the table's own rows alone, or not surely.
    ["SELECT * FROM t WHERE n + 1 = 15", 10],
    ["SELECT * FROM t WHERE NOT n = 15", 10],
    ["SELECT * FROM t WHERE n = 15 OR random() < 0.5", 10],
    ["SELECT * FROM u LEFT JOIN t ON t.n = u.n WHERE t.n = 15", 10],
    ["SELECT * FROM t a JOIN u USING (n) WHERE n = 5", 10],
    ["SELECT n, s FROM t AS a(s, n) WHERE n = 's1'", 10],
    ["SELECT * FROM t TABLESAMPLE 50% (bernoulli, 1) WHERE n = 15", 10],
    ["SELECT * FROM t WHERE n = 15 USING SAMPLE 50% (bernoulli, 1)", 10],
    ["SELECT -n AS n FROM t WHERE n = 15", 10],
    ["SELECT * FROM t, (SELECT 5 AS m) WHERE n = 15", 10],
    ["SELECT * FROM t WHERE s > 5", 10],
    ["SELECT * FROM t WHERE s BETWEEN 's1' AND ('S2' COLLATE NOCASE)", 10],
    ["SELECT * FROM t WHERE n IN (1, 2e0)", 10],
    ["SELECT (SELECT count(*) FROM t WHERE n = 1) + (SELECT count(*) FROM t)", 10],
    ["SELECT * FROM u, LATERAL (SELECT u.n AS m FROM t WHERE u.n = 5)", 10],
  ];
  for (const [sql, filesRead, params] of cases) {
    const scan = (await lake.scans(sql, params)).find(({ name }) => name === "t");
    expect([sql, scan]).toEqual([sql, expect.objectContaining({ name: "t", files: 10, filesRead })]);
  }
  const [scan] = await lake.scans("SELECT * FROM t WHERE n = 15");
  expect(scan!.bytesRead).toBeLessThan(scan!.bytes / 5);
});

test("a query opens no file that it does not need", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  for (const n of [1, 2]) await lake.write("t", [{ n }], { mode: "append" });
  const asked: string[] = [];
  const hold: Store["hold"] = (paths) => {
    asked.push(...paths);
    return store.hold(paths);
  };
  await using watched = await openLake({ store: { ...store, hold } });
  expect((await watched.sql`SELECT n FROM t WHERE n > ${1}`).rows()).toEqual([{ n: 2 }]);
  expect(asked).toHaveLength(1);
});
