import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ArrowTable, fromArrowBytes, rowsOf, toArrowBytes, typeName } from "../columns/mod.ts";
import { fetchArrow } from "./_fetch_arrow.ts";

async function connect(): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  await connection.run("SET TimeZone='UTC'");
  return connection;
}

async function fetch(connection: DuckDBConnection, sql: string): Promise<ArrowTable> {
  return await fetchArrow(await connection.stream(sql));
}

/** Every type: SQL of one value, the name of its column type, the value that rows show. */
const TYPES: [sql: string, type: string, value: unknown][] = [
  ["true", "bool", true],
  ["(-128)::TINYINT", "int8", -128],
  ["32767::SMALLINT", "int16", 32767],
  ["(-2147483648)::INTEGER", "int32", -2147483648],
  ["9223372036854775807::BIGINT", "int64", 9223372036854775807n],
  ["255::UTINYINT", "uint8", 255],
  ["65535::USMALLINT", "uint16", 65535],
  ["4294967295::UINTEGER", "uint32", 4294967295],
  ["18446744073709551615::UBIGINT", "uint64", 18446744073709551615n],
  ["(-9223372036854775808)::HUGEINT", "int64", -9223372036854775808n],
  ["18446744073709551615::UHUGEINT", "uint64", 18446744073709551615n],
  ["1.5::FLOAT", "float", 1.5],
  ["'nan'::DOUBLE", "double", NaN],
  ["(-1.25)::DECIMAL(4,2)", "decimal(4,2)", "-1.25"],
  ["(-12345.678)::DECIMAL(9,3)", "decimal(9,3)", "-12345.678"],
  ["9999999999999999.99::DECIMAL(18,2)", "decimal(18,2)", "9999999999999999.99"],
  [
    "(-1234567890123456789012345678.0123456789)::DECIMAL(38,10)",
    "decimal(38,10)",
    "-1234567890123456789012345678.0123456789",
  ],
  ["'é😀'", "string", "é😀"],
  ["''", "string", ""],
  ["'just twelve!'", "string", "just twelve!"],
  ["'thirteen char'", "string", "thirteen char"],
  ["repeat('é', 100000)", "string", "é".repeat(100000)],
  ["'{\"a\": 1}'::JSON", "string", '{"a": 1}'],
  ["'\\x00\\xFF'::BLOB", "binary", Uint8Array.of(0, 255)],
  ["DATE '1969-12-31'", "date", new Date("1969-12-31")],
  ["TIMESTAMP '2001-05-31 12:00:00.123456'", "timestamp_ntz", new Date("2001-05-31T12:00:00.123Z")],
  ["TIMESTAMPTZ '2001-05-31 14:00:00.123999+02'", "timestamp", new Date("2001-05-31T12:00:00.123Z")],
  ["TIMESTAMP_S '2001-05-31 12:00:00'", "timestamp_ntz", new Date("2001-05-31T12:00:00Z")],
  ["TIMESTAMP_MS '2001-05-31 12:00:00.5'", "timestamp_ntz", new Date("2001-05-31T12:00:00.5Z")],
  ["TIMESTAMP_NS '2001-05-31 12:00:00.5'", "timestamp_ntz_ns", new Date("2001-05-31T12:00:00.5Z")],
  ["'b'::ENUM('a', 'b')", "string", "b"],
  ["[1, NULL, 3]", "list<int32>", [1, null, 3]],
  ["[]::VARCHAR[]", "list<string>", []],
  ["[[1], [], NULL, [2, 3]]", "list<list<int32>>", [[1], [], null, [2, 3]]],
  ["['a', 'a long text that is not kept inline', NULL]", "list<string>", [
    "a",
    "a long text that is not kept inline",
    null,
  ]],
  ["[1.5, 2]::DOUBLE[2]", "list<double>", [1.5, 2]],
  ["{'a': 1, 'b': NULL::VARCHAR, 'c': [{'d': true}]}", "struct<a: int32, b: string, c: list<struct<d: bool>>>", {
    a: 1,
    b: null,
    c: [{ d: true }],
  }],
  ["MAP {'k': 1.5::DOUBLE, 'l': NULL}", "map<string, double>", { k: 1.5, l: null }],
  ["MAP {1: 'x'}", "map<int32, string>", [[1, "x"]]],
  ["'0b5c8f0e-4c0e-4c0e-8c0e-0b5c8f0e4c0e'::UUID", "string", "0b5c8f0e-4c0e-4c0e-8c0e-0b5c8f0e4c0e"],
  ["TIME '12:34:56.789'", "string", "12:34:56.789"],
  ["INTERVAL '1 day 2 hours'", "string", "1 day 02:00:00"],
  ["'101'::BIT", "string", "101"],
  ["union_value(num := 2)", "string", null],
];

test("fetchArrow() reads every type, with NULLs before and behind", async () => {
  const connection = await connect();
  for (const [sql, type, value] of TYPES.slice(0, -1)) {
    const table = await fetch(
      connection,
      `SELECT v FROM (VALUES (0, NULL), (1, ${sql}), (2, NULL)) t(i, v) ORDER BY i`,
    );
    expect([sql, typeName(table.getChild("v")!.type)]).toEqual([sql, type]);
    const read = rowsOf<{ v: unknown }>(table, { bigint: true, decimal: "string" }).map((row) => row.v);
    expect([sql, ...read]).toEqual([sql, null, value, null]);
    const again = rowsOf<{ v: unknown }>(fromArrowBytes(toArrowBytes(table)), { bigint: true, decimal: "string" });
    expect([sql, again[1]!.v]).toEqual([sql, value]);
  }
  const union = await fetch(connection, "SELECT union_value(num := 2) AS v");
  expect(typeof rowsOf<{ v: unknown }>(union)[0]!.v).toBe("string");
  const nothing = await fetch(connection, "SELECT NULL AS v");
  expect(rowsOf(nothing)).toEqual([{ v: null }]);
});

test("fetchArrow() reads every type over many chunks, in order", async () => {
  const connection = await connect();
  await connection.run(
    `CREATE TABLE big AS SELECT i, i % 7 = 0 AS f, CASE WHEN i % 3 > 0 THEN i::INT END AS n, i / 4 AS x,
    (i / 8)::DECIMAL(12,3) AS px, CASE WHEN i % 5 > 0 THEN 'row ' || repeat('x', (i % 20)::INT) END AS t,
    list_transform(range(i % 4), lambda e: 'item ' || e || ' of a list') AS l, {'a': i, 'b': 'b' || i} AS s FROM range(10000) r(i)`,
  );
  for (const sql of ["SELECT * FROM big", "SELECT * FROM big WHERE i % 3 <> 1", "SELECT * FROM big ORDER BY hash(i)"]) {
    const got = rowsOf(await fetch(connection, sql));
    const expected = (await connection.runAndReadAll(`SELECT to_json(b)::VARCHAR FROM (${sql}) b`)).getRowsJS();
    expect(got.length).toBe(expected.length);
    for (let i = 0; i < got.length; i += 97) expect(got[i]).toEqual(JSON.parse(String(expected[i]![0])));
    const sum = (await connection.runAndReadAll(`SELECT sum(length(t)), sum(len(l)), sum(s.a)::BIGINT FROM (${sql})`))
      .getRowsJson()[0]!;
    const rows = got as { t: string | null; l: string[]; s: { a: number } }[];
    expect(rows.reduce((n, row) => n + (row.t?.length ?? 0), 0)).toBe(Number(sum[0]));
    expect(rows.reduce((n, row) => n + row.l.length, 0)).toBe(Number(sum[1]));
    expect(rows.reduce((n, row) => n + row.s.a, 0)).toBe(Number(sum[2]));
  }
});

test("fetchArrow() keeps any text: short, long, empty, NULL, in any mixture", async () => {
  const connection = await connect();
  await connection.run("CREATE TABLE texts(i INT, t VARCHAR)");
  const any = fc.option(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ minLength: 10, maxLength: 40 }),
      fc.constant("x".repeat(5000)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 50 }), async (texts) => {
      await connection.run("DELETE FROM texts");
      const values = texts.map((_, i) => `(${i}, $${i + 1})`);
      await connection.run(`INSERT INTO texts VALUES ${values.join(", ")}`, texts.map((text) => text));
      for (const sql of ["SELECT t FROM texts ORDER BY i", "SELECT list(t ORDER BY i) AS t FROM texts"]) {
        const read = rowsOf<{ t: unknown }>(await fetch(connection, sql)).flatMap((row) => row.t);
        expect(read).toEqual(texts.map((text) => text?.toWellFormed() ?? null));
      }
    }),
    { numRuns: 40 },
  );
});

test("fetchArrow() reads lists whose items do not lie end to end", async () => {
  const connection = await connect();
  await connection.run(
    "CREATE TABLE lists AS SELECT i, range(i, i + i % 5) AS l, [{'t': 'text number ' || i}] AS s FROM range(5000) r(i)",
  );
  const table = await fetch(
    connection,
    "SELECT a.i, a.l, b.s FROM lists a JOIN lists b ON b.i = 4999 - a.i WHERE a.i % 2 = 0 ORDER BY hash(a.i)",
  );
  for (const { i, l, s } of rowsOf<{ i: number; l: number[]; s: { t: string }[] }>(table)) {
    expect(l).toEqual(Array.from({ length: i % 5 }, (_, k) => i + k));
    expect(s).toEqual([{ t: `text number ${4999 - i}` }]);
  }
});

test("fetchArrow() of no rows keeps names and types, and gives columns of one name names of their own", async () => {
  const connection = await connect();
  const table = await fetch(connection, "SELECT 1 AS a, 'x' AS a, [1] AS l WHERE false");
  expect([table.numRows, table.names.length, new Set(table.names).size]).toEqual([0, 3, 3]);
  expect(table.children.map((column) => typeName(column.type))).toEqual(["int32", "string", "list<int32>"]);
});

test("fetchArrow() refuses a whole number past 64 bits, naming the column", async () => {
  const connection = await connect();
  for (
    const [sql, number] of [["9223372036854775807::HUGEINT + 1", "9223372036854775808"], [
      "-9223372036854775808::HUGEINT - 1",
      "-9223372036854775809",
    ]]
  ) {
    const read = fetch(connection, `SELECT ${sql} AS total`);
    await expect(read).rejects.toThrow(RangeError);
    await expect(read).rejects.toThrow(
      `Cannot read column "total" as whole numbers must fit 64 bits: got ${number}; cast it to DOUBLE or VARCHAR in SQL`,
    );
  }
});
