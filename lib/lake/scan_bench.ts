import process from "node:process";
import { DuckDBInstance } from "@duckdb/node-api";
import { openStore, type Store } from "../store/mod.ts";
import { commit } from "./commit.ts";
import type { Field } from "./field.ts";
import { type Lake, openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { type SqlConnection, writeParquet } from "./write_parquet.ts";

// A topic's table of 2,000,000 rows after compaction, against one Parquet file of the same rows made by hand, read by DuckDB
// with the same settings; both take turns. A lake plans a text that is asked again once, so that the first time costs
// more. And what many small files cost before it. `cpuRatio` compares processor time, which other load bends less.

const ROUNDS = 15;
const ROWS = 2_000_000;
const FILES = 200;
const DAYS = 4;
const STORED: Field[] = [
  ["_partition", "integer"],
  ["_offset", "long"],
  ["_key", "string"],
  ["_bus_time", "timestamp"],
  ["_event_time", "timestamp"],
  ["delay", "long"],
  ["distance", "long"],
  ["origin", "string"],
  ["destination", "string"],
].map(([name, type]) => ({ name: name!, type: type!, nullable: true }));
const PARTITIONS: Field[] = [["day", "date"], ["fit", "boolean"]]
  .map(([name, type]) => ({ name: name!, type: type!, nullable: true }));
const COLUMNS = `0 AS _partition, i AS _offset, 'k' || (i % 5000) AS _key,
  TIMESTAMPTZ '2001-05-01' + INTERVAL (i // 100) SECOND AS _bus_time,
  TIMESTAMPTZ '2001-05-01' + INTERVAL (i // 100) SECOND AS _event_time, (hash(i) % 200)::BIGINT - 30 AS delay,
  (hash(i * 7) % 2500)::BIGINT AS distance, chr(65 + (hash(i) % 20)::INT) || 'AX' AS origin,
  chr(65 + (hash(i * 3) % 20)::INT) || 'BX' AS destination`;
const SHAPES: Record<string, string> = {
  "count": "SELECT count(*) AS n FROM flights",
  "sum of one column": "SELECT sum(delay) AS s FROM flights",
  "group by text": "SELECT origin, avg(delay) AS d, count(*) AS n FROM flights GROUP BY origin",
  "group by hour": "SELECT hour(_event_time) AS h, avg(delay) AS d FROM flights WHERE distance > 500 GROUP BY h",
  "range of offsets": "SELECT avg(delay) AS d FROM flights WHERE _offset BETWEEN 700000 AND 710000",
  "top ten": "SELECT * FROM flights ORDER BY delay DESC, _offset LIMIT 10",
  "one row": "SELECT * FROM flights WHERE _offset = 1234567",
};

const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  const store = await openStore({ kind: "directory", dir });
  const settings = { threads: "2", memory_limit: "384MB" };
  const bare = await (await DuckDBInstance.create(":memory:", settings)).connect();
  await bare.run("SET TimeZone='UTC'");
  await bare.run("SET GLOBAL parquet_metadata_cache=true"); // as the lake does
  await ingest(bare, store);
  const whole = `${dir}/whole.parquet`;
  const days = `DATE '2001-05-01' + (i * ${DAYS} // ${ROWS})::INT AS day`;
  await bare.run(
    `COPY (SELECT ${COLUMNS}, ${days} FROM range(${ROWS}) r(i)) TO '${whole}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  await bare.run(`CREATE VIEW flights AS SELECT * FROM read_parquet('${whole}')`);
  await compareAll(store, bare, `${FILES} files`);
  const began = performance.now();
  await using lake = await openLake({ store });
  const { filesAfter } = await lake.compact("flights");
  print(`compact ${FILES} files of ${ROWS.toLocaleString("en-US")} rows`, performance.now() - began);
  await compareAll(store, bare, `compacted, ${filesAfter} files`);
}

async function ingest(connection: SqlConnection, store: Store): Promise<void> {
  const each = ROWS / FILES;
  const add = [];
  for (let file = 0; file < FILES; file++) {
    const select = `SELECT ${COLUMNS} FROM range(${file * each}, ${(file + 1) * each}) r(i)`;
    const day = `2001-05-0${1 + Math.floor(file * DAYS / FILES)}`;
    const partition = { day, fit: "true" };
    add.push((await writeParquet(connection, store, { table: "flights", select, schema: STORED, partition, dir }))!);
  }
  const read = await readSnapshot(store, "flights");
  await commit(store, "flights", {
    read,
    operation: "INGEST",
    schema: [...STORED, ...PARTITIONS],
    partitionColumns: ["day", "fit"],
    add,
    txns: { "flights/i/0": ROWS },
  });
}

async function compareAll(store: Store, bare: SqlConnection, what: string): Promise<void> {
  await using lake: Lake = await openLake({ store });
  for (const [name, text] of Object.entries(SHAPES)) {
    const ours: Cost[] = [], first: Cost[] = [], peers: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await timed(() => lake.query(text)));
      first.push(await timed(() => lake.query(`${text} -- ${round}`)));
      peers.push(await timed(() => bare.runAndReadAll(text)));
    }
    printBest(`${name}, ${what}`, ours, peers);
    printBest(`${name}, ${what}, as a text of its own each time`, first, peers);
  }
}

function printBest(name: string, ours: readonly Cost[], peers: readonly Cost[]): void {
  const least = (costs: readonly Cost[], key: keyof Cost) => Math.min(...costs.map((cost) => cost[key]));
  const ratio = (key: keyof Cost) => Math.round(least(ours, key) / least(peers, key) * 100) / 100;
  const peer = "DuckDB on one hand-made Parquet file";
  print(name, least(ours, "ms"), { ratio: ratio("ms"), cpuRatio: ratio("cpuMs"), peer });
}

function print(name: string, ms: number, more: { ratio?: number; cpuRatio?: number; peer?: string } = {}): void {
  console.log(JSON.stringify({ name, value: Math.round(ms * 10) / 10, unit: "ms", ...more }));
}

/** Milliseconds that pass, and those of the processors. */
interface Cost {
  ms: number;
  cpuMs: number;
}

async function timed(work: () => Promise<unknown>): Promise<Cost> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - began, cpuMs: (user + system) / 1000 };
}
