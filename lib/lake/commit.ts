import type { Store } from "../store/mod.ts";
import { type Action, checkAction } from "./action.ts";
import { type Field, writeSchema } from "./field.ts";
import { logFile, logFolder } from "./_log_files.ts";
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

/** A commit that won, or the version that came first. */
export type CommitOutcome = { version: number; snapshot: Snapshot } | { conflict: Snapshot };

const STALE_MS = 3_600_000; // a writer that paused longer may meet a log that was cleaned behind a checkpoint

/**
 * Tries once to commit the next version of a table: its log file is put if absent (Delta protocol, "Atomicity"). A lost
 * response is recognised by our nonce in the log file.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param plan what to change, made for the version `plan.read`
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
export async function commit(store: Store, table: string, plan: CommitPlan): Promise<CommitOutcome> {
  checkTableName(table);
  const { read } = plan;
  checkPlan(table, plan);
  if (read && Date.now() - read.readAtMs > STALE_MS) {
    const now = await readSnapshot(store, table);
    if (now?.version !== read.version) return { conflict: expectTable(now, table) };
  }
  const version = read ? read.version + 1 : 0;
  const nonce = crypto.randomUUID();
  const actions = actionsOf(plan, nonce);
  const lines = actions.map((action) => JSON.stringify(action)).join("\n") + "\n";
  if (!await putOnce(store, table, version, lines, nonce)) return { conflict: await reload(store, table, read) };
  const snapshot = read
    ? advance(read, actions.map((action) => checkAction(action, "commit")), Date.now())
    : expectTable(await readSnapshot(store, table, 0), table);
  return await survives(store, plan, snapshot, nonce);
}

function checkPlan(table: string, { read, schema, add = [], remove = [], dataChange = true }: CommitPlan): void {
  if (!read && !schema) {
    throw new TypeError(`Cannot create table "${table}" as it must have a schema: the plan has none`);
  }
  if (read) checkWritable(read.protocol, table);
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
  const twice = add.find((file) => live.has(file.path));
  if (twice) {
    throw new RangeError(`Cannot add "${twice.path}" to table "${table}" as it must be new: it is live already`);
  }
}

function actionsOf(plan: CommitPlan, nonce: string): Record<string, unknown>[] {
  const { read, operation, add = [], remove = [], dataChange = true, info = {} } = plan;
  const now = Date.now();
  const txns = plan.txns ?? { [`write/${nonce}`]: 0 };
  return [
    { commitInfo: { timestamp: now, operation, operationParameters: {}, engineInfo: "Boathouse", nonce, ...info } },
    ...(read ? [] : [{ protocol: PROTOCOL }]),
    ...(plan.schema ? [{ metaData: metadataOf(plan, plan.schema, now) }] : []),
    ...Object.entries(txns).map(([appId, version]) => ({ txn: { appId, version, lastUpdated: now } })),
    ...remove.map((file) => ({
      remove: {
        path: file.path,
        deletionTimestamp: now,
        dataChange,
        extendedFileMetadata: true,
        partitionValues: file.partition,
        size: file.bytes,
      },
    })),
    ...add.map((file) => ({
      add: {
        path: file.path,
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
    id: read?.id ?? id ?? crypto.randomUUID(),
    format: { provider: "parquet", options: {} },
    schemaString: writeSchema(schema),
    partitionColumns: read?.partitionColumns ?? partitionColumns ?? [],
    configuration: read?.configuration ?? {},
    createdTime: now,
  };
}

/** Puts the log file; an error or a refusal counts as won when the file that lies there is ours. */
async function putOnce(store: Store, table: string, version: number, lines: string, nonce: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(lines);
  try {
    return await store.putIfAbsent(logFile(table, version), bytes) || await isOurs(store, table, version, nonce);
  } catch (error) {
    if (await isOurs(store, table, version, nonce).catch(() => false)) return true;
    throw error;
  }
}

async function isOurs(store: Store, table: string, version: number, nonce: string): Promise<boolean> {
  const actions: Action[] = await readLogFile(store, table, version) ?? [];
  return actions.some((action) => action.commitInfo?.nonce === nonce);
}

async function reload(store: Store, table: string, read: Snapshot | null): Promise<Snapshot> {
  return read ? await refreshSnapshot(store, read) : expectTable(await readSnapshot(store, table), table);
}

function expectTable(snapshot: Snapshot | null, table: string): Snapshot {
  if (snapshot) return snapshot;
  throw new Error(`Cannot commit to table "${table}" as its log has vanished: it was deleted meanwhile`);
}

/**
 * A writer that slept while others wrote a checkpoint and cleaned the log can re-create an old version's file, which no
 * reader will see; the commit then counts only if the newest version knows it.
 */
async function survives(store: Store, plan: CommitPlan, snapshot: Snapshot, nonce: string): Promise<CommitOutcome> {
  const { table, version } = snapshot;
  if (await lastCheckpoint(store, table) < version) return { version, snapshot };
  const newest = expectTable(await readSnapshot(store, table), table);
  const txns = Object.entries(plan.txns ?? { [`write/${nonce}`]: 0 });
  const paths = new Set([...newest.files.map((file) => file.path), ...newest.tombstones.keys()]);
  const known = txns.every(([appId, to]) => (newest.txns.get(appId) ?? -1) >= to) &&
    (plan.add ?? []).every((file) => paths.has(file.path));
  return known ? { version, snapshot } : { conflict: newest };
}

async function lastCheckpoint(store: Store, table: string): Promise<number> {
  const file = `${logFolder(table)}/_last_checkpoint`;
  try {
    const { version } = JSON.parse(new TextDecoder().decode(await store.get(file))) as { version?: unknown };
    return typeof version === "number" ? version : -1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return -1;
    if (error instanceof SyntaxError) return Infinity; // torn: so take the careful way
    throw error;
  }
}
