import { expect, test } from "vitest";
import { type Lake, openLake } from "./open_lake.ts";
import { freshStore } from "./testdata/delta.ts";

async function openWithSecret(): Promise<{ lake: Lake; dir: string }> {
  const { store, dir } = await freshStore();
  await store.put("registry/signing.key", new TextEncoder().encode("secret"));
  const lake = await openLake({ store });
  await lake.write("t", [{ a: 1 }], { mode: "append" });
  return { lake, dir };
}

/** Refusals by kind: what is not a SELECT, what is not one, what reads anything but tables of the lake. */
const REFUSED: [text: string, message: string][] = [
  ["COPY t TO '/tmp/x.csv'", "Cannot run query as it must be one SELECT: got COPY"],
  ["ATTACH '/tmp/x.db'", "Cannot run query as it must be one SELECT: got ATTACH"],
  ["INSTALL httpfs", "Cannot run query as it must be one SELECT: got INSTALL"],
  ["LOAD httpfs", "Cannot run query as it must be one SELECT: got LOAD"],
  ["PRAGMA database_list", "Cannot run query as it must be one SELECT: got PRAGMA"],
  ["SET threads=8", "Cannot run query as it must be one SELECT: got SET"],
  ["RESET threads", "Cannot run query as it must be one SELECT: got RESET"],
  ["/* SELECT */ -- SELECT\n INSERT INTO t VALUES (2)", "Cannot run query as it must be one SELECT: got INSERT"],
  ["UPDATE t SET a = 2", "Cannot run query as it must be one SELECT: got UPDATE"],
  ["DELETE FROM t", "Cannot run query as it must be one SELECT: got DELETE"],
  ["DROP VIEW t", "Cannot run query as it must be one SELECT: got DROP"],
  ["CREATE TABLE u AS SELECT 1", "Cannot run query as it must be one SELECT: got CREATE"],
  ["CREATE MACRO f() AS TABLE SELECT 1", "Cannot run query as it must be one SELECT: got CREATE"],
  ["EXPORT DATABASE '/tmp/x'", "Cannot run query as it must be one SELECT: got EXPORT"],
  ["CALL range(3)", "Cannot run query as it must be one SELECT: got CALL"],
  ["EXPLAIN ANALYZE SELECT 1", "Cannot run query as it must be one SELECT: got EXPLAIN"],
  ["PIVOT t ON a USING sum(a)", "Cannot run query as it must be one SELECT: got PIVOT"],
  ["SELECT 1; DROP VIEW t", "Cannot run query as it must be one SELECT: got several statements"],
  ["SELECT 1; SELECT 2", "Cannot run query as it must be one SELECT: got 2 statements"],
  ["", "Cannot run query as it must be one SELECT: got no statements"],
  ["-- nothing", "Cannot run query as it must be one SELECT: got no statements"],
  ["SELECT * FROM '/etc/passwd'", 'Cannot query table "/etc/passwd" as the lake has none of that name'],
  [
    "SELECT * FROM read_text('/etc/passwd')",
    'Cannot run query as table function "read_text" is not allowed: name a table of the lake, or use range',
  ],
  ["SELECT * FROM READ_CSV('DIR/registry/signing.key')", 'table function "read_csv" is not allowed'],
  ["SELECT * FROM glob('/etc/*')", 'table function "glob" is not allowed'],
  ["SELECT * FROM query('SELECT 1')", 'table function "query" is not allowed'],
  ["SELECT * FROM query_table('t')", 'table function "query_table" is not allowed'],
  ["SELECT * FROM duckdb_settings()", 'table function "duckdb_settings" is not allowed'],
  ["SELECT (SELECT max(content) FROM read_text('/etc/passwd'))", 'table function "read_text" is not allowed'],
  [
    "WITH x AS (SELECT * FROM t, LATERAL (SELECT * FROM read_blob('/etc/passwd'))) SELECT * FROM x",
    'table function "read_blob" is not allowed',
  ],
  [
    "SELECT list_transform([1], lambda x: (SELECT count(*) FROM read_text('/etc/passwd')))",
    'table function "read_text" is not allowed',
  ],
  [
    "SELECT * FROM t WHERE a IN (SELECT 1 FROM parquet_metadata('DIR/x'))",
    'table function "parquet_metadata" is not allowed',
  ],
  ["SELECT * FROM t JOIN sniff_csv('/etc/passwd') ON true", 'table function "sniff_csv" is not allowed'],
  ["SHOW TABLES", "Cannot run query as SHOW is not allowed: list tables with lake.tables()"],
  [
    "SELECT * FROM information_schema.tables",
    'Cannot query "information_schema.tables" as tables of the lake have no schema',
  ],
  ["SELECT * FROM temp.main.t", 'Cannot query "main.t" as tables of the lake have no schema'],
  [
    "SELECT * FROM t AT (VERSION => (SELECT max(content) FROM read_text('/etc/passwd')))",
    "AT takes one number or time",
  ],
  ['SELECT * FROM "../x" AT (VERSION => 0)', 'Cannot query table "../x@0" as the lake has none of that name'],
  [
    'WITH w AS (WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd") SELECT * FROM w, \'/etc/passwd\'',
    'Cannot run query as a name in WITH must not look like a file: got "/etc/passwd"',
  ],
];

test("people's SQL reads tables of the lake and nothing else", async () => {
  const { lake, dir } = await openWithSecret();
  await using _ = lake;
  for (const [text, message] of REFUSED) {
    const refused = lake.query(text.replace("DIR", dir));
    await expect(refused, text).rejects.toThrow(RangeError);
    await expect(refused, text).rejects.toThrow(message);
  }
  expect((await lake.query("SELECT * FROM t")).rows()).toEqual([{ a: 1 }]);
});

test("DuckDB itself refuses what would slip through: files outside, settings, extensions", async () => {
  const { openEngine } = await import("./_engine.ts");
  const { store, dir } = await freshStore();
  await store.put("registry/signing.key", new TextEncoder().encode("secret"));
  await using engine = await openEngine(dir, { memoryMb: 128, threads: 1 });
  const refused: [string, RegExp][] = [
    ["SELECT * FROM read_text('/etc/passwd')", /Permission Error: Cannot access file "\/etc\/passwd"/],
    [`SELECT * FROM read_text('${dir}/registry/signing.key')`, /Permission Error: Cannot access file/],
    [`SELECT * FROM read_text('${dir}/tables/../registry/signing.key')`, /Permission Error: Cannot access file/],
    [`COPY (SELECT 1) TO '${dir}/registry/x.csv'`, /Permission Error: Cannot access file/],
    [`ATTACH '${dir}/x.db'`, /Permission Error: Cannot access file/],
    ["INSTALL httpfs", /Permission Error/],
    ["LOAD httpfs", /Permission Error/],
    ["SET enable_external_access=true", /Cannot enable external access|configuration has been locked/],
    ["SET allowed_directories=['/']", /configuration has been locked|Cannot change allowed_directories/],
    ["SET lock_configuration=false", /configuration has been locked/],
    ["PRAGMA memory_limit='8GB'", /configuration has been locked/],
    ["SET TimeZone='Europe/Paris'", /configuration has been locked/],
    ["SELECT getenv('HOME')", /getenv does not exist/],
  ];
  for (const [sql, message] of refused) await expect(engine.connection.run(sql), sql).rejects.toThrow(message);
  expect((await Array.fromAsync(store.list(""))).map((one) => one.path)).toEqual(["registry/signing.key"]);
});
