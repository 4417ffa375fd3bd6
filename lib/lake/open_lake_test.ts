import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { openStore } from "../store/mod.ts";
import { commit } from "./commit.ts";
import { JUPYTER_DISPLAY } from "./display.ts";
import { type Lake, openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { file, freshStore } from "./testdata/delta.ts";
import { lakeOf, ROUTES } from "./testdata/lake.ts";

test("lake.sql binds values and names tables", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const routes = lake.table<{ route: string; hour: number; delay: number; at: Date }>("routes");
  const result = await lake.sql<{ route: string; delay: number }>`
    SELECT route, delay FROM ${routes} WHERE at < ${"2001-05-31"} AND hour IN ${[
    6,
    7,
  ]} AND route <> ${"'; DROP TABLE x; --"}`
    .catch((error) => error);
  expect(result).toBeInstanceOf(SyntaxError); // "at" is a keyword of DuckDB
  const quoted = await lake.sql<{ route: string; delay: number }>`
    SELECT route, delay FROM ${routes} WHERE "at" < ${"2001-05-31"} AND hour IN ${[
    6,
    7,
  ]} AND route <> ${"'; DROP TABLE x; --"}`;
  expect(quoted.rows()).toEqual([{ route: "JFK-LAX", delay: -3 }]);
  expect(quoted.columns).toEqual([{ name: "route", type: "string" }, { name: "delay", type: "double" }]);
  expect([...quoted]).toEqual(quoted.rows());
  expect(JSON.stringify(quoted)).toBe('[{"route":"JFK-LAX","delay":-3}]');
});

test("lake.sql binds every kind of value", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const at = new Date("2001-05-31T18:00:00Z");
  const values = [
    null,
    true,
    5,
    1.5,
    2n ** 62n,
    2n ** 100n,
    "é'",
    at,
    Uint8Array.of(1),
    [1, null, 2],
    [1, 2.5],
    ["a"],
    [],
  ];
  const columns = await Promise.all(values.map(async (value) => {
    const result = await lake.sql`SELECT typeof(${value}) AS type, CAST(${value} AS VARCHAR) AS text`;
    return Object.values(result.rows()[0]!).join(" ");
  }));
  expect(columns).toEqual([
    '"NULL" ',
    "BOOLEAN true",
    "BIGINT 5",
    "DOUBLE 1.5",
    "BIGINT 4611686018427387904",
    "HUGEINT 1267650600228229401496703205376",
    "VARCHAR é'",
    "TIMESTAMP WITH TIME ZONE 2001-05-31 18:00:00+00",
    "BLOB \\x01",
    "BIGINT[] [1, NULL, 2]",
    "DOUBLE[] [1.0, 2.5]",
    "VARCHAR[] [a]",
    '"NULL"[] []',
  ]);
});

test("lake.sql refuses values that cannot be bound, naming the parameter", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const routes = await lake.sql`SELECT * FROM routes`;
  const cases: [unknown, ErrorConstructor, string][] = [
    [
      undefined,
      TypeError,
      "Cannot bind parameter 1 as it must be null, a boolean, number, bigint, string, Date, Uint8Array or an array of them: got undefined",
    ],
    [routes, TypeError, "got a table; write it to the lake first, or bind an array"],
    [{ a: 1 }, TypeError, "got a Object"],
    [new Date(NaN), TypeError, "got an invalid Date"],
    [["a", 1], TypeError, "Cannot bind parameter 1 as the items of a list must be of one type: got VARCHAR and BIGINT"],
    [2n ** 200n, RangeError, "Cannot bind parameter 1 as it must fit 128 bits"],
  ];
  for (const [value, kind, message] of cases) {
    await expect(lake.sql`SELECT ${value}`).rejects.toThrow(kind);
    await expect(lake.sql`SELECT ${value}`).rejects.toThrow(message);
  }
  await expect(lake.query("SELECT $1, $2", [1])).rejects.toThrow("Cannot bind parameters as the query needs 2: got 1");
});

test("lake.query reads tables by name, in any case, joined and nested", async () => {
  const { lake } = await lakeOf({ routes: ROUTES, airports: [{ route: "ORD-LGA", city: "Chicago" }] });
  await using _ = lake;
  const text = `WITH late AS (SELECT * FROM Routes WHERE delay > ?)
    SELECT city, (SELECT count(*) FROM "routes") AS n FROM late JOIN airports USING (route), range(2) r(i) WHERE i = 1;`;
  expect((await lake.query(text, [0])).rows()).toEqual([{ city: "Chicago", n: 2 }]);
  expect((await lake.query("FROM routes SELECT count(*) AS n")).rows()).toEqual([{ n: 2 }]);
  expect((await lake.query("SUMMARIZE routes")).numRows).toBe(4);
  expect(
    (await lake.query("SELECT * FROM (SELECT hour, delay FROM routes) PIVOT (sum(delay) FOR hour IN (7, 18))")).columns
      .length,
  ).toBe(2);
});

test("lake.query knows the names that a query gives itself", async () => {
  const { lake, reads } = await lakeOf({ routes: ROUTES, other: [{ a: 1 }] });
  await using _ = lake;
  const cases: [string, string[], number][] = [
    ["WITH routes AS (SELECT * FROM routes WHERE hour = 7) SELECT count(*) AS n FROM routes", ["routes"], 1],
    ["WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT max(n) AS n FROM r", [], 3],
    ["WITH Other AS (SELECT 5 AS n) SELECT n FROM OTHER", [], 5],
    ["WITH x AS (SELECT * FROM other), y AS (SELECT * FROM x) SELECT count(*) AS n FROM y", ["other"], 1],
    ["SELECT (WITH routes AS (SELECT 4 AS n) SELECT n FROM routes) + count(*) AS n FROM routes", ["routes"], 6],
  ];
  for (const [text, tables, n] of cases) {
    reads.length = 0;
    expect([text, (await lake.query(text)).rows()]).toEqual([text, [{ n }]]);
    expect([text, reads.map((input) => input.name)]).toEqual([text, tables]);
  }
  await expect(lake.query("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a")).rejects.toThrow(
    'Cannot query table "b"',
  );
});

test("lake.query tells which tables there are when one is not", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  for (const name of ["route", "routes_dlq", "../x", "/etc/passwd", "pg_class", "duckdb_settings"]) {
    const read = lake.query(`SELECT * FROM "${name}"`);
    await expect(read).rejects.toThrow(RangeError);
    await expect(read).rejects.toThrow(
      `Cannot query table "${name}" as the lake has none of that name: it has "routes"`,
    );
  }
});

test("lake.query explains what DuckDB refuses", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  await expect(lake.query("SELECT *\nFROM routes WHERE")).rejects.toThrow(SyntaxError);
  await expect(lake.query("SELECT *\nFRM routes")).rejects.toThrow(
    'Cannot parse query: syntax error at or near "routes" at line 2, column 5',
  );
  await expect(lake.query("SELECT dely FROM routes")).rejects.toThrow(
    /^Cannot run query as DuckDB refuses it: Binder Error: .*"dely" not found/,
  );
  await expect(lake.query("SELECT CAST(route AS INT) FROM routes")).rejects.toThrow(
    "Could not convert string 'ORD-LGA' to INT32",
  );
});

test("a lake stands still: what others write later is not seen, what it writes itself is", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  const count = async (one: Lake) => (await one.query<{ n: number }>("SELECT count(*) AS n FROM routes")).rows()[0]!.n;
  expect(await count(lake)).toBe(2);
  await using other = await openLake({ store });
  expect(await other.write("routes", [{ route: "x" }], { mode: "append" })).toEqual({ version: 1 });
  expect([await count(lake), await count(other)]).toEqual([2, 3]);
  expect(await lake.write("routes", [{ route: "y" }], { mode: "append" })).toEqual({ version: 2 });
  expect(await count(lake)).toBe(4);
});

test("a pin opens another lake at the same rows, whatever was written since", async () => {
  const { lake, store } = await lakeOf({ routes: ROUTES, other: [{ a: 1 }] });
  await using _ = lake;
  const pin = await lake.pin();
  expect(pin).toEqual({ tables: { other: { version: 0 }, routes: { version: 0 } } });
  await using writer = await openLake({ store });
  await writer.write("routes", [{ hour: 1 }], { mode: "overwrite" });
  await writer.write("fresh", [{ a: 1 }], { mode: "append" });
  await using pinned = await openLake({ store, pin: JSON.parse(JSON.stringify(pin)) });
  expect((await pinned.query("SELECT * FROM routes ORDER BY hour")).rows()).toEqual([ROUTES[1], ROUTES[0]]);
  expect((await pinned.query("SELECT * FROM fresh")).rows()).toEqual([{ a: 1 }]);
  expect(await pinned.pin(["routes"])).toEqual({ tables: { routes: { version: 0 } } });
  await expect(lake.pin(["nope"])).rejects.toThrow('Cannot pin table "nope" as the lake has none of that name');
  await using wrong = await openLake({ store, pin: { tables: { gone: { version: 3 } } } });
  await expect(wrong.query("SELECT * FROM gone")).rejects.toThrow(
    'Cannot read table "gone" at version 3, its pin, as the lake has none of that name',
  );
});

test("the recorder is told each table that a query uses, and nothing else", async () => {
  const { lake, store, reads, unproven } = await lakeOf({ routes: ROUTES, other: [{ a: 1 }], unused: [{ b: 1 }] });
  await using _ = lake;
  await lake.query("SELECT 1");
  lake.table("unused");
  expect(reads).toEqual([]);
  await lake.query("WITH other AS (SELECT 1) SELECT * FROM routes r1, routes r2");
  const { id } = (await readSnapshot(store, "routes"))!;
  expect(reads).toEqual([{ name: "routes", table: id, version: 0, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  await lake.query("SELECT * FROM routes WHERE hour = (SELECT max(a) FROM other)");
  expect(reads.map((input) => input.name)).toEqual(["routes", "routes", "other"]);
  expect(reads[1]).toEqual(reads[0]);
  await lake.query("SELECT nope FROM unused").catch(() => {});
  expect(reads).toHaveLength(3);
  expect(unproven).toEqual([]);
  await lake.query("SELECT now(), current_date FROM routes ORDER BY random()");
  await lake.query("SELECT * FROM routes USING SAMPLE 1 ROWS");
  await lake.query("SELECT * FROM routes USING SAMPLE reservoir(1 ROWS) REPEATABLE (7)");
  expect(unproven.toSorted()).toEqual(["clock", "random", "random"]);
});

test("the digest of an input is that of the files of its version", async () => {
  const { lake, store, reads } = await lakeOf();
  await using _ = lake;
  await lake.query("SELECT * FROM routes");
  for (let hour = 0; hour < 6; hour++) await lake.write("routes", [{ hour }], { mode: "append" });
  await lake.query("SELECT * FROM routes");
  const { files } = (await readSnapshot(store, "routes"))!;
  const text = files.map((one) => one.path).sort().join("\n");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
  expect(reads[1]).toMatchObject({ version: 6, digest });
  expect(reads[0]).not.toEqual(reads[1]);
});

test("lake.tables lists newest versions, with rows, columns and sizes", async () => {
  const { lake, store } = await lakeOf({ routes: ROUTES, airports: [{ city: "Chicago" }] });
  await using _ = lake;
  expect(await lake.tables()).toEqual([
    {
      name: "airports",
      version: 0,
      columns: [{ name: "city", type: "string", nullable: true }],
      rows: 1,
      rejected: null,
      files: 1,
      bytes: expect.any(Number),
    },
    expect.objectContaining({ name: "routes", rows: 2 }),
  ]);
  const read = (await readSnapshot(store, "airports"))!;
  await commit(store, "airports", {
    read,
    operation: "WRITE",
    add: [{ ...file("x.parquet"), rows: null, stats: null }],
  });
  expect((await lake.tables())[0]!.rows).toBeNull();
});

test("a TableRef reads nothing before it is asked, and shows version, rows and columns", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const routes = lake.table<{ hour: number }>("routes");
  expect(routes.name).toBe("routes");
  expect(await routes.count()).toBe(2);
  expect((await routes.head(1)).numRows).toBe(1);
  const shown = await routes[JUPYTER_DISPLAY]();
  expect(Object.keys(shown)).toEqual(["text/plain", "text/html", "text/markdown"]);
  expect(String(shown["text/plain"]).split("\n").slice(0, 2)).toEqual([
    "routes, version 0",
    "route     hour   delay  at",
  ]);
  expect(shown["text/html"]).toContain("<b>routes, version 0</b>");
  expect(() => lake.table("Bad")).toThrow(RangeError);
  await expect(lake.table("nope").count()).rejects.toThrow(
    'Cannot query table "nope" as the lake has none of that name: it has "routes"',
  );
});

test("a Result shows itself as text, HTML, Markdown and data resource, and hands itself to polars and arquero", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const result = await lake.query(
    "SELECT route, delay, \"at\", 9007199254740993 AS big, [1] AS l, '\\x01'::BLOB AS b FROM routes ORDER BY delay",
  );
  const shown = result[JUPYTER_DISPLAY]();
  expect(String(shown["text/plain"])).toContain("2 rows, 6 columns");
  expect(String(shown["text/html"])).toContain("<table>");
  expect(String(shown["text/markdown"])).toContain("| route | delay | at | big | l | b |");
  expect(shown["application/vnd.dataresource+json"]).toEqual({
    schema: {
      fields: [
        { name: "route", type: "string" },
        { name: "delay", type: "number" },
        { name: "at", type: "datetime" },
        { name: "big", type: "integer" },
        { name: "l", type: "any" },
        { name: "b", type: "string" },
      ],
    },
    data: [
      { route: "JFK-LAX", delay: -3, at: "2001-05-30T07:00:00.000Z", big: "9007199254740993", l: [1], b: "01" },
      { route: "ORD-LGA", delay: 12.5, at: "2001-05-31T18:00:00.000Z", big: "9007199254740993", l: [1], b: "01" },
    ],
  });
  expect(Deno.inspect(result)).toBe(shown["text/plain"]);
  expect((await result.toPolars()).height).toBe(2);
  expect((await result.toArquero({ bigint: true })).numRows()).toBe(2);
  await expect(result.toArquero()).rejects.toThrow('Cannot read column "big" as numbers must stay below 2^53');
  expect(() => result.rows()).toThrow('Cannot read column "big" as numbers must stay below 2^53');
});

test("queries at once wait for one another, and one that fails harms no other", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => lake.query(i % 5 ? `SELECT ${i} AS i FROM routes` : "SELECT x FROM routes")),
  );
  expect(all.map((one) => one.status)).toEqual(Array.from({ length: 20 }, (_, i) => i % 5 ? "fulfilled" : "rejected"));
});

test("the recorder is called in the asynchronous context of the query", async () => {
  const { lake: unused, store } = await lakeOf();
  await unused[Symbol.asyncDispose]();
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  await using lake = await openLake({ store, recorder: { read: () => seen.push(context.getStore()) } });
  await Promise.all(["a", "b", "c"].map((cell) => context.run(cell, () => lake.query("SELECT * FROM routes"))));
  expect(seen).toEqual(["a", "b", "c"]);
});

test("a query stops by its signal, and the next one runs", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  const slow = "SELECT sum(hash(a.i) % 7 + b.i) AS n FROM range(300000) a(i), range(300000) b(i)";
  const controller = new AbortController();
  const stopped = lake.query(slow, [], { signal: controller.signal });
  const waiting = lake.query(slow, [], { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("stop")), 200);
  await expect(stopped).rejects.toThrow(/^stop$/);
  await expect(waiting).rejects.toThrow(/^stop$/);
  expect((await lake.query("SELECT 1 AS n")).rows()).toEqual([{ n: 1 }]);
});

test("a lake leaves no files behind, sweeps those of killed processes, and refuses use when closed", async () => {
  const { store, dir } = await freshStore();
  await Deno.mkdir(`${dir}/.tmp-lake-999999999-dead`);
  await Deno.mkdir(`${dir}/.tmp-lake-${Deno.pid}-alive`);
  const lake = await openLake({ store });
  await lake.write("t", [{ a: 1 }], { mode: "append" });
  const pending = lake.query("SELECT * FROM t");
  await lake[Symbol.asyncDispose]();
  await lake[Symbol.asyncDispose]();
  expect((await pending).numRows).toBe(1);
  await expect(lake.query("SELECT 1")).rejects.toThrow("Cannot read the lake as it is closed: open it again");
  const left = (await Array.fromAsync(Deno.readDir(dir))).map((entry) => entry.name).sort();
  expect(left).toEqual([`.tmp-lake-${Deno.pid}-alive`, "tables"]);
});

test("openLake() refuses options out of range", async () => {
  const { store } = await freshStore();
  await expect(openLake({ store, memoryMb: 1 })).rejects.toThrow(
    "Cannot open the lake as memoryMb must be a whole number of at least 64: got 1",
  );
  await expect(openLake({ store, threads: 0 })).rejects.toThrow(
    "Cannot open the lake as threads must be a whole number of at least 1: got 0",
  );
});

test("a query larger than DuckDB's memory works in files", async () => {
  const { lake, store } = await lakeOf();
  await lake[Symbol.asyncDispose]();
  await using small = await openLake({ store, memoryMb: 64 });
  const sql =
    "SELECT count(*) AS n, max(i) AS top FROM (SELECT i, row_number() OVER (ORDER BY hash(i)) AS r FROM range(4000000) t(i)) WHERE r % 2 = 0";
  expect((await small.query(sql)).rows()[0]).toMatchObject({ n: 2_000_000 });
});

test("openLake() works in a folder of odd letters", async () => {
  const dir = `${await Deno.makeTempDir()}/odd 'x' [a] é`;
  await using lake = await openLake({ store: await openStore({ kind: "directory", dir }) });
  await lake.write("t", [{ a: 1 }], { mode: "append" });
  expect((await lake.query("SELECT * FROM t")).rows()).toEqual([{ a: 1 }]);
});

test("lake.query takes literals past the doubles, and says of two statements what is wrong", async () => {
  const { lake } = await lakeOf();
  await using _ = lake;
  expect((await lake.query("SELECT 1e400 AS x, '1e400 \\' AS t, -1e400 AS y")).rows()).toEqual([
    { x: Infinity, t: "1e400 \\", y: -Infinity },
  ]);
  await expect(lake.query("SELECT 1; DROP TABLE routes")).rejects.toThrow(
    "Cannot run query as it must be one SELECT: got several statements",
  );
});
