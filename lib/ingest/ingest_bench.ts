import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { type Bus, type Json, openBus } from "../bus/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest, type TopicSchema } from "./mod.ts";

// From the bus to committed Parquet: fit, statistics, Delta commit and fsync included. The peer is a bare copy by DuckDB
// of the same events as NDJSON, without any of that. Both take turns; the fastest round of each counts, as other work on
// the machine only ever slows them.

const RECORDS = 500_000;
const ROUNDS = 5;
const TOPIC = "flights";
const TYPE = "flights.flight.v1";
const PEER = "DuckDB COPY (SELECT * FROM read_json(…)) TO parquet, zstd";

const code = { type: "string", pattern: "^[A-Z]{3}$" };
const properties = {
  date: { type: "string", format: "date-time" },
  delay: { type: "integer" },
  distance: { type: "integer", minimum: 1 },
  origin: code,
  destination: code,
  route: { type: "string", pattern: "^[A-Z]{3}-[A-Z]{3}$" },
};
const schema = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
const schemas = new Map<string, TopicSchema>([[TOPIC, { type: TYPE, schema }]]);

const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const file = join(dir, "flights.ndjson");
  await fill(bus, file);
  const values: number[] = [], peers: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    values.push(await ingest(bus, join(dir, `lake${round}`)));
    peers.push(await copy(file, join(dir, "bare.parquet")));
  }
  const value = Math.max(...values), peer = Math.max(...peers);
  const ratio = Math.round(value / peer * 100) / 100;
  console.log(JSON.stringify({ name: "bus to committed Parquet", value, unit: "records/s", ratio, peer: PEER }));
  console.log(JSON.stringify({ name: "bare copy", value: peer, unit: "records/s" }));
  console.log(JSON.stringify({ name: "memory at the end", value: rssMiB(), unit: "MiB" }));
}

/** Publishes the flights, and writes them as NDJSON for the peer. */
async function fill(bus: Bus, file: string): Promise<void> {
  await bus.createTopic(TOPIC, { partitions: 2 });
  using ndjson = await Deno.open(file, { write: true, create: true });
  for (let start = 0; start < RECORDS; start += 1000) {
    const events = Array.from({ length: 1000 }, (_, i) => flight(start + i));
    await bus.publish(
      TOPIC,
      events.map((value) => ({ key: value.subject, eventTimeMicros: micros(value.time), value })),
    );
    await ndjson.write(new TextEncoder().encode(events.map((value) => JSON.stringify(value) + "\n").join("")));
  }
}

async function ingest(bus: Bus, lake: string): Promise<number> {
  const store = await openStore({ kind: "directory", dir: lake });
  await using ingest = await openIngest({ bus, store, schemas: () => Promise.resolve(schemas), key: "bench" });
  const began = performance.now();
  await ingest.flush([TOPIC]);
  const rate = perSecond(began);
  const { lake: rows } = await ingest.completeness(TOPIC);
  if (rows !== RECORDS) throw new Error(`Cannot measure as ${RECORDS} rows must be in the lake: got ${rows}`);
  return rate;
}

async function copy(from: string, to: string): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const began = performance.now();
  await connection.run(`COPY (SELECT * FROM read_json('${from}')) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`);
  const rate = perSecond(began);
  instance.closeSync();
  return rate;
}

function flight(number: number): { subject: string; time: string } & Record<string, Json> {
  const airports = ["ORD", "LGA", "JFK", "SFO", "LAX", "DEN", "SEA", "BOS", "ATL", "MIA"];
  // A multiplicative hash (Knuth, TAOCP 6.4): scattered, and the same each time.
  const hash = Math.imul(number, 0x9e3779b1) >>> 0;
  const origin = airports[hash % 10]!, destination = airports[(hash >>> 8) % 10]!;
  const route = `${origin}-${destination}`;
  const date = new Date(Date.UTC(2001, 0, 1) + number * 26_000).toISOString();
  return {
    specversion: "1.0",
    id: `flights-3m/${number}`,
    source: "vega-datasets",
    type: TYPE,
    subject: route,
    time: date,
    datacontenttype: "application/json",
    data: { date, delay: (hash >>> 12) % 200 - 20, distance: (hash >>> 4) % 2500 + 1, origin, destination, route },
  };
}

function micros(time: string): number {
  return Date.parse(time) * 1000;
}

function perSecond(began: number): number {
  return Math.round(RECORDS / (performance.now() - began) * 1000);
}

function rssMiB(): number {
  return Math.round(Deno.memoryUsage().rss / 1024 / 1024);
}
