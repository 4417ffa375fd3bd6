import type { DuckDBPreparedStatement } from "@duckdb/node-api";
import type { ArrowTable } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import { bindValues } from "./_bind.ts";
import { type Engine, openEngine } from "./_engine.ts";
import { fetchArrow } from "./_fetch_arrow.ts";
import type { DerivedPin, Pin, RawPin, Recorder, Tail } from "./inputs.ts";
import { pinnedTables } from "./_pinned.ts";
import type { Snapshot } from "./snapshot.ts";
import { checkSelect, readReferences } from "./_statement.ts";
import { listTables } from "./tables.ts";
import { type Rows, type WriteOptions, writeTable } from "./_write_table.ts";

/** All of a lake that needs DuckDB; it is loaded by the first call that does. */
export interface Session extends AsyncDisposable {
  query(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<ArrowTable>;
  write(table: string, rows: Rows, options: WriteOptions): Promise<Snapshot>;
  pin(table: string): Promise<RawPin | DerivedPin | null>;
  version(table: string): Promise<number>;
}

export interface SessionOptions {
  store: Store;
  tail: Tail | undefined;
  recorder: Recorder | undefined;
  pin: Pin | undefined;
  memoryMb: number;
  threads: number;
}

export async function openSession(root: string, options: SessionOptions): Promise<Session> {
  const { store, recorder } = options;
  const engine = await openEngine(root, options);
  const tables = pinnedTables(engine, options);

  async function query(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<ArrowTable> {
    signal?.throwIfAborted();
    const references = await readReferences(engine.connection, text);
    const names = [...new Set(references.tables.map((name) => name.toLowerCase()))];
    for (const name of names) if (!await tables.ensureView(name)) throw await unknownTable(store, name);
    const table = await run(engine, text, values, signal);
    for (const name of recorder ? names : []) recorder!.read(await tables.input(name));
    for (const kind of references.unproven) recorder?.unproven?.(kind);
    return table;
  }

  return {
    query: (text, values, signal) => engine.exclusive(() => query(text, values, signal)),
    write: (table, rows, writeOptions) =>
      engine.exclusive(async () => {
        const snapshot = await writeTable(engine, store, table, rows, writeOptions);
        tables.moveTo(snapshot);
        return snapshot;
      }),
    pin: (table) => engine.exclusive(() => tables.pin(table)),
    version: (table) => engine.exclusive(async () => (await tables.snapshot(table))?.version ?? -1),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

async function run(
  { connection }: Engine,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<ArrowTable> {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  let prepared: DuckDBPreparedStatement | undefined;
  try {
    prepared = await connection.prepare(text);
    checkSelect(prepared);
    bindValues(prepared, values);
    return await fetchArrow(await prepared.stream());
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof Error) || cause.constructor !== Error) throw cause;
    throw new Error(`Cannot run query as DuckDB refuses it: ${cause.message.trimEnd()}`, { cause });
  } finally {
    signal?.removeEventListener("abort", interrupt);
    prepared?.destroySync();
  }
}

async function unknownTable(store: Store, name: string): Promise<RangeError> {
  const names = (await listTables(store)).map((one) => `"${one}"`);
  return new RangeError(
    `Cannot query table "${name}" as the lake has none of that name: it has ${names.join(", ") || "no tables"}`,
  );
}
