import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { Buffer } from "node:buffer";
import polars from "nodejs-polars";
import { type ArrowTable, toPolars } from "../columns/mod.ts";
import { fetchArrow } from "./_fetch_arrow.ts";
import { loadArrow } from "./_load_arrow.ts";

// 1,000,000 rows x 5 columns from DuckDB to polars and back, against row objects and against the barest way that there is:
// the vectors' typed arrays, encoded as Arrow IPC. The two sides take turns; the best round of each counts.

const ROWS = 1_000_000, ROUNDS = 5;
const NUMBERS = `SELECT i::INT AS a, i * 1.5::DOUBLE AS b, hash(i)::DOUBLE AS c, (i % 1000)::INT AS d, i::DOUBLE AS e
  FROM range(${ROWS}) r(i)`;
const TABLES = {
  "numbers": `FROM (${NUMBERS})`,
  "with a short text": `SELECT a, b, c, d, 'K' || (a % 300) AS e FROM (${NUMBERS})`,
  "with a long text": `SELECT a, b, c, d, 'a text of a flight, number ' || a AS e FROM (${NUMBERS})`,
};

const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
for (const [what, sql] of Object.entries(TABLES)) {
  await connection.run(`CREATE OR REPLACE TABLE t AS ${sql}`);
  await compare(`DuckDB to polars, 1,000,000 x 5 ${what}`, "row objects", toFrame, () => rowsToFrame(connection), 2);
  if (what === "numbers") {
    await compare(
      `DuckDB to polars, 1,000,000 x 5 ${what}`,
      "typed arrays and Arrow IPC",
      toFrame,
      () => bare(connection),
    );
  }
  const table = await fetchArrow(await connection.stream("FROM t"));
  await compare(`Arrow into DuckDB, 1,000,000 x 5 ${what}`, "row objects", () => load(table), () => loadRows(table), 2);
}

async function toFrame(): Promise<number> {
  return (await toPolars(await fetchArrow(await connection.stream("FROM t")))).height;
}

async function rowsToFrame(from: DuckDBConnection): Promise<number> {
  return polars.DataFrame(await (await from.runAndReadAll("FROM t")).getRowObjectsJS()).height;
}

/** Knows the number of rows and the types beforehand, and that nothing is NULL. */
async function bare(from: DuckDBConnection): Promise<number> {
  const stream = await from.stream("FROM t");
  const columns: Float64Array[] = [];
  let at = 0;
  for (let chunk; (chunk = await stream.fetchChunk()) && chunk.rowCount > 0; at += chunk.rowCount) {
    for (let i = 0; i < chunk.columnCount; i++) {
      const { items } = chunk.getColumnVector(i) as unknown as { items: Float64Array };
      columns[i] ??= new (items.constructor as Float64ArrayConstructor)(ROWS);
      columns[i]!.set(items, at);
    }
  }
  const [a, b, c, d, e] = columns as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const bytes = tableToIPC(tableFromArrays({ a, b, c, d, e }), { format: "stream" })!;
  return polars.readIPCStream(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).height;
}

async function load(table: ArrowTable): Promise<void> {
  await loadArrow(connection, table, "loaded");
  await connection.run("DROP TABLE temp.loaded");
}

/** node-api's appender, row by row. */
async function loadRows(table: ArrowTable): Promise<void> {
  await connection.run("CREATE TEMP TABLE loaded AS FROM t LIMIT 0");
  const appender = await connection.createAppender("loaded", "main", "temp");
  const isText = table.children[4]!.nullCount === 0 && typeof table.children[4]!.at(0) === "string";
  for (const { a, b, c, d, e } of table.toArray()) {
    appender.appendInteger(a as number);
    appender.appendDouble(b as number);
    appender.appendDouble(c as number);
    appender.appendInteger(d as number);
    if (isText) appender.appendVarchar(e as string);
    else appender.appendDouble(e as number);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run("DROP TABLE temp.loaded");
}

/** Prints the best time of ours in ms, and how many times faster it is than the peer's best. */
async function compare(
  name: string,
  peer: string,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
  rounds = ROUNDS,
): Promise<void> {
  let best = Infinity, peerBest = Infinity;
  for (let round = 0; round < rounds; round++) {
    best = Math.min(best, await timed(ours));
    peerBest = Math.min(peerBest, await timed(theirs));
  }
  const ratio = Math.round(peerBest / best * 100) / 100;
  console.log(
    JSON.stringify({ name, value: Math.round(best), unit: "ms", ratio, peer, peerValue: Math.round(peerBest) }),
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
