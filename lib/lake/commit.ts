import type { Store } from "../store/mod.ts";
import { parseActions } from "./action.ts";
import { type CommitEffect, type CommitEvent, type CommitIntent, startCommit, stepCommit } from "./commit_machine.ts";
import { type Field, writeSchema } from "./field.ts";
import { encodeDataPath } from "./_data_path.ts";
import { logFile, logFolder, tableRoot } from "./_log_files.ts";
import type { CommitPace } from "./commit_pace.ts";
import { maintainLog } from "./maintain_log.ts";
import { ORPHAN_MS } from "./_retention.ts";
import { checkWritable, PROTOCOL } from "./protocol.ts";
import { advance, type LiveFile, readLogFile, readSnapshot, refreshSnapshot, type Snapshot } from "./snapshot.ts";
import { checkTableName } from "./table_name.ts";

/** What one commit changes. */
export interface CommitPlan {
  /** Version that the plan was made for; null creates the table. */
  read: Snapshot | null;
  /** For example `INGEST` or `WRITE`; stands in the table's history. */
  operation: string;
  /** Columns after the commit; needed to create a table, else left out when they stay. */
  schema?: Field[];
  /** Partition columns, when the table is created. */
  partitionColumns?: string[];
  /** Id of the table, when it is created; a new UUID when left out. */
  id?: string;
  /** Files to add. */
  add?: readonly LiveFile[];
  /** Live files to remove. */
  remove?: readonly LiveFile[];
  /** false when the rows stay the same, as in a compaction. */
  dataChange?: boolean;
  /** Versions by application id; when left out the commit gets one of its own. */
  txns?: Readonly<Record<string, number>>;
  /** What else the history tells, such as counts of rows. */
  info?: Readonly<Record<string, unknown>>;
}

/** What a commit takes care of beside the table. */
export interface CommitOptions {
  /** Spaces out commits; none by default. */
  pace?: CommitPace;
  /** Is told what went wrong beside a commit that has won; by default it is a warning on the console. */
  onNote?: (note: string) => void;
}

/** A commit that won, or the version that came first. */
export type CommitOutcome = { version: number; snapshot: Snapshot } | { conflict: Snapshot };

/**
 * Tries once to commit the next version of a table: its log file is put if absent (Delta protocol, "Atomicity"). A lost
 * response is recognised by our nonce in the log file.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param plan what to change, made for the version `plan.read`
 * @param options pace, and who is told what went wrong beside it
 * @returns the new version, or, when another writer came first, the newest version to plan anew with
 * @throws {RangeError} when the table needs a newer Delta writer, or the plan removes a file that is not live
 * @throws {Error} when the store cannot be written
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema });
 * console.assert("version" in outcome && outcome.version === 0);
 * ```
 */
export async function commit(
  store: Store,
  table: string,
  plan: CommitPlan,
  { pace, onNote }: CommitOptions = {},
): Promise<CommitOutcome> {
  const prepared = prepareCommit(table, plan);
  await pace?.turn(table);
  let { state, effect } = startCommit(prepared.intent, plan.read, Date.now());
  while (effect !== null) {
    ({ state, effect } = stepCommit(state, await performCommit(store, prepared, effect)));
  }
  const end = state.end!;
  if (end.how === "failed") throw end.error;
  if (end.how === "won") {
    pace?.won(table);
    return await finishCommit(store, prepared, onNote);
  }
  pace?.lost(table);
  return { conflict: end.newest };
}

/** A commit that can be put. */
export interface PreparedCommit {
  /** How it is recognised. */
  intent: CommitIntent;
  /** What it was made of. */
  plan: CommitPlan;
  /** Its entry in the log. */
  bytes: Uint8Array;
}

/**
 * Makes the log entry of a plan.
 *
 * @param table name of the table
 * @param plan what to change
 * @returns the entry, and how it is recognised
 * @throws {RangeError} as `commit`
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { performCommit, prepareCommit, finishCommit } from "./commit.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const prepared = prepareCommit("flights", { read: null, operation: "CREATE TABLE", schema });
 * await performCommit(store, prepared, "put");
 * console.assert((await finishCommit(store, prepared)).version === 0);
 * ```
 */
export function prepareCommit(table: string, plan: CommitPlan): PreparedCommit {
  checkTableName(table);
  checkPlan(table, plan);
  const { read, add = [] } = plan;
  const nonce = crypto.randomUUID();
  const txns = plan.txns ?? { [`write/${nonce}`]: 0 };
  const lines = actionsOf({ ...plan, txns }, nonce).map((action) => JSON.stringify(action) + "\n").join("");
  const intent = { table, version: read ? read.version + 1 : 0, nonce, txns, paths: add.map(({ path }) => path) };
  return { intent, plan, bytes: new TextEncoder().encode(lines) };
}

/**
 * Does what the machine of a commit wants done.
 *
 * @param store store that holds the lake
 * @param prepared the commit
 * @param effect what is to be done
 * @returns what became of it; an error is an event too
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { performCommit, prepareCommit, finishCommit } from "./commit.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const prepared = prepareCommit("flights", { read: null, operation: "CREATE TABLE", schema });
 * await performCommit(store, prepared, "put");
 * console.assert((await finishCommit(store, prepared)).version === 0);
 * ```
 */
export async function performCommit(
  store: Store,
  prepared: PreparedCommit,
  effect: CommitEffect,
): Promise<CommitEvent<Snapshot>> {
  const { intent: { table, version }, plan: { read }, bytes } = prepared;
  try {
    switch (effect) {
      case "put":
        return { was: "put", taken: await store.putIfAbsent(logFile(tableRoot(table), version), bytes) };
      case "entry":
        return { was: "entry", nonce: await nonceOf(store, table, version) };
      case "checkpoint":
        return { was: "checkpoint", version: await lastCheckpoint(store, table) };
      case "refresh":
        if (read) return { was: "newest", snapshot: await refreshSnapshot(store, read) };
        return { was: "newest", snapshot: await readSnapshot(store, table) };
      case "newest":
        return { was: "newest", snapshot: await readSnapshot(store, table) };
    }
  } catch (error) {
    return { was: "failed", error };
  }
}

/**
 * Finishes a commit that has won: tells its version, and looks after the log. What goes wrong with the log is no fault of
 * the commit, and is told beside it.
 *
 * @param store store that holds the lake
 * @param prepared the commit
 * @param onNote is told what went wrong with the log; by default it is a warning on the console
 * @returns the version, and the table as it was then
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { finishCommit, performCommit, prepareCommit } from "./commit.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const prepared = prepareCommit("flights", { read: null, operation: "CREATE TABLE", schema });
 * await performCommit(store, prepared, "put");
 * console.assert((await finishCommit(store, prepared)).version === 0);
 * ```
 */
export async function finishCommit(
  store: Store,
  { intent: { table, version }, plan: { read }, bytes }: PreparedCommit,
  onNote: (note: string) => void = console.warn,
): Promise<{ version: number; snapshot: Snapshot }> {
  const actions = parseActions(bytes, logFile(tableRoot(table), version));
  const snapshot = read ? advance(store, read, actions, Date.now()) : await readSnapshot(store, table, version);
  if (snapshot === null) {
    throw new Error(`Cannot read table "${table}" as its log has vanished: it was deleted meanwhile`);
  }
  try {
    await maintainLog(store, snapshot);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    onNote(`Version ${version} of table "${table}" is committed, but its log could not be shortened: ${reason}`);
  }
  return { version, snapshot };
}

function checkPlan(table: string, { read, schema, add = [], remove = [], dataChange = true }: CommitPlan): void {
  if (!read && !schema) {
    throw new TypeError(`Cannot create table "${table}" as it must have a schema: the plan has none`);
  }
  if (read) checkWritable(read.protocol, table, read.schema);
  if (read && remove.length && dataChange && read.configuration["delta.appendOnly"] === "true") {
    throw new RangeError(`Cannot remove rows of table "${table}" as its setting "delta.appendOnly" is "true"`);
  }
  const live = new Set(read?.files.map((file) => file.path));
  const gone = remove.find((file) => !live.has(file.path));
  if (gone) {
    throw new RangeError(
      `Cannot remove "${gone.path}" of table "${table}" as it must be live: it is not in version ${read?.version}`,
    );
  }
  const old = add.find((file) => file.modifiedMs < Date.now() - ORPHAN_MS / 2);
  if (old) {
    throw new RangeError(
      `Cannot add "${old.path}" to table "${table}" as it may have been vacuumed: it was written at ${
        new Date(old.modifiedMs).toISOString()
      }; write it anew`,
    );
  }
  const twice = add.find((file) => live.has(file.path));
  if (twice) {
    throw new RangeError(`Cannot add "${twice.path}" to table "${table}" as it must be new: it is live already`);
  }
}

function actionsOf(plan: CommitPlan, nonce: string): Record<string, unknown>[] {
  const { read, operation, add = [], remove = [], dataChange = true, txns = {}, info = {} } = plan;
  const now = Date.now();
  return [
    { commitInfo: { timestamp: now, operation, operationParameters: {}, engineInfo: "Boathouse", nonce, ...info } },
    ...(read ? [] : [{ protocol: PROTOCOL }]),
    ...(plan.schema ? [{ metaData: metadataOf(plan, plan.schema, now) }] : []),
    ...Object.entries(txns).map(([appId, version]) => ({ txn: { appId, version, lastUpdated: now } })),
    ...remove.map((file) => ({
      remove: {
        path: encodeDataPath(file.path),
        deletionTimestamp: now,
        dataChange,
        extendedFileMetadata: true,
        partitionValues: file.partition,
        size: file.bytes,
      },
    })),
    ...add.map((file) => ({
      add: {
        path: encodeDataPath(file.path),
        partitionValues: file.partition,
        size: file.bytes,
        modificationTime: file.modifiedMs,
        dataChange,
        ...(file.stats === null ? {} : { stats: file.stats }),
      },
    })),
  ];
}

function metadataOf({ read, partitionColumns, id }: CommitPlan, schema: Field[], now: number): Record<string, unknown> {
  return {
    id: id ?? crypto.randomUUID(),
    format: { provider: "parquet", options: {} },
    partitionColumns: partitionColumns ?? [],
    configuration: {},
    createdTime: now,
    ...read?.metadata, // a name and a description stay too
    schemaString: writeSchema(schema),
  };
}

async function nonceOf(store: Store, table: string, version: number): Promise<string | null> {
  const actions = await readLogFile(store, tableRoot(table), version);
  return actions && (actions.find(({ commitInfo }) => commitInfo?.nonce !== undefined)?.commitInfo?.nonce ?? "");
}

async function lastCheckpoint(store: Store, table: string): Promise<number> {
  const file = `${logFolder(tableRoot(table))}/_last_checkpoint`;
  try {
    const { version } = JSON.parse(new TextDecoder().decode(await store.get(file))) as { version?: unknown };
    return typeof version === "number" ? version : -1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return -1;
    if (error instanceof SyntaxError) return Infinity; // torn: so take the careful way
    throw error;
  }
}
