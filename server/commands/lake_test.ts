import { join } from "node:path";
import { expect, test } from "vitest";
import { isoMicros, nowMicros } from "../../lib/events/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { callVerb } from "./_test_call.ts";
import { publish, testFolder } from "./_test_lake.ts";
import { explain } from "./explain.ts";
import { lakeIngest } from "./lake_ingest.ts";
import { lakeShow } from "./lake_show.ts";
import { lakeSql } from "./lake_sql.ts";
import { lakeTables } from "./lake_tables.ts";
import { types } from "./types.ts";
import { UsageError } from "./verb.ts";

const failure = (promise: Promise<unknown>) => promise.then(() => "no error", explain);

test("lake tables tells rows, files, bytes, version, and what the bus has beyond them", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  expect(await callVerb(lakeTables, dir)).toMatchObject({ json: [], text: "no tables in the lake", exitCode: 0 });
  await publish(dir, "rides", [1, 2, 3]);
  expect((await callVerb(lakeTables, dir)).json).toMatchObject([{ name: "rides", version: null, rows: null, lag: 3 }]);
  await callVerb(lakeIngest, dir);
  await publish(dir, "rides", [4]);
  const { json, text } = await callVerb(lakeTables, dir);
  expect(json).toEqual([{
    name: "rides",
    rows: 3,
    rejected: 0,
    files: 1,
    bytes: expect.any(Number),
    version: 0,
    columns: 17,
    lag: 1,
    problem: null,
  }]);
  expect(text.split("\n")[0]).toMatch(/^name +rows +rejected +files +bytes +version +columns +lag$/);
});

test("lake tables lists what can be read, and names what cannot", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1]);
  await publish(dir, "stops", [1]);
  await callVerb(lakeIngest, dir);
  await Deno.writeTextFile(join(dir, "lake/tables/rides/_delta_log/00000000000000000000.json"), "{");
  const { json, text, exitCode } = await callVerb(lakeTables, dir);
  expect(json).toMatchObject([{ name: "rides", rows: null }, { name: "stops", rows: 1, problem: null }]);
  expect(text).toMatch(/\n\nrides: Cannot read ".*rides.*00000000000000000000\.json:1"/);
  expect(exitCode).toBe(1);
});

test("lake ingest says what it moved, then that there is nothing new", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1, 2]);
  expect((await callVerb(lakeIngest, dir)).json).toEqual([
    { topic: "rides", partition: 0, from: 0, to: 2, rows: 2, rejected: 0, duplicates: 0, stopped: null },
  ]);
  expect(await callVerb(lakeIngest, dir)).toMatchObject({
    json: [],
    text: "the lake is complete: nothing new on the bus",
    exitCode: 0,
  });
});

test("lake ingest ends with 1 and says why where a partition stands still", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1, 2]);
  await callVerb(lakeIngest, dir);
  await Deno.remove(join(dir, "lake/bus"), { recursive: true });
  await publish(dir, "rides", [1]);
  const { json, text, exitCode } = await callVerb(lakeIngest, dir);
  expect(exitCode).toBe(1);
  expect(text).toContain('topic "rides", partition 0 was created anew');
  expect(json).toContainEqual(
    expect.objectContaining({ topic: "rides", stopped: expect.stringContaining("created anew") }),
  );
});

test("lake ingest --resume goes on without what is lost, and lake sql says so until then", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1, 2, 3]);
  {
    await using parts = openWorkbench(dir);
    const bus = await parts.bus();
    await bus.commit("lake", "rides", 0, 2);
    await bus.truncate("rides", 0, 2);
  }
  await expect(callVerb(lakeSql, dir, ["SELECT * FROM rides"])).rejects.toThrow(
    'as topic "rides", partition 0 was truncated before offsets 0 to 2 were in the lake: they are lost; to go on behind ' +
      'them, run "boathouse lake ingest --resume rides --why TEXT"',
  );
  await expect(callVerb(lakeIngest, dir, [], { resume: "rides" })).rejects.toThrow(
    "lake ingest takes --resume TOPIC and --why TEXT together",
  );
  const { text, exitCode } = await callVerb(lakeIngest, dir, [], { resume: "rides", why: "retention of 7 days" });
  expect(text).toContain('topic "rides", partition 0 goes on from offset 2: the 2 offsets from 0 on are lost\n');
  expect(exitCode).toBe(0);
  expect((await callVerb(lakeSql, dir, ["SELECT value FROM rides"])).text).toContain("3");
});

test("lake show tells columns, first rows, files, partitioning and history", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", ["a", "b"]);
  await callVerb(lakeIngest, dir);
  await publish(dir, "rides", ["c"]);
  const { json, text } = await callVerb(lakeShow, dir, ["rides"]);
  expect(json).toMatchObject({
    table: "rides",
    version: 0,
    rows: 3,
    rejected: 0,
    files: 1,
    partitionedBy: ["day", "fit"],
    history: [{ version: 0, operation: "INGEST", added: 1, removed: 0, info: { records: 2, ends: { 0: [0, 2] } } }],
    first: [{ _offset: 0, value: '"a"' }, { _offset: 1 }, { _offset: 2, value: '"c"' }],
  });
  expect(text).toContain("INGEST");
  expect(text).toContain("3 rows, 16 columns");
});

test.each(["../rides", "a/b", "a..b", "", "Rides"])("lake show refuses the table name %j", async (name) => {
  await using folder = await testFolder();
  const { dir } = folder;
  await expect(callVerb(lakeShow, dir, [name])).rejects.toThrow(RangeError);
  expect(await failure(callVerb(lakeShow, dir, [name]))).toMatch(
    /^Cannot use a table name as it must be at most 249 of/,
  );
});

const QUERY = `SELECT 9007199254740993 AS n, 'a,"b"' AS s, DATE '2001-05-31' AS d,
  TIMESTAMPTZ '2001-05-31 12:00:00.000001Z' AS t, 1.50::DECIMAL(9,2) AS e, [1, 2] AS l, NULL AS z`;

test("lake sql prints a table, and CSV with every digit", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  const { text } = await callVerb(lakeSql, dir, [QUERY], { format: "table" });
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["n", "s", "d", "t", "e", "l", "z"],
    ["int64", "string", "date", "timestamp", "decimal(9,2)", "list<int32>", "int32"],
    expect.any(Array),
    ["9007199254740993", 'a,"b"', "2001-05-31", "2001-05-31 12:00:00", "1.50", "[1,2]", "NULL"],
    ["1 row, 7 columns"],
  ]);
  const { printed } = await callVerb(lakeSql, dir, [QUERY], { format: "csv" });
  expect(printed).toBe(
    'n,s,d,t,e,l,z\r\n9007199254740993,"a,""b""",2001-05-31,2001-05-31T12:00:00.000001Z,1.50,"[1,2]",\r\n',
  );
});

test("lake sql prints JSON, and refuses a number past 2^53 there, naming the column", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  const query = QUERY.replace("9007199254740993", "'\\x01'::BLOB");
  for (const options of [{ format: "json" }, { format: "table", wantsJson: true }]) {
    const { printed, json } = await callVerb(lakeSql, dir, [query], options);
    expect(json).toBeUndefined();
    expect(JSON.parse(printed)).toEqual([
      { n: "AQ==", s: 'a,"b"', d: "2001-05-31", t: "2001-05-31T12:00:00.000001Z", e: 1.5, l: [1, 2], z: null },
    ]);
  }
  expect((await callVerb(lakeSql, dir, ["SELECT 1 WHERE false"], { format: "json" })).printed).toBe("[]\n");
  expect(await failure(callVerb(lakeSql, dir, [QUERY], { format: "json" }))).toMatch(
    /^Cannot read column "n" as numbers must stay below 2\^53: got 9007199254740993 at row 1/,
  );
});

test("lake sql tells how to print all when there is more than a screen", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  const { text } = await callVerb(lakeSql, dir, ["SELECT range AS n FROM range(100)"], { format: "table" });
  expect(text.split("\n")).toHaveLength(44);
  expect(text.split("\n").at(-1)).toBe("40 of 100 rows, 1 column; --format csv or json prints all");
  const { printed } = await callVerb(lakeSql, dir, ["SELECT range AS n FROM range(100)"], { format: "csv" });
  expect(printed.trimEnd().split("\r\n")).toHaveLength(101);
});

test("lake sql --as-of reads what was in the lake then", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1, 2]);
  await callVerb(lakeIngest, dir);
  await new Promise((resolve) => setTimeout(resolve, 5)); // log entries are dated by the millisecond
  const then = isoMicros(nowMicros());
  await publish(dir, "rides", [3]);
  await callVerb(lakeIngest, dir);
  const count = async (options: Record<string, string>) =>
    (await callVerb(lakeSql, dir, ["SELECT count(*) AS n FROM rides"], { format: "csv", ...options })).printed;
  expect(await count({})).toBe("n\r\n3\r\n");
  expect(await count({ asOf: then })).toBe("n\r\n2\r\n");
  expect(await failure(count({ asOf: "2001-01-01" }))).toMatch(
    /^Cannot read table "rides" as of 2001-01-01T00:00:00\.000Z/,
  );
});

test("lake sql --out writes Parquet that has every digit, and keeps a file that is there", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  const file = join(dir, "out.parquet");
  const { json, text } = await callVerb(lakeSql, dir, [QUERY], { format: "table", out: file });
  expect(json).toEqual({ file, rows: 1, bytes: (await Deno.stat(file)).size });
  expect(text).toMatch(/^1 rows, \d+ bytes, are in ".*out\.parquet"$/);
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const read = await connection.runAndReadAll(`SELECT n, t::VARCHAR, e::VARCHAR, l::VARCHAR FROM '${file}'`);
  expect(read.getRowsJS()).toEqual([[9007199254740993n, expect.stringContaining("12:00:00.000001"), "1.50", "[1, 2]"]]);
  connection.disconnectSync();
  expect(await failure(callVerb(lakeSql, dir, [QUERY], { format: "table", out: file }))).toMatch(
    /^Cannot .*out\.parquet/,
  );
  await expect(callVerb(lakeSql, dir, [QUERY], { format: "table", out: "rows.csv" })).rejects.toThrow(UsageError);
});

test("types prints a module of the tables' rows, or writes it", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1]);
  await callVerb(lakeIngest, dir);
  const { json, text } = await callVerb(types, dir);
  expect(json).toEqual({ tables: ["rides"], source: `${text}\n` });
  expect(text).toContain("    rides: {\n      _partition: number | null;\n      _offset: number | null;");
  const file = join(dir, "lake_types.ts");
  expect((await callVerb(types, dir, [], { out: file })).json).toEqual({ tables: ["rides"], file });
  expect(await Deno.readTextFile(file)).toBe(`${text}\n`);
});

test.each([
  ["a file", "SELECT * FROM read_csv('/etc/passwd')"],
  ["more than one statement", "SELECT 1; SELECT 2"],
  ["what is no SELECT", "DELETE FROM rides"],
  ["a table that is not there", "SELECT * FROM rides"],
  ["a table by a path", 'SELECT * FROM "../rides"'],
])("lake sql refuses %s in one line", async (_what, query) => {
  await using folder = await testFolder();
  const { dir } = folder;
  expect(await failure(callVerb(lakeSql, dir, [query], { format: "table" }))).toMatch(/^Cannot [^\n]+[^.]$/);
});

test("lake sql names table and file of a Parquet file that is damaged", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await publish(dir, "rides", [1, 2]);
  await callVerb(lakeIngest, dir);
  const data = join(dir, "lake/tables/rides");
  const day = [...Deno.readDirSync(data)].find(({ name }) => name.startsWith("day="))!.name;
  const file = [...Deno.readDirSync(join(data, day, "fit=true"))][0]!.name;
  await Deno.writeTextFile(join(data, day, "fit=true", file), "no Parquet");
  const message = await failure(callVerb(lakeSql, dir, ["SELECT * FROM rides"], { format: "table" }));
  expect(message).toMatch(/^Cannot /);
  expect(message).toContain("rides");
  expect(message).toContain(file);
});

test("a poison record among 10,000 becomes a row with its reason, and none is lost", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  const events = Array.from({ length: 10_000 }, (_, n) => ({
    specversion: "1.0",
    id: String(n),
    source: "/test",
    type: "boathouse.label.v1",
    data: n === 6_789 ? { decision: 7 } : { decision: `d${n}`, value: n, name: "value", at: "2001-05-31T00:00:00Z" },
  }));
  await publish(dir, "label", events);
  expect((await callVerb(lakeIngest, dir)).json).toMatchObject([{ topic: "label", rows: 9_999, rejected: 1 }]);
  const { printed } = await callVerb(lakeSql, dir, ["SELECT _offset, _reason FROM label_dlq"], { format: "csv" });
  expect(printed.split("\r\n")[1]).toMatch(/^6789,\/data\/value must be there: got nothing$/);
});
