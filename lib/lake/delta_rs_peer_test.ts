import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { rowsOf, tableFromRows } from "../columns/mod.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { commit } from "./commit.ts";
import type { Field } from "./field.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { writeParquet } from "./write_parquet.ts";

const PACKAGES = ["deltalake==1.6.6", "pyarrow==22.0.0"];
const SETUP_MS = 300_000;

/** Runs a program over the table in `sys.argv[1]`; it prints one JSON document with `out`. */
async function deltaRs(python: string, folder: string, program: string): Promise<unknown> {
  const text = await runPython(
    python,
    `
import datetime, decimal, json, os, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date)): return value.isoformat()
    if isinstance(value, decimal.Decimal): return str(value)
    if isinstance(value, bytes): return value.hex()
    raise TypeError(type(value))
def clean(value):
    if isinstance(value, float) and value != value: return "NaN"
    if isinstance(value, dict): return {k: clean(v) for k, v in value.items()}
    return [clean(v) for v in value] if isinstance(value, (list, tuple)) else value
def out(value):
    print(json.dumps(clean(value), default=plain), flush=True)
folder = sys.argv[1]
${program}
sys.stdout.flush()
os._exit(0)  # deltalake may abort at exit after a correct read
`,
    [folder],
  );
  return JSON.parse(text);
}

const READ = `
table = DeltaTable(folder)
out({"version": table.version(), "rows": table.to_pyarrow_table().sort_by("n").to_pylist(),
     "schema": [[f.name, str(f.type.type) if hasattr(f.type, "type") else str(f.type)] for f in table.schema().fields]})`;

test("delta-rs reads what lake.write wrote: rows, schema, history, transactions, older versions", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
  const { store, dir } = await freshStore();
  await using lake = await openLake({ store });
  const first = await lake.query(
    `SELECT 9007199254740993 AS n, 1.5::DOUBLE + i AS x, 'é"😀' AS t, TIMESTAMPTZ '2001-05-31 12:00:00.123456' AS ts,
    DATE '1969-12-31' AS d, 12.34::DECIMAL(18,2) AS px, true AS b, '\\xFF'::BLOB AS bin, [1, NULL] AS l, {'a': 'x', 'b': NULL::INT} AS s,
    MAP {'k': 1} AS m FROM range(1) r(i)`,
  );
  await lake.write("t", first, { mode: "append" });
  await lake.write("t", [{ n: 1, extra: "new" }, { n: 2, x: NaN }], { mode: "append" });
  const read = await deltaRs(python, `${dir}/tables/t`, READ) as { rows: Record<string, unknown>[] };
  expect(read).toMatchObject({
    version: 1,
    schema: [
      ["n", "long"],
      ["x", "double"],
      ["t", "string"],
      ["ts", "timestamp"],
      ["d", "date"],
      ["px", "decimal(18,2)"],
      ["b", "boolean"],
      ["bin", "binary"],
      ["l", "array"],
      ["s", "struct"],
      ["m", "map"],
      ["extra", "string"],
    ],
  });
  const none = {
    x: null,
    t: null,
    ts: null,
    d: null,
    px: null,
    b: null,
    bin: null,
    l: null,
    s: null,
    m: null,
    extra: null,
  };
  expect(read.rows).toEqual([
    { ...none, n: 1, extra: "new" },
    { ...none, n: 2, x: "NaN" },
    {
      n: 9007199254740992, // as JSON.parse rounds it; the filter below is exact
      x: 1.5,
      t: 'é"😀',
      ts: "2001-05-31T12:00:00.123456+00:00",
      d: "1969-12-31",
      px: "12.34",
      b: true,
      bin: "ff",
      l: [1, null],
      s: { a: "x", b: null },
      m: [["k", 1]],
      extra: null,
    },
  ]);
  const more = await deltaRs(
    python,
    `${dir}/tables/t`,
    `
import pyarrow.dataset as ds
table = DeltaTable(folder)
exact = table.to_pyarrow_table(filters=[("n", "=", 9007199254740993)]).num_rows
ts = datetime.datetime(2001, 5, 31, 12, 0, 0, 123456, tzinfo=datetime.timezone.utc)
later = table.to_pyarrow_table(filters=[("ts", ">=", ts)]).num_rows
history = [[h["version"], h["operation"], h["engineInfo"]] for h in table.history()]
old = DeltaTable(folder, version=0).to_pyarrow_table().num_rows
out([exact, later, history, old])`,
  );
  expect(more).toEqual([1, 1, [[1, "WRITE", "Boathouse"], [0, "WRITE", "Boathouse"]], 1]);
  await lake.write("t", [{ n: 5 }], { mode: "overwrite" });
  expect(await deltaRs(python, `${dir}/tables/t`, READ)).toMatchObject({ version: 2, rows: [{ n: 5 }] });
}, SETUP_MS);

test("delta-rs reads a topic's table by partition, and its positions", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
  const { store, dir } = await freshStore();
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET TimeZone='UTC'");
  const plain = (name: string, type: string): Field => ({ name, type, nullable: true });
  const stored = [plain("n", "long"), plain("_offset", "long"), plain("_partition", "integer")];
  const write = (fit: string) =>
    writeParquet(connection, store, {
      table: "flights",
      select: `SELECT i AS n, i AS _offset, 0 AS _partition FROM range(1000) r(i) WHERE (i % 5 > 0) = ${fit}`,
      schema: stored,
      partition: { day: "2026-11-23", fit },
      dir,
    });
  await commitOrFail(store, "flights", {
    read: null,
    operation: "INGEST",
    schema: [...stored, plain("day", "date"), plain("fit", "boolean")],
    partitionColumns: ["day", "fit"],
    add: [(await write("true"))!, (await write("false"))!],
    txns: { "flights/incarnation/0": 1000 },
  });
  const read = await deltaRs(
    python,
    `${dir}/tables/flights`,
    `
table = DeltaTable(folder)
count = lambda *filters: table.to_pyarrow_table(filters=list(filters)).num_rows
out([count(("fit", "=", True)), count(("fit", "=", False)), count(("day", "=", datetime.date(2026, 11, 23)), ("n", ">", 990)),
     table.transaction_version("flights/incarnation/0"), table.metadata().partition_columns])`,
  );
  expect(read).toEqual([800, 200, 9, 1000, ["day", "fit"]]);
}, SETUP_MS);

test(
  "we read what delta-rs writes: appends, deletes, added columns, checkpoints with the log cleaned behind them",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
    const { store, dir } = await freshStore();
    const rows = await deltaRs(
      python,
      `${dir}/tables/t`,
      `
for i in range(3):
    data = pa.table({"n": pa.array([i, i + 10], pa.int64()), "p": ["a", "b"], "s": [{"x": i}, None], "ts": pa.array([i, None], pa.timestamp("us", "UTC"))})
    write_deltalake(folder, data, mode="append", partition_by=["p"], configuration={"delta.logRetentionDuration": "interval 0 days"})
table = DeltaTable(folder)
table.delete("n = 11")
write_deltalake(folder, pa.table({"n": pa.array([99], pa.int64()), "p": ["a"], "extra": ["e"]}), mode="append", schema_mode="merge")
table = DeltaTable(folder)
out(table.to_pyarrow_table().sort_by("n").select(["n", "p", "s", "extra"]).to_pylist())`,
    );
    const compare = async () => {
      await using lake = await openLake({ store });
      return (await lake.query("SELECT n, p, s, extra FROM t ORDER BY n")).rows();
    };
    expect(await compare()).toEqual(rows);
    const log = await deltaRs(
      python,
      `${dir}/tables/t`,
      `
table = DeltaTable(folder)
table.create_checkpoint()
for name in os.listdir(folder + "/_delta_log"):
    if name.endswith(".json") and int(name[:20]) < table.version(): os.remove(folder + "/_delta_log/" + name)
out([table.version(), sorted(name for name in os.listdir(folder + "/_delta_log") if name.endswith(".json"))])`,
    ) as [number, string[]];
    expect(log[1]).toHaveLength(1);
    expect((await readSnapshot(store, "t"))!.version).toBe(log[0]);
    expect(await compare()).toEqual(rows);
  },
  SETUP_MS,
);

test("our commits and those of delta-rs race without losing or doubling a row", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
  const { store, dir } = await freshStore();
  await using lake = await openLake({ store });
  await lake.write("t", [{ n: -1, who: "start" }], { mode: "append" });
  const theirs = deltaRs(
    python,
    `${dir}/tables/t`,
    `
for i in range(20):
    write_deltalake(folder, pa.table({"n": pa.array([i], pa.int64()), "who": ["delta-rs"]}), mode="append")
out("done")`,
  );
  for (let i = 0; i < 20; i++) await lake.write("t", [{ n: i, who: "boathouse" }], { mode: "append" });
  await theirs;
  await using after = await openLake({ store });
  const counts =
    (await after.query("SELECT who, count(*) AS n, count(DISTINCT n) AS d FROM t GROUP BY who ORDER BY who")).rows();
  expect(counts).toEqual([{ who: "boathouse", n: 20, d: 20 }, { who: "delta-rs", n: 20, d: 20 }, {
    who: "start",
    n: 1,
    d: 1,
  }]);
}, SETUP_MS);

test("a table that delta-rs raised to a newer writer is read but not written", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
  const { store, dir } = await freshStore();
  await using lake = await openLake({ store });
  await lake.write("t", rowsOf(tableFromRows([{ n: 1 }])), { mode: "append" });
  await deltaRs(python, `${dir}/tables/t`, `DeltaTable(folder).alter.add_constraint({"positive": "n > 0"}); out(1)`);
  await using fresh = await openLake({ store });
  expect((await fresh.query("SELECT * FROM t")).rows()).toEqual([{ n: 1 }]);
  await expect(fresh.write("t", [{ n: 2 }], { mode: "append" })).rejects.toThrow(
    /^Cannot write table "t" as its Delta protocol must be 1\/1 or 1\/2: got \d\/\d/,
  );
  const read = (await readSnapshot(store, "t"))!;
  await expect(commit(store, "t", { read, operation: "WRITE" })).rejects.toThrow(RangeError);
}, SETUP_MS);

test(
  "delta-rs reads our checkpoint with the log cleaned behind it: rows, versions, transactions, tombstones",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
    const { store, dir } = await freshStore();
    await using lake = await openLake({ store });
    for (let i = 0; i < 6; i++) {
      await lake.write("t", [{ n: 9007199254740993n + BigInt(i), t: `é${i}`, s: { x: i } }], {
        mode: i === 2 ? "overwrite" : "append",
      });
    }
    const before = (await readSnapshot(store, "t"))!;
    const snapshot = await commitOrFail(store, "t", { read: before, operation: "WRITE", txns: { "topic/é/0": 42 } });
    await writeCheckpoint(store, snapshot);
    for (let version = 0; version < snapshot.version; version++) {
      await store.delete(`tables/t/_delta_log/${String(version).padStart(20, "0")}.json`);
    }
    await lake.write("t", [{ n: 1n, t: "last" }], { mode: "append" });
    const read = await deltaRs(
      python,
      `${dir}/tables/t`,
      `
table = DeltaTable(folder)
rows = table.to_pyarrow_table().sort_by("t").to_pylist()
out([table.version(), [[str(row["n"]), row["t"], row["s"]] for row in rows], table.transaction_version("topic/é/0"),
     DeltaTable(folder, version=${snapshot.version}).to_pyarrow_table().num_rows,
     table.to_pyarrow_table(filters=[("n", "=", 9007199254740996)]).num_rows])`,
    );
    const rows = [2, 3, 4, 5].map((i) => [String(9007199254740993n + BigInt(i)), `é${i}`, { x: i }]);
    expect(read).toEqual([7, [...rows, ["1", "last", null]].sort((a, b) => a[1]! < b[1]! ? -1 : 1), 42, 4, 1]);
    await deltaRs(python, `${dir}/tables/t`, `DeltaTable(folder).create_checkpoint(); out(1)`);
    const after = (await readSnapshot(store, "t"))!;
    expect([...after.tombstones.keys()]).toEqual([...snapshot.tombstones.keys()]);
    expect(after.txns.get("topic/é/0")).toBe(42);
  },
  SETUP_MS,
);

test(
  "delta-rs reads partitions, merges, compacted and vacuumed tables: the same rows, before and after",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
    const { store, dir } = await freshStore();
    await using lake = await openLake({ store });
    const parts = ["a", "é/ü =%", null];
    for (let i = 0; i < 4; i++) {
      const rows = parts.map((part, p) => ({ n: i * 3 + p, part, value: i }));
      await lake.write("t", rows, { mode: "append", ...(i === 0 ? { partitionBy: "part" } : {}) });
    }
    await lake.write("t", [{ n: 4, part: "a", value: 40 }, { n: 99, part: "b", value: 99 }], {
      mode: "merge",
      key: "n",
    });
    await lake.compact("t", { clusterBy: "n" });
    await lake.vacuum("t", { retentionHours: 0 });
    await using after = await openLake({ store });
    const mine = (await after.query("SELECT * FROM t ORDER BY n")).rows();
    const read = await deltaRs(
      python,
      `${dir}/tables/t`,
      `
table = DeltaTable(folder)
rows = lambda **o: table.to_pyarrow_table(**o).sort_by("n").to_pylist()
out({"rows": rows(), "some": rows(filters=[("n", ">", 90)]), "files": len(table.file_uris()),
     "operations": [h["operation"] for h in table.history()],
     "written": sorted(table.partitions(), key=str)})`,
    ) as Record<string, unknown>;
    expect(read.rows).toEqual(mine);
    expect(read.some).toEqual([{ n: 99, part: "b", value: 99 }]);
    expect(read.operations).toEqual(["OPTIMIZE", "MERGE", "WRITE", "WRITE", "WRITE", "WRITE"]);
    expect(read.files).toBe(4);
    expect(read.written).toContainEqual({ part: "é/ü =%" });
  },
  SETUP_MS,
);
