import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshotAt } from "./snapshot.ts";
import { folderStore } from "./_folder_store.ts";
import { freshStore } from "./testdata/delta.ts";

const PACKAGES = ["deltalake==1.6.6", "pyarrow==22.0.0"];
const SETUP_MS = 300_000;

/** Values of a column by its Arrow type: as Python and as SQL have them. NULL is added to each. */
const KINDS: Record<string, [type: string, values: [python: string, sql: string][]]> = {
  string: [
    "pa.string()",
    [
      "plain",
      "a b",
      "é😀",
      "a:b",
      "a%20b",
      "a+b",
      "p=x",
      "x/y",
      "a#b?c",
      "..",
      "a\\b",
      "q'\"",
      "NULL",
      "%zz",
      ".hidden",
    ]
      .map((text) => [JSON.stringify(text), `'${text.replaceAll("'", "''")}'`]),
  ],
  date: ["pa.date32()", [["D(1969,12,31)", "DATE '1969-12-31'"], ["D(2026,11,23)", "DATE '2026-11-23'"]]],
  timestamp: ["pa.timestamp('us', 'UTC')", [
    ["T(2026,11,23,1,2,3,456789,tzinfo=UTC)", "TIMESTAMPTZ '2026-11-23 01:02:03.456789+00'"],
    ["T(1969,12,31,23,59,59,tzinfo=UTC)", "TIMESTAMPTZ '1969-12-31 23:59:59+00'"],
  ]],
  timestamp_ntz: ["pa.timestamp('us')", [
    ["T(2026,11,23,1,2,3,456789)", "TIMESTAMP '2026-11-23 01:02:03.456789'"],
    ["T(1960,1,1)", "TIMESTAMP '1960-01-01'"],
  ]],
  boolean: ["pa.bool_()", [["True", "true"], ["False", "false"]]],
  decimal: ["pa.decimal128(20, 3)", [["N('12345678901234567.891')", "12345678901234567.891"], ["N('1')", "1"]]],
  long: ["pa.int64()", [["9007199254740993", "9007199254740993"], ["-1", "-1"]]],
  byte: ["pa.int8()", [["-128", "-128"], ["127", "127"]]],
  double: ["pa.float64()", [["1.5", "1.5::DOUBLE"], ["-0.0", "0.0::DOUBLE"], ["float('nan')", "'NaN'::DOUBLE"], [
    "float('-inf')",
    "'-Infinity'",
  ]]],
  binary: ["pa.binary()", [["b'abc'", "'abc'::BLOB"], ["b'\\x00\\xff'", "'\\x00\\xFF'::BLOB"]]],
};

async function deltaRs(python: string, folder: string, program: string): Promise<unknown> {
  const text = await runPython(
    python,
    `
import datetime, decimal, json, os, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
D, T, N, UTC = datetime.date, datetime.datetime, decimal.Decimal, datetime.timezone.utc
root = sys.argv[1]
${program}
sys.stdout.flush()
os._exit(0)  # deltalake may abort at exit after a correct read
`,
    [folder],
  );
  return JSON.parse(text);
}

test(
  "columns and partition values of every kind that delta-rs writes are read, before and behind a checkpoint",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
    const { store } = await freshStore();
    const root = await Deno.makeTempDir({ prefix: "boathouse foreign é " });
    const lists = Object.entries(KINDS).map(([kind, [type, values]]) =>
      `"${kind}": (${type}, [${[...values.map(([text]) => text), "None"].join(", ")}])`
    );
    await deltaRs(
      python,
      root,
      `
for kind, (type, values) in {${lists.join(", ")}}.items():
    data = pa.table({"n": pa.array(range(len(values)), pa.int64()), "p": pa.array(values, type), "q": pa.array(values, type)})
    write_deltalake(f"{root}/{kind}", data, partition_by=["p"])
print(json.dumps(None))`,
    );
    const check = async () => {
      await using lake = await openLake({ store });
      for (const [kind, [, values]] of Object.entries(KINDS)) {
        const cases = [...values.map(([, sql]) => sql), "NULL"].map((sql, n) => `WHEN ${n} THEN ${sql}`).join(" ");
        const same = (column: string) => `${column} IS NOT DISTINCT FROM (CASE n ${cases} END) AS ${column}`;
        const rows = (await lake.query(`SELECT n, ${same("p")}, ${same("q")} FROM delta('${root}/${kind}') ORDER BY n`))
          .rows();
        expect([kind, rows]).toEqual([
          kind,
          Array.from({ length: values.length + 1 }, (_, n) => ({ n, p: true, q: true })),
        ]);
        const [value] = values[0]!.slice(1);
        const one = `SELECT n FROM delta('${root}/${kind}') WHERE p = ${value} AND q = ${value}`;
        expect([kind, (await lake.query(one)).rows()]).toEqual([kind, [{ n: 0 }]]);
      }
    };
    await check();
    const names = await deltaRs(
      python,
      root,
      `
for kind in os.listdir(root):
    DeltaTable(f"{root}/{kind}").create_checkpoint()
    log = f"{root}/{kind}/_delta_log"
    os.remove(f"{log}/{0:020}.json")
print(json.dumps([os.listdir(f"{root}/{kind}/_delta_log") for kind in os.listdir(root)]))`,
    ) as string[][];
    expect(names.flat().filter((name) => name.endsWith(".json"))).toEqual([]);
    await check();
    await Deno.remove(root, { recursive: true });
  },
  SETUP_MS,
);

test(
  "transactions, removed files and settings are read as delta-rs wrote them, with its log cleaned",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
    const root = await Deno.makeTempDir({ prefix: "boathouse-foreign-" });
    const told = await deltaRs(
      python,
      root,
      `
from deltalake import CommitProperties, Transaction
for i in range(5):
    write_deltalake(root, pa.table({"n": pa.array([i], pa.int64())}), mode="append", name="trips", description="é",
        configuration={"delta.logRetentionDuration": "interval 0 days"} if i == 0 else None,
        commit_properties=CommitProperties(app_transactions=[Transaction("app/é", i), Transaction(f"app/{i}", 7)]))
table = DeltaTable(root)
table.delete("n = 2")
table = DeltaTable(root)
table.create_checkpoint()
table.cleanup_metadata()
uris = sorted(os.path.basename(uri) for uri in table.file_uris())
print(json.dumps([table.version(), uris, table.metadata().name, table.metadata().description]))`,
    ) as [number, string[], string, string];
    const snapshot = (await readSnapshotAt(folderStore(root), { table: root, root: "" }))!;
    expect(snapshot.version).toBe(told[0]);
    expect(snapshot.files.map(({ path }) => path).sort()).toEqual(told[1]);
    expect([snapshot.metadata.name, snapshot.metadata.description]).toEqual(told.slice(2));
    expect(Object.fromEntries(snapshot.txns)).toEqual({
      "app/é": 4,
      "app/0": 7,
      "app/1": 7,
      "app/2": 7,
      "app/3": 7,
      "app/4": 7,
    });
    expect([...snapshot.tombstones.values()]).toMatchObject([{
      bytes: expect.any(Number),
      deletedMs: expect.any(Number),
    }]);
    expect(snapshot.configuration).toEqual({ "delta.logRetentionDuration": "interval 0 days" });
    await Deno.remove(root, { recursive: true });
  },
  SETUP_MS,
);
