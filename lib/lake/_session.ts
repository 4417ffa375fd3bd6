import type { ArrowTable } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import { boundsReader } from "./_bounds.ts";
import { countSql } from "./_count.ts";
import { openEngine } from "./_engine.ts";
import type { Compacted, CompactOptions } from "./compact.ts";
import { compactTable } from "./_compact_table.ts";
import { type Exported, type ExportOptions, exportQuery } from "./_export.ts";
import { foreignTables } from "./_foreign.ts";
import type { DerivedPin, InputRead, Pin, RawPin, Recorder, Tail } from "./inputs.ts";
import { type Named, nameForPeople, pinnedTables } from "./_pinned.ts";
import { type LiveFile, readSnapshot, type Snapshot } from "./snapshot.ts";
import { listPins, type SavedPin, savePin, type SavePinOptions } from "./_pins.ts";
import { pruneFiles } from "./_prune.ts";
import { quoteName } from "./sql_type.ts";
import { nameAt } from "./table_at.ts";
import { recent } from "./_recent.ts";
import { readReferences, type References } from "./_statement.ts";
import { runQuery } from "./_run_query.ts";
import { checkTableName } from "./table_name.ts";
import type { TableScan } from "./table_scan.ts";
import { listTables } from "./tables.ts";
import { checkNotTopic } from "./topic_table.ts";
import { explainUnreadable, type TableFiles } from "./_unreadable.ts";
import { type Rows, type WriteOptions, writeTable } from "./_write_table.ts";

const RECENT_QUERIES = 256; // as many as dashboards ask again and again

/** All of a lake that needs DuckDB; it is loaded by the first call that does. */
export interface Session extends AsyncDisposable {
  query(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<ArrowTable>;
  scans(text: string, values: readonly unknown[]): Promise<TableScan[]>;
  export(text: string, values: readonly unknown[], file: string, options: ExportOptions): Promise<Exported>;
  write(table: string, rows: Rows, options: WriteOptions): Promise<Snapshot>;
  pin(table: string): Promise<RawPin | DerivedPin | null>;
  version(table: string): Promise<number>;
  input(table: string): Promise<InputRead>;
  foreignName(location: string): string;
  compact(table: string, options: CompactOptions): Promise<Compacted>;
  savePin(table: string, options: SavePinOptions): Promise<SavedPin>;
  pins(): Promise<SavedPin[]>;
}

export interface SessionOptions {
  store: Store;
  tail: Tail | undefined;
  recorder: Recorder | undefined;
  pin: Pin | undefined;
  asOfMs: number | undefined;
  foreign: boolean;
  memoryMb: number;
  threads: number;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { store, recorder } = options;
  const engine = await openEngine(store.localDir, options);
  const foreign = foreignTables(store, engine.dir, options.foreign);
  const tables = pinnedTables(engine, { ...options, foreign });
  const bounds = boundsReader();
  const used = new Map<string, Named>();
  const queries = recent<References>(RECENT_QUERIES);

  async function query(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<ArrowTable> {
    signal?.throwIfAborted();
    return await withViews(text, values, (query) => runQuery(engine, query, values, signal));
  }

  /** Does something with a query while its views are there, and records what it reads. */
  async function withViews<T>(
    text: string,
    values: readonly unknown[],
    work: (query: string) => Promise<T>,
  ): Promise<T> {
    await using prepared = await prepare(text, values);
    const result = await work(prepared.text).catch(async (error) => {
      throw await explainUnreadable(engine.connection, error, prepared.views) ?? error;
    });
    for (const { named } of prepared.scans) used.set(named.name, named);
    for (const { named } of recorder ? prepared.scans : []) recorder!.read(await tables.input(named));
    for (const kind of prepared.unproven) recorder?.unproven?.(kind);
    return result;
  }

  /** Makes views over the files that the query has to read, and keeps these until it is disposed of. */
  async function prepare(text: string, values: readonly unknown[]): Promise<Prepared> {
    await using stack = new AsyncDisposableStack();
    const chosen = await choose(text, values);
    const views: TableFiles[] = [];
    for (const { named, files } of chosen.scans) {
      const view = stack.use(await tables[chosen.isCounted ? "hold" : "open"](named, files));
      views.push({ table: nameForPeople(named), files: view.files });
    }
    const held = stack.move();
    return { ...chosen, views, [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async function choose(text: string, values: readonly unknown[]): Promise<Chosen> {
    const references = await queries.get(text, () => readReferences(engine.connection, text, foreign.nameOf));
    const named = new Map<string, Named>();
    for (const name of references.tables.keys()) named.set(name, await expectTable(name));
    const count = counted(references, [...named.values()]);
    if (count) return count;
    const scans: Scan[] = [];
    for (const [name, filters] of references.tables) {
      const one = named.get(name)!;
      scans.push({ named: one, files: await tables.choose(one, filters, { tables: named, values, bounds }) });
    }
    return { text: references.text, isCounted: false, scans, unproven: references.unproven };
  }

  /** A topic on the bus may have no table yet; a table that is there tells by itself whose it is. */
  async function writeForPeople(table: string, rows: Rows, writeOptions: WriteOptions): Promise<Snapshot> {
    checkTableName(table);
    const isNew = await readSnapshot(store, table) === null;
    checkNotTopic(table, isNew && (await options.tail?.ends(table) ?? null) !== null);
    return await write(table, rows, writeOptions);
  }

  async function write(table: string, rows: Rows, writeOptions: WriteOptions): Promise<Snapshot> {
    const inputs = writeOptions?.lineage === false ? [] : await Promise.all([...used.values()].map(tables.input));
    const snapshot = await writeTable(engine, store, table, rows, writeOptions, inputs);
    tables.moveTo(snapshot);
    return snapshot;
  }

  /** The files of a version that may hold rows of a condition. */
  async function filesWhere(snapshot: Snapshot, where: string | undefined): Promise<LiveFile[]> {
    if (where === undefined) return snapshot.files;
    const text = `SELECT 1 FROM ${quoteName(snapshot.table)} WHERE (${where}\n)`;
    const references = await readReferences(engine.connection, text, foreign.nameOf);
    const filters = references.tables.get(snapshot.table) ?? [null];
    const options = { connection: engine.connection, bounds, values: [], hasColumn: () => true };
    return await pruneFiles(snapshot, snapshot.files, filters, options);
  }

  async function expectTable(name: string): Promise<Named> {
    const found = await tables.find(name);
    if (found) return found;
    throw await unknownTable(store, name);
  }

  return {
    query: (text, values, signal) => engine.exclusive(() => query(text, values, signal)),
    export: (text, values, file, exportOptions) =>
      engine.exclusive(() =>
        withViews(text, values, (query) => exportQuery(engine, query, values, file, exportOptions))
      ),
    scans: (text, values) => engine.exclusive(async () => (await choose(text, values)).scans.map(scanOf)),
    write: (table, rows, writeOptions) => engine.exclusive(() => writeForPeople(table, rows, writeOptions)),
    compact: (table, compactOptions) =>
      engine.exclusive(() =>
        compactTable(engine, store, table, compactOptions, (snapshot) => filesWhere(snapshot, compactOptions.where))
      ),
    pins: () => engine.exclusive(() => listPins(engine, store)),
    savePin: (table, pinOptions) =>
      engine.exclusive(async () => {
        const { pinned } = await expectTable(nameAt(table, pinOptions.version === undefined ? {} : pinOptions));
        return await savePin(store, table, pinned.snapshot, pinOptions, write);
      }),
    pin: (table) => engine.exclusive(() => tables.pin(table)),
    version: (table) => engine.exclusive(async () => (await tables.snapshot(table))?.version ?? -1),
    input: (table) => engine.exclusive(async () => await tables.input(await expectTable(table))),
    foreignName: foreign.nameOf,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

interface Scan {
  named: Named;
  files: LiveFile[];
}

interface Chosen {
  /** What DuckDB runs. */
  text: string;
  /** Whether the log answers, so that it is enough that the files are there. */
  isCounted: boolean;
  scans: Scan[];
  unproven: ("clock" | "random")[];
}

function counted({ counts, unproven }: References, [named, ...others]: readonly Named[]): Chosen | null {
  const text = counts && named && others.length === 0 ? countSql(counts, named.source) : null;
  return text === null
    ? null
    : { text, isCounted: true, scans: [{ named: named!, files: [...named!.source.files] }], unproven };
}

type Prepared = Chosen & AsyncDisposable & { views: TableFiles[] };

function scanOf({ named, files: read }: Scan): TableScan {
  const { source } = named;
  const bytes = (files: readonly LiveFile[]) => files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    name: nameForPeople(named),
    version: source.snapshot?.version ?? null,
    files: source.files.length,
    filesRead: read.length,
    bytes: bytes(source.files),
    bytesRead: bytes(read),
  };
}

async function unknownTable(store: Store, name: string): Promise<RangeError> {
  const names = (await listTables(store)).map((one) => `"${one}"`);
  return new RangeError(
    `Cannot query table "${name}" as the lake has none of that name: it has ${names.join(", ") || "no tables"}`,
  );
}
