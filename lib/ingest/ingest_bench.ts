import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import process from "node:process";
import { pythonEnv } from "../../_tools/peers/python.ts";
import { type Bus, openBus } from "../bus/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./mod.ts";
import { flight, micros, schemas, TOPIC } from "./testdata/flights.ts";

// From the bus to committed Parquet: fit, statistics, Delta commit and fsync included. The peers get the same events as
// NDJSON: a bare copy by DuckDB, without any of that, and delta-rs fed by pyarrow's reader of JSON, which commits too but
// checks nothing. All take turns; the fastest round of each counts, as other work on the machine only ever slows them.

const RECORDS = 250_000;
const ROUNDS = 9;
const BARE = "DuckDB COPY (SELECT * FROM read_json(…)) TO parquet, zstd";
const DELTA_RS = "write_deltalake(pyarrow.json.read_json(…))";
const PACKAGES = ["deltalake==1.6.6", "pyarrow==22.0.0"];

// Reads a line per round: the table to write. Answers seconds, of the clock and of the processors, without its own start.
const PROGRAM = `
import os, sys, time
import pyarrow.json
from deltalake import write_deltalake
for table in sys.stdin:
    began, spent = time.perf_counter(), time.process_time()
    rows = pyarrow.json.read_json(sys.argv[1])
    write_deltalake(table.strip(), rows)
    print(time.perf_counter() - began, time.process_time() - spent, rows.num_rows, flush=True)
os._exit(0)
`;

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
  const deltaRs = await startDeltaRs(file);
  const ours: Rate[] = [], bares: Rate[] = [], writes: Rate[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await ingest(bus, join(dir, `lake${round}`)));
    bares.push(await copy(file, join(dir, "bare.parquet")));
    writes.push(await deltaRs.write(join(dir, `delta${round}`)));
  }
  await deltaRs.end();
  const value = fastest(ours), bare = fastest(bares), write = fastest(writes);
  const name = "bus to committed Parquet";
  compare(name, value, bare, BARE);
  compare(`${name}, beside delta-rs`, value, write, DELTA_RS);
  print({ name: "bare copy", value: bare.wall, unit: "records/s" });
  print({ name: "delta-rs", value: write.wall, unit: "records/s" });
  print({ name: "memory at the end", value: rssMiB(), unit: "MiB" });
}

/** Records by the second of the clock, and by that of the processors, which depends less on other work of the machine. */
interface Rate {
  wall: number;
  cpu: number;
}

function fastest(rates: readonly Rate[]): Rate {
  return { wall: Math.max(...rates.map(({ wall }) => wall)), cpu: Math.max(...rates.map(({ cpu }) => cpu)) };
}

function compare(name: string, ours: Rate, theirs: Rate, peer: string): void {
  const ratio = (of: keyof Rate) => Math.round(ours[of] / theirs[of] * 100) / 100;
  print({ name, value: ours.wall, unit: "records/s", ratio: ratio("wall"), peer });
  print({ name: `${name}, by CPU`, value: ours.cpu, unit: "records/CPU s", ratio: ratio("cpu"), peer });
}

function print(measure: Record<string, unknown>): void {
  console.log(JSON.stringify(measure));
}

/** Starts the peer once, so that its rounds are as warm as ours. */
async function startDeltaRs(file: string) {
  const python = await pythonEnv("deltalake", PACKAGES);
  const child = new Deno.Command(python, { args: ["-c", PROGRAM, file], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter(), reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async write(table: string): Promise<Rate> {
      await writer.write(new TextEncoder().encode(`${table}\n`));
      let line = "";
      while (!line.endsWith("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error("Cannot measure as the peer ended");
        line += value;
      }
      const [seconds, cpuSeconds, rows] = line.trim().split(" ").map(Number);
      if (rows !== RECORDS) throw new Error(`Cannot measure as the peer must write ${RECORDS} rows: got ${rows}`);
      return { wall: Math.round(RECORDS / seconds!), cpu: Math.round(RECORDS / cpuSeconds!) };
    },
    async end(): Promise<void> {
      await writer.close();
      await child.status;
    },
  };
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

async function ingest(bus: Bus, lake: string): Promise<Rate> {
  const store = await openStore({ kind: "directory", dir: lake });
  await using ingest = await openIngest({ bus, store, schemas: () => Promise.resolve(schemas), key: "bench" });
  const rateOf = start();
  await ingest.flush([TOPIC]);
  const rate = rateOf();
  const { lake: rows } = await ingest.completeness(TOPIC);
  if (rows !== RECORDS) throw new Error(`Cannot measure as ${RECORDS} rows must be in the lake: got ${rows}`);
  return rate;
}

async function copy(from: string, to: string): Promise<Rate> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const rateOf = start();
  await connection.run(`COPY (SELECT * FROM read_json('${from}')) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`);
  const rate = rateOf();
  instance.closeSync();
  return rate;
}

function start(): () => Rate {
  const began = performance.now(), spent = cpuMs();
  return () => ({
    wall: Math.round(RECORDS / (performance.now() - began) * 1000),
    cpu: Math.round(RECORDS / (cpuMs() - spent) * 1000),
  });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function rssMiB(): number {
  return Math.round(Deno.memoryUsage().rss / 1024 / 1024);
}
