import type { Row } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Exported, ExportOptions } from "./_export.ts";
import { readHistory, type TableCommit } from "./history.ts";
import type { Compacted, CompactOptions } from "./compact.ts";
import { removePin, type SavedPin, type SavePinOptions } from "./_pins.ts";
import { vacuum, type Vacuumed, type VacuumOptions } from "./vacuum.ts";
import type { DerivedPin, Pin, RawPin, Recorder, Tail } from "./inputs.ts";
import { type Result, resultOf } from "./result.ts";
import type { Session, SessionOptions } from "./_session.ts";
import { tableAt } from "./_log_files.ts";
import { readLiveSnapshot } from "./snapshot.ts";
import { nameAt, type TableVersion, timeMs } from "./table_at.ts";
import { checkTableName } from "./table_name.ts";
import { type TableInfo, tableInfo } from "./table_info.ts";
import type { TableScan } from "./table_scan.ts";
import { type LakeTables, type TableRef, tableRef } from "./table_ref.ts";
import { listTables } from "./tables.ts";
import { queryOf } from "./_template.ts";
import type { Rows, WriteOptions } from "./_write_table.ts";

/** What a lake is opened with. */
export interface LakeOptions {
  /** Store that holds the lake. */
  store: Store;
  /** Records of the bus that are not in the lake yet; without it a topic's table ends where ingest came to. */
  tail?: Tail | undefined;
  /** Told what each query reads. */
  recorder?: Recorder | undefined;
  /** Where tables stand still; a table that it does not name is pinned by its first use. */
  pin?: Pin | undefined;
  /**
   * Reads every table at the newest version that was committed until then (text such as `2001-05-31`, UTC); tables that
   * `pin` names stand as it says.
   */
  asOf?: Date | string | undefined;
  /**
   * Whether `open` and `delta('path')` read Delta tables of other folders; false where people's SQL comes from elsewhere.
   * @default true
   */
  foreign?: boolean;
  /**
   * Memory of DuckDB, MB; past it, it works in files.
   * @default 384
   */
  memoryMb?: number;
  /**
   * Threads of DuckDB.
   * @default 2
   */
  threads?: number;
}

/** How a query runs. */
export interface QueryOptions {
  /** Stops the query; it then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/**
 * The tables of a workbench, each standing still from its first use on (or where a pin says), so that all queries of a run
 * see the same rows. Only what this lake writes itself moves on.
 */
export interface Lake extends AsyncDisposable {
  /** Names a table whose rows `boathouse types` has told. */
  table<N extends keyof LakeTables>(name: N, at?: TableVersion): TableRef<LakeTables[N]>;
  /** Names a table, without reading it; at another version or time if asked, in SQL `flights AT (VERSION => 3)`. */
  table<T = Row>(name: string, at?: TableVersion): TableRef<T>;
  /**
   * Names a Delta table that another program wrote, in SQL `delta('/data/trips')`: an absolute folder, a file: URL, or an
   * s3:// address below the lake's own. It is read only, and pinned at its first use as all tables are.
   */
  open<T = Row>(location: string, at?: TableVersion): TableRef<T>;
  /** Runs a SELECT; a TableRef becomes the table, every other value a bound parameter. */
  sql<T = Row>(strings: TemplateStringsArray, ...values: unknown[]): Promise<Result<T>>;
  /** Runs a SELECT given as text, with `$1`, `$2`, … or `?` for parameters. */
  query<T = Row>(text: string, params?: readonly unknown[], options?: QueryOptions): Promise<Result<T>>;
  /** Writes the rows of a SELECT as a Parquet file, without holding them in memory; an older file stays unless told. */
  export(text: string, file: string, options?: ExportOptions & { params?: readonly unknown[] }): Promise<Exported>;
  /** Tells which files of each table a SELECT would read, without running it; columns that its WHERE bounds leave files out. */
  scans(text: string, params?: readonly unknown[]): Promise<TableScan[]>;
  /** Writes rows as the next version of a table, which is created when there is none. */
  write(name: string, rows: Rows, options: WriteOptions): Promise<{ version: number }>;
  /** Tells the newest versions of a table (10, or `limit`), each with what it was made from. */
  history(name: string, options?: { limit?: number }): Promise<TableCommit[]>;
  /** Lists the tables at their newest versions. */
  tables(): Promise<TableInfo[]>;
  /** Writes small files of a table anew as larger ones, without changing a row. */
  compact(name: string, options?: CompactOptions): Promise<Compacted>;
  /** Deletes data files that neither the newest version nor a pinned one needs, a week after they were removed. */
  vacuum(name: string, options?: VacuumOptions): Promise<Vacuumed>;
  /** Keeps a version of a table readable until some day, as a row of table `boathouse_pins`. */
  savePin(name: string, options: SavePinOptions): Promise<SavedPin>;
  /** Lists the pins that have not ended. */
  pins(): Promise<SavedPin[]>;
  /** Ends a pin. */
  removePin(id: string): Promise<void>;
  /** Pins tables, all when left out, and returns what opens another lake at the same rows. */
  pin(names?: readonly string[]): Promise<Pin>;
}

/**
 * Opens the lake for reading by SQL and for writing tables.
 *
 * @param options store, and what reading needs beside it
 * @returns the lake; dispose of it with `await using`
 * @throws {RangeError} when an option is out of range
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { openLake } from "./open_lake.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: await Deno.makeTempDir() }) });
 * await lake.write("route_delay", [{ route: "ORD-LGA", delay: 12.5 }], { mode: "append" });
 * const [row] = await lake.sql<{ delay: number }>`SELECT delay FROM ${lake.table("route_delay")} WHERE route = ${"ORD-LGA"}`;
 * console.assert(row!.delay === 12.5);
 * ```
 */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const { store, tail, recorder, pin, asOf, foreign = true, memoryMb = 384, threads = 2 } = options;
  checkOption("memoryMb", memoryMb, 64);
  checkOption("threads", threads, 1);
  const asOfMs = asOf === undefined ? undefined : timeMs("*", asOf);
  const { openSession } = await import("./_session.ts");
  const sessionOptions: SessionOptions = { store, tail, recorder, pin, asOfMs, foreign, memoryMb, threads };
  const session = await openSession(sessionOptions);
  const query = async <T>(text: string, values: readonly unknown[] = [], { signal }: QueryOptions = {}) =>
    resultOf<T>(await session.query(text, values, signal));
  return {
    table: <T>(name: string, at: TableVersion = {}) => {
      checkTableName(name);
      return tableRef<T>(session, name, nameAt(name, at));
    },
    open: <T>(location: string, at: TableVersion = {}) =>
      tableRef<T>(session, location, nameAt(session.foreignName(location), at)),
    sql: <T>(strings: TemplateStringsArray, ...values: unknown[]) => {
      const { text, params } = queryOf(strings, values);
      return query<T>(text, params);
    },
    query,
    export: (text, file, { params = [], ...exportOptions } = {}) => session.export(text, params, file, exportOptions),
    scans: (text, values = []) => session.scans(text, values),
    write: async (name, rows, writeOptions) => {
      const { version } = await session.write(name, rows, writeOptions);
      recorder?.wrote?.({ table: name });
      return { version };
    },
    history: (name, historyOptions) => readHistory(store, name, historyOptions),
    tables: () => tableInfos(store),
    compact: (name, compactOptions = {}) => session.compact(name, compactOptions),
    vacuum: (name, vacuumOptions) => vacuum(store, name, vacuumOptions),
    savePin: (name, pinOptions) => session.savePin(name, pinOptions),
    pins: () => session.pins(),
    removePin: (id) => removePin(store, id),
    pin: async (names) => ({ tables: await pins(session, names ?? await listTables(store)) }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function checkOption(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`Cannot open the lake as ${name} must be a whole number of at least ${least}: got ${value}`);
}

async function pins(session: Session, names: readonly string[]): Promise<Pin["tables"]> {
  const tables: Record<string, RawPin | DerivedPin> = {};
  for (const name of names) {
    const pin = await session.pin(name);
    if (!pin) throw new RangeError(`Cannot pin table "${name}" as the lake has none of that name`);
    tables[name] = pin;
  }
  return tables;
}

async function tableInfos(store: Store): Promise<TableInfo[]> {
  const snapshots = await Promise.all((await listTables(store)).map((name) => readLiveSnapshot(store, tableAt(name))));
  return snapshots.filter((snapshot) => snapshot !== null).map(tableInfo);
}
