import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Bus, type Message, openBus } from "./mod.ts";

// Durable publish and replay of flights as CloudEvents, against bare node:sqlite with a row per record, in one run.
// Both sides write JSON within the measured time, and take turns so that a busy machine slows both.

const ROUNDS = 3;
const PEER = "node:sqlite, a row per record, synchronous=FULL";

const flights = Array.from({ length: 100_000 }, (_, i) => flight(i));
const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  await using bus = await openBus({ kind: "sqlite", dir });
  using rows = openRows();
  for (
    const [size, total, inFlight] of [[1_000, 100_000, 1], [1_000, 100_000, 4], [100, 20_000, 1], [100, 20_000, 8]]
  ) {
    const messages = flights.slice(0, total);
    await compare(
      `publish, ${size} flights per call, ${inFlight} in flight`,
      () => publish(bus, messages, size!, inFlight!),
      () => insert(rows, messages, size!),
    );
  }
  await compare("replay as records, page by page", () => replay(bus, true), () => select(rows));
  const frames = Math.round(await replay(bus, false));
  console.log(JSON.stringify({ name: "replay as frames, not decoded", value: frames, unit: "records/s" }));
}

/** Prints the median of both, in records per second, and their ratio. */
async function compare(name: string, ours: () => Promise<number>, peers: () => number): Promise<void> {
  const values: number[] = [], peerValues: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    values.push(await ours());
    peerValues.push(peers());
  }
  const [value, peer] = [median(values), median(peerValues)];
  const ratio = Math.round(value / peer * 100) / 100;
  console.log(JSON.stringify({ name, value: Math.round(value), unit: "records/s", ratio, peer: PEER }));
}

async function publish(bus: Bus, messages: Message[], size: number, inFlight: number): Promise<number> {
  const topic = `flights-${crypto.randomUUID()}`;
  await bus.createTopic(topic, { partitions: 2 });
  const began = performance.now();
  let at = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (let start = at; start < messages.length; start = at) {
      at += size;
      await bus.publish(topic, messages.slice(start, start + size));
    }
  }));
  return messages.length / (performance.now() - began) * 1000;
}

async function replay(bus: Bus, asRecords: boolean): Promise<number> {
  const began = performance.now();
  let count = 0;
  for (const { topic } of await bus.topics()) {
    for (const { partition } of await bus.positions(topic)) {
      for await (const batch of bus.read(topic, partition, 0)) {
        count += asRecords ? batch.records().length : batch.count;
      }
    }
  }
  return count / (performance.now() - began) * 1000;
}

function openRows(): DatabaseSync {
  const database = new DatabaseSync(join(dir, "rows.db"));
  database.exec(
    `pragma journal_mode = wal; pragma synchronous = full;
     create table record (offset integer primary key, key text, time integer, value text) strict`,
  );
  return database;
}

function insert(database: DatabaseSync, messages: Message[], size: number): number {
  const row = database.prepare("insert into record (key, time, value) values (?, ?, ?)");
  const began = performance.now();
  for (let start = 0; start < messages.length; start += size) {
    database.exec("begin immediate");
    for (const { key, eventTimeMicros, value } of messages.slice(start, start + size)) {
      row.run(key, eventTimeMicros, JSON.stringify(value));
    }
    database.exec("commit");
  }
  return messages.length / (performance.now() - began) * 1000;
}

function select(database: DatabaseSync): number {
  const began = performance.now();
  let count = 0;
  for (const row of database.prepare("select * from record order by offset").iterate()) {
    JSON.parse(row.value as string);
    count++;
  }
  return count / (performance.now() - began) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function flight(i: number): Message {
  const airports = ["ORD", "LGA", "LAX", "SFO", "ATL", "DFW", "PHX", "SEA", "BOS", "DEN"];
  const origin = airports[i % 10]!, destination = airports[(i * 7 + 3) % 10]!, subject = `${origin}-${destination}`;
  const eventTimeMicros = 978_307_200_000_000 + i * 31_000_000;
  const time = new Date(eventTimeMicros / 1000).toISOString();
  const id = `019a0000-0000-7000-8000-${String(i).padStart(12, "0")}`;
  const data = { date: time, delay: i * 37 % 180 - 20, distance: i * 131 % 2_500 + 100, origin, destination };
  const event = { specversion: "1.0", id, source: "/demo", type: "flights.flight.v1", subject, time, data };
  return { key: subject, eventTimeMicros, value: { ...event, datacontenttype: "application/json" } };
}
