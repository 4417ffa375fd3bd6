import { DatabaseSync } from "node:sqlite";
import { JsonText, type Message } from "../mod.ts";

/** Two ways to do the same, each in records per second or another rate. */
export interface Contest {
  /** What is done. */
  name: string;
  /** Unit of both. */
  unit: string;
  /** What it is compared with. */
  peer: string;
  /** Runs ours once; its rate. */
  ours(): number | Promise<number>;
  /** Runs the peer once; its rate. */
  theirs(): number | Promise<number>;
}

/** Prints the best round of each side and their ratio; they take turns, so that a busy machine slows both. */
export async function compare({ name, unit, peer, ours, theirs }: Contest, rounds = 7): Promise<void> {
  let best = 0, peerBest = 0;
  for (let round = 0; round < rounds; round++) {
    best = Math.max(best, await ours());
    peerBest = Math.max(peerBest, await theirs());
  }
  const ratio = Math.round(best / peerBest * 100) / 100;
  console.log(JSON.stringify({ name, value: Math.round(best), unit, ratio, peer, peerValue: Math.round(peerBest) }));
}

/** Runs work and tells how much of it was done in a second. */
export async function rate(count: number, work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return count / (performance.now() - began) * 1000;
}

/** A table of rows in a database of its own, as a publisher without a bus would keep them. */
export function openRows(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(
    `pragma journal_mode = wal; pragma synchronous = full;
     create table record (topic int, offset integer, key text, time integer, value text, primary key (topic, offset))
     without rowid`,
  );
  return database;
}

/** Inserts messages, a row each and a commit for `size` of them; JSON is written within, as the bus does. */
export function insertRows(database: DatabaseSync, topic: number, messages: readonly Message[], size: number): void {
  const row = database.prepare("insert into record values (?, ?, ?, ?, ?)");
  for (let start = 0; start < messages.length; start += size) {
    database.exec("begin immediate");
    for (const [index, { key, eventTimeMicros, value }] of messages.slice(start, start + size).entries()) {
      row.run(topic, start + index, key, eventTimeMicros, value instanceof JsonText ? value.text : JSON.stringify(value));
    }
    database.exec("commit");
  }
}

/** Flights as CloudEvents, about 350 bytes each. */
export function flights(count: number): Message[] {
  return Array.from({ length: count }, (_, i) => flight(i));
}

/** Records of 200 bytes whose JSON is written already. */
export function padded(count: number): Message[] {
  const value = new JsonText(JSON.stringify({ pad: "x".repeat(190) }));
  return Array.from({ length: count }, (_, i) => ({ key: `k${i}`, eventTimeMicros: i, value }));
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
