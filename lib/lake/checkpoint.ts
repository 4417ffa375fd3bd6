import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import type { Store } from "../store/mod.ts";
import { encodeDataPath } from "./_data_path.ts";
import { writeLastCheckpoint } from "./_last_checkpoint.ts";
import { checkpointFile } from "./_log_files.ts";
import { retentionMs } from "./_retention.ts";
import type { Snapshot } from "./snapshot.ts";
import { checkWritable } from "./protocol.ts";
import { quoteText } from "./sql_type.ts";

const MAP = "MAP(VARCHAR, VARCHAR)";

/** Columns of a checkpoint (Delta protocol, "Checkpoint Schema"). */
const COLUMNS: Readonly<Record<string, string>> = {
  protocol:
    "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])",
  metaData:
    `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${MAP}), schemaString VARCHAR, partitionColumns VARCHAR[], configuration ${MAP}, createdTime BIGINT)`,
  txn: "STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)",
  add:
    `STRUCT(path VARCHAR, partitionValues ${MAP}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, stats VARCHAR)`,
  remove:
    `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, partitionValues ${MAP}, size BIGINT)`,
};

/**
 * Writes a classic checkpoint of a version, so that older log entries need not be read, and tells of it in
 * `_last_checkpoint`. It keeps every `txn`, since the positions of ingest stand there, and the tombstones of files that
 * a reader may still be at. A checkpoint becomes visible whole; where two write the same one, the first stays.
 *
 * @param store store that holds the table
 * @param snapshot the version
 * @param options `now`: the time by which tombstones expire, milliseconds since 1970
 * @throws {RangeError} when the table needs a newer Delta writer
 * @throws {Error} when the store cannot be written
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { writeCheckpoint } from "./checkpoint.ts";
 * import { commit } from "./commit.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * if ("snapshot" in outcome) await writeCheckpoint(store, outcome.snapshot);
 * console.assert(await store.exists("tables/flights/_delta_log/_last_checkpoint"));
 * ```
 */
export async function writeCheckpoint(
  store: Store,
  snapshot: Snapshot,
  { now = Date.now() }: { now?: number } = {},
): Promise<void> {
  checkWritable(snapshot.protocol, snapshot.table, snapshot.schema);
  const groups = [headOf(snapshot), addsOf(snapshot), removesOf(snapshot, now)];
  const file = checkpointFile(snapshot.root, snapshot.version);
  if (!await store.exists(file)) await store.putIfAbsent(file, await parquetOf(store, groups));
  await writeLastCheckpoint(store, snapshot.root, snapshot.version, groups.flat().length);
}

type Actions = readonly Record<string, unknown>[];

function headOf({ protocol, metadata, txns }: Snapshot): Actions {
  const { format, partitionColumns, configuration: settings, ...more } = metadata;
  const metaData = {
    ...more,
    format: { provider: format?.provider ?? "parquet", options: format?.options ?? {} },
    partitionColumns: partitionColumns ?? [],
    configuration: settings ?? {},
  };
  return [
    { protocol },
    { metaData },
    ...[...txns].map(([appId, version]) => ({ txn: { appId, version } })),
  ];
}

function addsOf({ files }: Snapshot): Actions {
  return files.map(({ path, partition, bytes, modifiedMs, stats }) => ({
    add: {
      path: encodeDataPath(path),
      partitionValues: partition,
      size: bytes,
      modificationTime: modifiedMs,
      dataChange: false,
      stats,
    },
  }));
}

function removesOf({ tombstones, configuration }: Snapshot, now: number): Actions {
  const expired = now - retentionMs(configuration, "delta.deletedFileRetentionDuration");
  const kept = [...tombstones].filter(([, { deletedMs }]) => deletedMs > expired);
  return kept.map(([path, { deletedMs, bytes, partition }]) => ({
    remove: {
      path: encodeDataPath(path),
      deletionTimestamp: deletedMs,
      dataChange: false,
      extendedFileMetadata: bytes !== null && partition !== null,
      partitionValues: partition,
      size: bytes,
    },
  }));
}

/** Its files in passing have names that the store sweeps, should this process be killed. */
async function parquetOf(store: Store, groups: readonly Actions[]): Promise<Uint8Array> {
  const temporary = join(store.localDir, `.tmp-checkpoint-${crypto.randomUUID()}`);
  const parquet = `${temporary}.parquet`;
  const files = groups.filter((one) => one.length > 0).map((actions, i) => ({
    actions,
    json: `${temporary}-${i}.json`,
  }));
  try {
    for (const { actions, json } of files) {
      await Deno.writeTextFile(json, actions.map((action) => JSON.stringify(action) + "\n").join(""));
    }
    await copy(files.map(({ json }) => json), parquet);
    return await Deno.readFile(parquet);
  } finally {
    for (const file of [...files.map(({ json }) => json), parquet]) await removeIfThere(file);
  }
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await Deno.remove(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Each file becomes row groups of its own, so that a reader need not read the columns of other kinds of actions. */
async function copy(files: readonly string[], parquet: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "256MB" });
  const connection = await instance.connect();
  try {
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name}: ${quoteText(type)}`).join(", ");
    const options = `format='newline_delimited', columns={${columns}}`;
    const reads = files.map((file) => `SELECT * FROM read_json(${quoteText(file)}, ${options})`).join(" UNION ALL ");
    // A row group ends with the chunk that fills it, and no chunk spans two parts of a union.
    await connection.run(
      `COPY (${reads}) TO ${quoteText(parquet)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 1)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
