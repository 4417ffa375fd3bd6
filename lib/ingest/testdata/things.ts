// A bus and a lake in a temporary folder, and records of one shape.
import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { type Bus, type Message, openBus } from "../../bus/mod.ts";
import { createEvent, messageOf } from "../../events/mod.ts";
import { readSnapshot, scanSql } from "../../lake/mod.ts";
import { openStore, type Store } from "../../store/mod.ts";
import { type Ingest, type IngestOptions, openIngest, type TopicSchema } from "../mod.ts";

export const KEY = "secret";
export const TYPE = "test.thing.v1";
export const SCHEMA = {
  type: "object",
  required: ["delay", "name"],
  properties: {
    delay: { type: "integer" },
    name: { type: "string" },
    ratio: { type: "number" },
    at: { type: "string", format: "date-time" },
    day: { type: "string", format: "date" },
    tags: { type: "array", items: { type: "string" } },
    place: { type: "object", properties: { city: { type: "string" }, at: { type: "string", format: "date-time" } } },
    open: {},
  },
};

export interface Setup extends AsyncDisposable {
  dir: string;
  bus: Bus;
  store: Store;
  schemas: Map<string, TopicSchema>;
  ingest: Ingest;
  /** Opens another ingest on the same bus and lake. */
  open(options?: Partial<IngestOptions>): Promise<Ingest>;
}

export async function setup(): Promise<Setup> {
  const dir = await Deno.makeTempDir();
  const bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schemas = new Map([["things", { type: TYPE, schema: SCHEMA }]]);
  const open = (options: Partial<IngestOptions> = {}) =>
    openIngest({ bus, store, key: KEY, schemas: () => Promise.resolve(schemas), ...options });
  const ingest = await open();
  return {
    dir,
    bus,
    store,
    schemas,
    ingest,
    open,
    async [Symbol.asyncDispose]() {
      await ingest[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

export function thing(data: Record<string, unknown>, more: Record<string, unknown> = {}): Message {
  const event = createEvent({ type: TYPE, source: "/test", subject: "s", data });
  return messageOf({ ...event, ...more });
}

export function bytes(text: string): Message {
  return { key: null, eventTimeMicros: null, value: new TextEncoder().encode(text) };
}

/** Rows of a table, as JSON, by partition and offset. */
export async function rowsOf(store: Store, table: string, select = "*"): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone='UTC'");
    const snapshot = (await readSnapshot(store, table))!;
    const query = `SELECT ${select} FROM (${await scanSql(store, snapshot)}) ORDER BY _partition, _offset`;
    return (await connection.runAndReadAll(query)).getRowObjectsJson();
  } finally {
    instance.closeSync();
  }
}

/** The original bytes of each row, as base64; null where the columns say as much. */
export async function rawOf(store: Store, table: string): Promise<(string | null)[]> {
  return (await rowsOf(store, table, "_partition, _offset, to_base64(_raw) AS raw")).map(({ raw }) =>
    raw as string | null
  );
}
