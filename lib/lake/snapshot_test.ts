import { expect, test } from "vitest";
import { DuckDBInstance } from "@duckdb/node-api";
import { writeCheckpoint } from "./checkpoint.ts";
import { commit } from "./commit.ts";
import { encodeDataPath } from "./_data_path.ts";
import { type Field, writeSchema } from "./field.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot, refreshSnapshot } from "./snapshot.ts";
import { added, commitOrFail, creation, DELAY, file, freshStore, putLog } from "./testdata/delta.ts";

test("readSnapshot() of no table is null, junk in its log included", async () => {
  const { store, dir } = await freshStore();
  expect(await readSnapshot(store, "flights")).toBeNull();
  await Deno.mkdir(`${dir}/tables/flights/_delta_log/_tmp`, { recursive: true });
  await Deno.writeTextFile(`${dir}/tables/flights/_delta_log/.00000000000000000000.json.crc`, "x");
  await Deno.writeTextFile(`${dir}/tables/flights/_delta_log/.tmp-1`, "{");
  expect(await readSnapshot(store, "flights")).toBeNull();
});

test("readSnapshot() refuses a name that is none", async () => {
  const { store } = await freshStore();
  for (const name of ["", "../x", "Flights", "a/b", "a b", "a..b", "x".repeat(250)]) {
    await expect(readSnapshot(store, name)).rejects.toThrow(RangeError);
    await expect(readSnapshot(store, name)).rejects.toThrow(/^Cannot use a table name as it must be at most 249 of/);
  }
});

test("readSnapshot() replays adds, removes, metadata and transactions", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, { commitInfo: { timestamp: 7 } }, ...creation(), { txn: { appId: "a", version: 1 } });
  await putLog(store, "t", 1, added("a.parquet", { stats: '{"numRecords": 3,"x":1}' }), added("b.parquet"));
  await putLog(store, "t", 2, { remove: { path: "a.parquet", dataChange: true } }, { txn: { appId: "a", version: 9 } });
  await putLog(store, "t", 3, added("p=%31/c.parquet", { partitionValues: { p: "1", q: null } }), "", { unknown: {} });
  const snapshot = (await readSnapshot(store, "t"))!;
  expect(snapshot).toMatchObject({ table: "t", version: 3, schema: DELAY, partitionColumns: [], timestampMs: 7 });
  expect(snapshot.files.map((one) => [one.path, one.rows])).toEqual([["b.parquet", null], ["p=1/c.parquet", null]]);
  expect(snapshot.files[1]!.partition).toEqual({ p: "1", q: null });
  expect([...snapshot.tombstones.keys()]).toEqual(["a.parquet"]);
  expect([...snapshot.txns]).toEqual([["a", 9]]);
  const older = (await readSnapshot(store, "t", 1))!;
  expect(older.files.map((one) => one.rows)).toEqual([3, null]);
  expect([...older.txns]).toEqual([["a", 1]]);
});

test("readSnapshot() refuses versions that are not there", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, ...creation());
  for (const version of [-1, 1, 0.5, NaN]) {
    const read = readSnapshot(store, "t", version);
    await expect(read).rejects.toThrow(RangeError);
    await expect(read).rejects.toThrow(`Cannot read table "t" at version ${version} as its versions are 0 to 0`);
  }
});

test("readSnapshot() names a missing log file", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, ...creation());
  await putLog(store, "t", 2, added("a.parquet"));
  await expect(readSnapshot(store, "t")).rejects.toThrow(
    'Cannot read table "t" at version 2 as log file "tables/t/_delta_log/00000000000000000001.json" is missing',
  );
  expect((await readSnapshot(store, "t", 0))!.version).toBe(0);
});

test("readSnapshot() names a log file that cannot be read, and its line", async () => {
  const { store } = await freshStore();
  const log = "tables/t/_delta_log/00000000000000000001.json";
  await putLog(store, "t", 0, ...creation());
  const cases: [string, string][] = [
    ['{"add":', `Cannot read "${log}:2" as each line must be JSON: `],
    ['{"add":{"path":1}}', `Cannot read "${log}:2" as it must hold Delta actions: add.path: `],
    ["[]", `Cannot read "${log}:2" as it must hold Delta actions: `],
    ["null", `Cannot read "${log}:2" as it must hold Delta actions: `],
  ];
  for (const [line, message] of cases) {
    await putLog(store, "t", 1, added("a.parquet"), line);
    await expect(readSnapshot(store, "t")).rejects.toThrow(SyntaxError);
    await expect(readSnapshot(store, "t")).rejects.toThrow(message);
  }
  await store.put(log, Uint8Array.of(0xff, 0xfe));
  await expect(readSnapshot(store, "t")).rejects.toThrow(`Cannot read "${log}" as it must be UTF-8`);
});

test("readSnapshot() names what is missing: protocol or metadata", async () => {
  const { store } = await freshStore();
  const [protocol, metadata] = creation();
  const file = "tables/t/_delta_log/00000000000000000000.json";
  await putLog(store, "t", 0, metadata);
  await expect(readSnapshot(store, "t")).rejects.toThrow(
    `Cannot read table "t" at version 0 as its log must hold a protocol: none up to "${file}"`,
  );
  await putLog(store, "t", 0, protocol);
  await expect(readSnapshot(store, "t")).rejects.toThrow(`as its log must hold metaData: none up to "${file}"`);
});

test("readSnapshot() refuses by name what it cannot read", async () => {
  const { store } = await freshStore();
  const cases: [unknown[], string][] = [
    [
      creation({ minReaderVersion: 3, readerFeatures: ["timestampNtz", "variantType", "typeWidening"] }),
      'Cannot read table "t" as these of its Delta features are not in this version: variantType, typeWidening',
    ],
    [
      creation({ minReaderVersion: 4 }),
      'Cannot read table "t" as its Delta reader version must be 1, 2 or 3: got 4',
    ],
    [creation({}, { format: { provider: "orc" } }), 'Cannot read table "t" as its files must be Parquet: got "orc"'],
    ...["variant", "decimal(39,0)", "interval day to second", 7, null].map((type): [unknown[], string] => [
      creation({}, columnAt(type)),
      `as column "at" must be of a type that is in this version: got ${JSON.stringify(type)}`,
    ]),
  ];
  for (const [actions, message] of cases) {
    await putLog(store, "t", 0, ...actions);
    await expect(readSnapshot(store, "t")).rejects.toThrow(RangeError);
    await expect(readSnapshot(store, "t")).rejects.toThrow(message);
  }
});

test("readSnapshot() reads what binds writers only, and commit() and writeCheckpoint() leave it to them", async () => {
  const { store } = await freshStore();
  const features = [
    "appendOnly",
    "invariants",
    "checkConstraints",
    "changeDataFeed",
    "generatedColumns",
    "identityColumns",
    "domainMetadata",
    "rowTracking",
  ];
  const protocols = [
    { minWriterVersion: 6 },
    { minWriterVersion: 7, writerFeatures: features },
    { minReaderVersion: 2, minWriterVersion: 5 },
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"],
      writerFeatures: features,
    },
  ];
  for (const protocol of protocols) {
    await putLog(store, "t", 0, ...creation(protocol), added("a.parquet"), { domainMetadata: { domain: "d" } });
    const snapshot = (await readSnapshot(store, "t"))!;
    expect(snapshot.files).toHaveLength(1);
    await expect(writeCheckpoint(store, snapshot)).rejects.toThrow("as its Delta protocol must be 1/1 or 1/2: got ");
  }
  for (const rule of ["delta.invariants", "delta.generationExpression", "delta.identity.start"]) {
    await putLog(store, "t", 0, ...creation({}, columnAt("long", { [rule]: "{}" })));
    const read = (await readSnapshot(store, "t"))!;
    await expect(commit(store, "t", { read, operation: "WRITE" })).rejects.toThrow(
      `Cannot write table "t" as column "at" must be without rules: it has "${rule}"`,
    );
  }
});

test("readSnapshot() keeps what is noted of a column, and takes char and varchar for text", async () => {
  const { store } = await freshStore();
  for (const type of ["string", "varchar(3)", "char(10)"]) {
    await putLog(
      store,
      "t",
      0,
      ...creation({}, columnAt(type, { comment: "é", __CHAR_VARCHAR_TYPE_STRING: "varchar(3)" })),
    );
    const { schema } = (await readSnapshot(store, "t"))!;
    const metadata = { comment: "é", __CHAR_VARCHAR_TYPE_STRING: "varchar(3)" };
    expect(schema).toEqual([{ name: "at", type: "string", nullable: true, metadata }]);
    expect(JSON.parse(writeSchema(schema)).fields[0].metadata).toEqual(metadata);
  }
});

function columnAt(type: unknown, metadata = {}): object {
  return {
    schemaString: JSON.stringify({ type: "struct", fields: [{ name: "at", type, nullable: true, metadata }] }),
  };
}

test("readSnapshot() decodes the paths of data files once, and takes those below the table's folder only", async () => {
  const { store, dir } = await freshStore();
  const base = `${dir}/tables/t`;
  const paths = {
    "a b.parquet": "a b.parquet",
    "a%20b.parquet": "a b.parquet",
    "p=a%2520b/%C3%A9+x.parquet": "p=a%20b/é+x.parquet",
    "p%3Dx/at=12%3A00/c%23d%3F.parquet": "p=x/at=12:00/c#d?.parquet",
    "é.parquet": "é.parquet",
    [`file://${base}/p=1/a%20b.parquet`]: "p=1/a b.parquet",
    [`file:${base}/a.parquet`]: "a.parquet",
    [`${base}/a.parquet`]: "a.parquet",
  };
  for (const [path, decoded] of Object.entries(paths)) {
    await putLog(store, "t", 0, ...creation(), added(path));
    expect((await readSnapshot(store, "t"))!.files.map((one) => one.path)).toEqual([decoded]);
  }
  for (
    const path of [
      "../other/a.parquet",
      "p/%2e%2e/%2e%2e/a.parquet",
      "./a.parquet",
      "a//b.parquet",
      "",
      "s3://bucket/a.parquet",
      `file://${dir}/tables/other/a.parquet`,
      `${base}x/a.parquet`,
      `${base}/../t/a.parquet`,
      "%zz",
    ]
  ) {
    await putLog(store, "t", 0, ...creation(), added(path));
    await expect(readSnapshot(store, "t"), path).rejects.toThrow(RangeError);
    await expect(readSnapshot(store, "t")).rejects.toThrow(
      `00000000000000000000.json" as a data file must lie below the folder of its table: got ${JSON.stringify(path)}`,
    );
  }
});

test("readSnapshot() refuses a schema that is none", async () => {
  const { store } = await freshStore();
  for (
    const [schemaString, message] of [["{", "as schemaString must be JSON"], [
      "{}",
      "as schemaString must be a struct type",
    ]]
  ) {
    await putLog(store, "t", 0, ...creation({}, { schemaString }));
    await expect(readSnapshot(store, "t")).rejects.toThrow(SyntaxError);
    await expect(readSnapshot(store, "t")).rejects.toThrow(message!);
  }
});

test("refreshSnapshot() reads only what is new, and returns the same object when nothing is", async () => {
  const { store } = await freshStore();
  const first = await commitOrFail(store, "t", { read: null, operation: "CREATE TABLE", schema: DELAY });
  expect(await refreshSnapshot(store, first)).toBe(first);
  const second = await commitOrFail(store, "t", { read: first, operation: "WRITE", add: [file("a.parquet")] });
  await commitOrFail(store, "t", { read: second, operation: "WRITE", add: [file("b.parquet")], txns: { x: 4 } });
  const newest = await refreshSnapshot(store, first);
  const { readAtMs: _, ...expected } = (await readSnapshot(store, "t"))!;
  expect(newest).toMatchObject(expected);
  expect([...newest.txns]).toEqual([...expected.txns]);
});

test("a checkpoint stands in for log files that are gone", async () => {
  const { store, dir } = await freshStore();
  const inner: Field = { name: "x", type: "string", nullable: true };
  let snapshot = await commitOrFail(store, "t", {
    read: null,
    operation: "CREATE TABLE",
    schema: [...DELAY, { name: "wide", type: { type: "struct", fields: [inner] }, nullable: true }],
    partitionColumns: ["delay"],
  });
  for (let i = 0; i < 4; i++) {
    const add = [{ ...file(`${i}.parquet`, i), partition: { delay: i ? String(i) : null } }];
    snapshot = await commitOrFail(store, "t", { read: snapshot, operation: "WRITE", add, txns: { app: i } });
  }
  const before = (await readSnapshot(store, "t", 3))!;
  await copyCheckpoint(dir, 3);
  for (let version = 0; version < 3; version++) {
    await store.delete(`tables/t/_delta_log/${String(version).padStart(20, "0")}.json`);
  }
  const { files, txns, schema, id } = snapshot;
  expect(await readSnapshot(store, "t")).toMatchObject({ version: 4, files, schema, id, partitionColumns: ["delay"] });
  expect([...(await readSnapshot(store, "t"))!.txns]).toEqual([...txns]);
  expect((await readSnapshot(store, "t", 3))!.files).toEqual(before.files);
  await expect(readSnapshot(store, "t", 2)).rejects.toThrow('00000000000000000002.json" is missing');
});

/** The checkpoint of version 3 of the table above, in the columns that the Delta protocol lays down. */
async function copyCheckpoint(dir: string, version: number): Promise<void> {
  const log = `${dir}/tables/t/_delta_log`;
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const columns = `{
    txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)',
    add: 'STRUCT(path VARCHAR, partitionValues MAP(VARCHAR,VARCHAR), size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, stats VARCHAR)',
    metaData: 'STRUCT(id VARCHAR, format STRUCT(provider VARCHAR, options MAP(VARCHAR,VARCHAR)), schemaString VARCHAR, partitionColumns VARCHAR[], configuration MAP(VARCHAR,VARCHAR), createdTime BIGINT)',
    protocol: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[])'}`;
  const files = `read_json('${log}/*.json', format='newline_delimited', columns=${columns}, filename=true)`;
  const file = `${log}/${String(version).padStart(20, "0")}.checkpoint.parquet`;
  await connection.run(
    `COPY (SELECT * FROM ${files} WHERE CAST(parse_filename(filename)[:20] AS INT) <= ${version}) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
}

test("readSnapshot() takes an incomplete checkpoint for none", async () => {
  const { store } = await freshStore();
  const folder = "tables/t/_delta_log";
  await putLog(store, "t", 5, added("a.parquet"));
  await store.put(`${folder}/00000000000000000004.checkpoint.0000000001.0000000002.parquet`, new Uint8Array(1));
  await store.put(`${folder}/00000000000000000004.checkpoint.80a083e8-7026.json`, new Uint8Array(1));
  await expect(readSnapshot(store, "t")).rejects.toThrow(
    `as log file "${folder}/00000000000000000004.json" is missing`,
  );
});

test("readSnapshot() names a checkpoint that cannot be read", async () => {
  const { store } = await freshStore();
  await store.put("tables/t/_delta_log/00000000000000000004.checkpoint.parquet", new TextEncoder().encode("PAR1 torn"));
  await expect(readSnapshot(store, "t")).rejects.toThrow(
    'Cannot read checkpoint "tables/t/_delta_log/00000000000000000004.checkpoint.parquet": ',
  );
});

test("a lake reads files that another program named as it likes into one of its tables", async () => {
  const { store, dir } = await freshStore();
  const name = "p=New York, é:1/a b#1.parquet";
  await Deno.mkdir(`${dir}/tables/t/p=New York, é:1`, { recursive: true });
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`COPY (SELECT 7::BIGINT AS delay) TO '${dir}/tables/t/${name}' (FORMAT parquet)`);
  connection.closeSync();
  await putLog(store, "t", 0, ...creation(), added(encodeDataPath(name)));
  await using lake = await openLake({ store });
  expect((await lake.query("SELECT * FROM t")).rows()).toEqual([{ delay: 7 }]);
  await writeCheckpoint(store, (await readSnapshot(store, "t"))!);
  expect((await readSnapshot(store, "t"))!.files.map(({ path }) => path)).toEqual([name]);
});

test("readSnapshot() refuses a log entry that is empty, as a power cut leaves it", async () => {
  const { store } = await freshStore();
  const schema = [{ name: "n", type: "long", nullable: true }];
  const snapshot = await commitOrFail(store, "t", { read: null, operation: "CREATE TABLE", schema });
  for (const text of ["", "\n"]) {
    await store.put("tables/t/_delta_log/00000000000000000001.json", new TextEncoder().encode(text));
    const message =
      'Cannot read "tables/t/_delta_log/00000000000000000001.json" as a commit must have actions: it is empty';
    await expect(readSnapshot(store, "t")).rejects.toThrow(message);
    await expect(refreshSnapshot(store, snapshot)).rejects.toThrow(message);
  }
});
