import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { openBus } from "../../bus/mod.ts";
import { createEvent, messageOf } from "../../events/mod.ts";
import { openIngest } from "../../ingest/mod.ts";
import { commit, type CommitPlan } from "../commit.ts";
import type { Field } from "../field.ts";
import { maintainLog } from "../maintain_log.ts";
import { openLake } from "../open_lake.ts";
import { readSnapshot, type Snapshot } from "../snapshot.ts";
import { sqlType } from "../sql_type.ts";
import type { Store } from "../../store/mod.ts";
import { writeParquet } from "../write_parquet.ts";
import { commitOrFail } from "./delta.ts";

/** A table that the corpus holds, and what its readers must agree on. */
export interface CorpusTable {
  /** Its name. */
  name: string;
  /** Versions that are read; undefined is the newest. */
  versions: (number | undefined)[];
  /** Operations of its history, oldest first; what the log no longer tells is left out. */
  history: string[];
}

/** Writes tables of every shape that Boathouse writes. */
export async function writeCorpus(store: Store, dir: string): Promise<CorpusTable[]> {
  return [
    await everyType(store),
    await manyCommits(store, dir),
    await empty(store),
    await partitioned(store, dir),
    await written(store),
    await compacted(store),
    await topic(store, dir),
  ];
}

const EVERY_TYPE = `SELECT * FROM (VALUES
  (1::BIGINT, 9007199254740993::BIGINT, 1::TINYINT, 2::SMALLINT, 'é"😀\\ %41 \n', true, 1.1::FLOAT, 'NaN'::DOUBLE,
   12.34::DECIMAL(18,2), '-99999999999999999999999999999999999.999'::DECIMAL(38,3), DATE '1969-12-31', TIMESTAMPTZ '2001-05-31 23:59:59.999999+00',
   '\\x00\\xFF'::BLOB, [1, NULL, 3], {'a': 'x', 'b': {'c': [{'d': NULL::INTEGER}, {'d': 7}]}}, MAP {'k"': [1.5, 'inf'::DOUBLE], 'e': NULL},
   MAP {DATE '2001-05-31': {'v': 0.10::DECIMAL(9,2)}}),
  (2, (-9223372036854775808)::BIGINT, (-128)::TINYINT, (-32768)::SMALLINT, '', false, '-inf'::FLOAT, '-0'::DOUBLE,
   0.00::DECIMAL(18,2), 0::DECIMAL(38,3), DATE '9999-12-31', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00',
   ''::BLOB, [], {'a': NULL, 'b': NULL}, MAP {}, NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, 5e-324, NULL, NULL, DATE '1900-01-01', TIMESTAMPTZ '1900-01-01 00:00:00+00', NULL, NULL, NULL, NULL, NULL)
) t(id, long, byte, short, text, flag, single, double, price, large, day, "at", bytes, list, pair, dict, days)`;

async function everyType(store: Store): Promise<CorpusTable> {
  await using lake = await openLake({ store });
  await lake.write("every_type", await lake.query(EVERY_TYPE), { mode: "append" });
  await lake.write("every_type", [{ id: 4, extra: "new", more: [{ z: 1.5 }] }], { mode: "append" });
  await lake.write("every_type", [{ id: 5, other: true }], { mode: "overwrite" });
  await lake.write("every_type", await lake.query(EVERY_TYPE), { mode: "overwrite" });
  return { name: "every_type", versions: [0, 1, 2, undefined], history: Array(4).fill("WRITE") };
}

/** More than 100 commits, a checkpoint in between, and the log cleaned behind it. */
async function manyCommits(store: Store, dir: string): Promise<CorpusTable> {
  const name = "many_commits", fields = [plain("n", "long")];
  let read: Snapshot | null = null;
  for (let n = 0; n < 120; n++) {
    const add = [await fileOf(store, dir, name, `SELECT ${n} AS n`, fields)];
    read = await commitOrFail(store, name, { read, operation: "WRITE", add, ...(read ? {} : { schema: fields }) });
    if (n === 105) await cleanNow(store, read);
  }
  return { name, versions: [105, 110, undefined], history: Array(15).fill("WRITE") };
}

/** Looks after the log as a month later, when all of it has expired. */
async function cleanNow(store: Store, read: Snapshot): Promise<void> {
  const configuration = { "delta.checkpointInterval": "1" };
  const { deleted } = await maintainLog(store, { ...read, configuration }, { now: Date.now() + 31 * 86_400_000 });
  if (deleted === 0) throw new Error("Cannot write the corpus as its log must be cleaned: nothing was deleted");
}

async function empty(store: Store): Promise<CorpusTable> {
  const schema = [plain("n", "long"), plain("s", { type: "struct", fields: [plain("x", "string")] })];
  await commitOrFail(store, "empty", { read: null, operation: "CREATE TABLE", schema });
  return { name: "empty", versions: [0, undefined], history: ["CREATE TABLE"] };
}

const ODD_VALUES = ["a b", "é/ü?#", "x=y", "%41", "a:b+c", "😀", null];

async function partitioned(store: Store, dir: string): Promise<CorpusTable> {
  const name = "partitioned", stored = [plain("n", "long")];
  const schema = [...stored, plain("p", "string"), plain("day", "date"), plain("flag", "boolean"), plain("at", "timestamp")];
  let n = 0;
  const add = await Promise.all(ODD_VALUES.map((p) => {
    const partition = { p, day: p && "2001-05-31", flag: p && "true", at: p && "2001-05-31 12:00:00.123456" };
    return fileOf(store, dir, name, `SELECT ${n++} AS n`, stored, partition);
  }));
  const partitionColumns = ["p", "day", "flag", "at"];
  await commitOrFail(store, name, { read: null, operation: "WRITE", schema, partitionColumns, add });
  return { name, versions: [undefined], history: ["WRITE"] };
}

/** By `lake.write`: partitioned, then merged by key. */
async function written(store: Store): Promise<CorpusTable> {
  await using lake = await openLake({ store });
  const rows = ODD_VALUES.map((p, id) => ({ id, p, x: id + 0.125 }));
  await lake.write("written", rows, { mode: "append", partitionBy: "p" });
  await lake.write("written", [{ id: 1, p: "moved", x: 0.5 }, { id: 99, p: "a b", x: -0.5 }], { mode: "merge", key: "id" });
  await lake.write("written", [{ id: 5, p: "x=y", extra: true }], { mode: "append" });
  return { name: "written", versions: [0, 1, undefined], history: ["WRITE", "MERGE", "WRITE"] };
}

/** Small files of two schemas, compacted. */
async function compacted(store: Store): Promise<CorpusTable> {
  await using lake = await openLake({ store });
  const rows = (from: number) => Array.from({ length: 10 }, (_, i) => ({ n: from + i, even: i % 2 === 0 }));
  await lake.write("compacted", rows(0), { mode: "append" });
  await lake.write("compacted", rows(10).map((row) => ({ ...row, t: `t${row.n}` })), { mode: "append" });
  await lake.compact("compacted");
  return { name: "compacted", versions: [0, 1, undefined], history: ["WRITE", "WRITE", "OPTIMIZE"] };
}

/** A topic by ingest: records that fit and that do not, in two partitions, then with another column. */
async function topic(store: Store, dir: string): Promise<CorpusTable> {
  const name = "things", type = "t";
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  await bus.createTopic(name, { partitions: 2 });
  const integers = (...names: string[]) => Object.fromEntries(names.map((one) => [one, { type: "integer" }]));
  const flush = async (properties: Record<string, unknown>, rows: Record<string, unknown>[]) => {
    const schemas = new Map([[name, { type, schema: { type: "object", properties } }]]);
    await using ingest = await openIngest({ bus, store, key: "k", schemas: () => Promise.resolve(schemas) });
    const messages = rows.map((data, i) => messageOf(createEvent({ type, source: "/s", subject: `k${i}`, data: data as never })));
    await bus.publish(name, messages);
    await bus.append(name, 1, [{ key: null, eventTimeMicros: 1, headers: [["h", new Uint8Array([0, 255])]], value: new Uint8Array([255, 0]) }]);
    await ingest.flush();
  };
  await flush(integers("n"), Array.from({ length: 40 }, (_, n) => ({ n: n % 5 === 3 ? "late" : n })));
  await flush(integers("n", "m"), Array.from({ length: 40 }, (_, n) => ({ n, m: 2 ** 40 + n, other: { x: "😀" } })));
  const { version } = (await readSnapshot(store, name))!;
  await using lake = await openLake({ store });
  await lake.compact(name);
  return { name, versions: [0, version, undefined], history: [...Array(version + 1).fill("INGEST"), "OPTIMIZE"] };
}

function plain(name: string, type: Field["type"]): Field {
  return { name, type, nullable: true };
}

async function fileOf(
  store: Store,
  dir: string,
  table: string,
  select: string,
  schema: readonly Field[],
  partition: Record<string, string | null> = {},
) {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone='UTC'");
    const cast = schema.map(({ name, type }) => `${name}::${sqlType(type)} AS ${name}`).join(", ");
    return (await writeParquet(connection, store, { table, select: `SELECT ${cast} FROM (${select})`, schema, partition, dir }))!;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
