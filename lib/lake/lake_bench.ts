import { DuckDBInstance } from "@duckdb/node-api";
import { openStore } from "../store/mod.ts";
import { commit } from "./commit.ts";
import type { Field } from "./field.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { writeParquet } from "./write_parquet.ts";

// The lake against DuckDB over one hand-made Parquet file, and its results against row objects, in one run; both sides take
// turns, so that a busy machine slows both.

const ROUNDS = 5;
const FILES = 24;
const ROWS_A_FILE = 125_000;
const SCHEMA: Field[] = [
  ["date", "timestamp"],
  ["delay", "long"],
  ["distance", "long"],
  ["origin", "string"],
  ["destination", "string"],
].map(([name, type]) => ({ name: name!, type: type!, nullable: true }));
const FLIGHTS =
  `SELECT TIMESTAMPTZ '2001-01-01' + INTERVAL (i * 5) SECOND AS date, (hash(i) % 200)::BIGINT - 30 AS delay,
  (hash(i * 7) % 2500)::BIGINT AS distance, chr(65 + (hash(i) % 20)::INT) || 'AX' AS origin,
  chr(65 + (hash(i * 3) % 20)::INT) || 'BX' AS destination FROM range($1::BIGINT, $2::BIGINT) r(i)`;
const GROUPED =
  "SELECT hour(date) AS hour, avg(delay) AS delay, count(*) AS n FROM flights WHERE distance > 500 GROUP BY hour ORDER BY hour";
const NUMBERS =
  "SELECT i::INT AS a, i * 1.5::DOUBLE AS b, hash(i)::DOUBLE AS c, (i % 1000)::INT AS d, i::DOUBLE AS e FROM range(1000000) r(i)";

const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  const store = await openStore({ kind: "directory", dir });
  const bare = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  await bare.run("SET TimeZone='UTC'");
  for (let i = 0; i < FILES; i++) {
    const params = [BigInt(i * ROWS_A_FILE), BigInt((i + 1) * ROWS_A_FILE)];
    const file = await writeParquet(bare, store, { table: "flights", select: FLIGHTS, params, schema: SCHEMA, dir });
    await commit(store, "flights", {
      read: await readSnapshot(store, "flights"),
      operation: "WRITE",
      schema: SCHEMA,
      add: [file!],
    });
  }
  const whole = `${dir}/whole.parquet`;
  await bare.run(`COPY (${FLIGHTS}) TO '${whole}' (FORMAT parquet, COMPRESSION zstd)`, [
    0n,
    BigInt(FILES * ROWS_A_FILE),
  ]);
  await bare.run(`CREATE VIEW flights AS SELECT * FROM read_parquet('${whole}')`);

  await using lake = await openLake({ store });
  const rows = `${(FILES * ROWS_A_FILE).toLocaleString("en-US")} rows in ${FILES} files`;
  await compare(`group by over ${rows}`, "the same query, one Parquet file", () => lake.query(GROUPED), async () => {
    await bare.runAndReadAll(GROUPED);
  });
  await compare(`open and count ${rows}`, "a new DuckDB, one Parquet file", async () => {
    await using fresh = await openLake({ store });
    await fresh.query("SELECT count(*) AS n FROM flights");
  }, async () => {
    const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
    await connection.runAndReadAll(`SELECT count(*) FROM read_parquet('${whole}')`);
    connection.closeSync();
  });
  await compare(
    "1,000,000 x 5 numbers to rows",
    "node-api's row objects",
    async () => (await lake.query(NUMBERS)).rows().length,
    async () => (await (await bare.runAndReadAll(NUMBERS)).getRowObjectsJS()).length,
  );
}

/** Prints the median time of ours in ms, and how many times faster it is than the peer. */
async function compare(
  name: string,
  peer: string,
  ours: () => Promise<unknown>,
  peers: () => Promise<unknown>,
): Promise<void> {
  const times: number[] = [], peerTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(await timed(ours));
    peerTimes.push(await timed(peers));
  }
  const value = Math.round(median(times) * 10) / 10;
  const ratio = Math.round(median(peerTimes) / median(times) * 100) / 100;
  console.log(JSON.stringify({ name, value, unit: "ms", ratio, peer }));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
