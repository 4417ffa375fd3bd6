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
    `STRUCT(path VARCHAR, partitionValues ${MAP}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, stats VARCHAR, tags ${MAP})`,
  remove:
    `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, partitionValues ${MAP}, size BIGINT, tags ${MAP})`,
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
  checkWritable(snapshot.protocol, snapshot.table);
  const actions = actionsOf(snapshot, now);
  const file = checkpointFile(snapshot.root, snapshot.version);
  if (!await store.exists(file)) await store.putIfAbsent(file, await parquetOf(store, actions));
  await writeLastCheckpoint(store, snapshot.root, snapshot.version, actions.length);
}

function actionsOf(snapshot: Snapshot, now: number): Record<string, unknown>[] {
  const { protocol, metadata, txns, files, tombstones, configuration } = snapshot;
  const expired = now - retentionMs(configuration, "delta.deletedFileRetentionDuration");
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
    ...[...tombstones].filter(([, { deletedMs }]) => deletedMs > expired).map((
      [path, { deletedMs, bytes, partition }],
    ) => ({
      remove: {
        path: encodeDataPath(path),
        deletionTimestamp: deletedMs,
        dataChange: false,
        extendedFileMetadata: bytes !== null && partition !== null,
        partitionValues: partition,
        size: bytes,
      },
    })),
    ...files.map(({ path, partition, bytes, modifiedMs, stats }) => ({
      add: {
        path: encodeDataPath(path),
        partitionValues: partition,
        size: bytes,
        modificationTime: modifiedMs,
        dataChange: false,
        stats,
      },
    })),
  ];
}

async function parquetOf(store: Store, actions: readonly Record<string, unknown>[]): Promise<Uint8Array> {
  const dir = await Deno.makeTempDir({ dir: store.localDir, prefix: ".tmp-checkpoint-" });
  try {
    const [json, parquet] = [join(dir, "actions.json"), join(dir, "checkpoint.parquet")];
    await Deno.writeTextFile(json, actions.map((action) => JSON.stringify(action) + "\n").join(""));
    await copy(json, parquet);
    return await Deno.readFile(parquet);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function copy(json: string, parquet: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "512MB" });
  const connection = await instance.connect();
  try {
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name}: ${quoteText(type)}`).join(", ");
    const read = `read_json(${quoteText(json)}, format='newline_delimited', columns={${columns}})`;
    await connection.run(`COPY (SELECT * FROM ${read}) TO ${quoteText(parquet)} (FORMAT parquet, COMPRESSION snappy)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
