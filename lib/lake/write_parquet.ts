import { join } from "node:path";
import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import { tableRoot } from "./_log_files.ts";
import type { LiveFile } from "./snapshot.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";
import { type ColumnStatistics, statisticsJson } from "./_statistics.ts";

/** A connection of `@duckdb/node-api`. */
export type SqlConnection = InstanceType<(typeof import("@duckdb/node-api"))["DuckDBConnection"]>;

/** Values that such a connection binds to `$1`, `$2`, … */
export type SqlParameters = NonNullable<Parameters<SqlConnection["run"]>[1]>;

/** One Parquet file to write. */
export interface ParquetPlan {
  /** Name of the table. */
  table: string;
  /** A SELECT that yields the columns of `schema` by name. */
  select: string;
  /** Values of the parameters of `select`. */
  params?: SqlParameters;
  /** Columns of the file: those of the table, or some of them, without the partition columns. */
  schema: readonly Field[];
  /** Values of the partition columns, as text. */
  partition?: Record<string, string | null>;
  /** Absolute folder on the store's file system; holds the file until it is whole. */
  dir: string;
}

/**
 * Writes the rows of a SELECT as one Parquet file (zstd) of a table, with exact statistics, and moves it into the store.
 * The file is part of the table once a commit adds it.
 *
 * @param connection DuckDB connection with `SET TimeZone='UTC'`
 * @param store store that holds the lake
 * @param plan what to write
 * @returns the file to add; null when the SELECT has no rows
 * @throws {Error} when the SELECT fails or the disk is full; nothing is left behind then
 * @example
 * ```ts
 * import { DuckDBInstance } from "@duckdb/node-api";
 * import { openStore } from "../store/mod.ts";
 * import { writeParquet } from "./write_parquet.ts";
 * const dir = await Deno.makeTempDir();
 * const connection = await (await DuckDBInstance.create(":memory:")).connect();
 * await connection.run("SET TimeZone='UTC'");
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const plan = { table: "flights", select: "SELECT 12 AS delay", schema, dir };
 * const file = await writeParquet(connection, await openStore({ kind: "directory", dir }), plan);
 * console.assert(file!.rows === 1);
 * ```
 */
export async function writeParquet(
  connection: SqlConnection,
  store: Store,
  plan: ParquetPlan,
): Promise<LiveFile | null> {
  const { table, select, params, schema, partition = {}, dir } = plan;
  const id = crypto.randomUUID();
  const local = join(dir, `${id}.parquet`);
  const columns = schema.map(({ name, type }) => `CAST(${quoteName(name)} AS ${sqlType(type)}) AS ${quoteName(name)}`);
  const copy = `COPY (SELECT ${columns.join(", ")} FROM (\n${select}\n)) TO ${
    quoteText(local)
  } (FORMAT parquet, COMPRESSION zstd, RETURN_STATS)`;
  try {
    const [written] = (await connection.runAndReadAll(copy, params)).getRowObjectsJson() as Written[];
    const rows = Number(written!.count);
    if (rows === 0) return null;
    const path = `${folderOf(partition)}${id}.parquet`;
    await store.adopt(local, `${tableRoot(table)}/${path}`);
    const stats = statisticsJson(rows, columnStatistics(written!.column_statistics), schema);
    return { path, bytes: Number(written!.file_size_bytes), rows, partition, stats, modifiedMs: Date.now() };
  } finally {
    await Deno.remove(local).catch(unlessAbsent);
  }
}

type Written = { count: string; file_size_bytes: string; column_statistics: { key: string; value: MapEntry[] }[] };
type MapEntry = { key: string; value: string };

/** Statistics of the plain columns; those of nested ones are named by a path of several quoted names. */
function columnStatistics(columns: Written["column_statistics"]): Map<string, ColumnStatistics> {
  return new Map(columns.flatMap(({ key, value }) => {
    const name = /^"((?:[^"]|"")*)"$/.exec(key)?.[1];
    return name === undefined
      ? []
      : [[name.replaceAll('""', '"'), Object.fromEntries(value.map((e) => [e.key, e.value]))]];
  }));
}

/** Folders for people and for other engines; no reader of a Delta log needs them. */
function folderOf(partition: Record<string, string | null>): string {
  const segments = Object.entries(partition).map(([name, value]) => `${name}=${value}`);
  return segments.every((segment) => /^[A-Za-z0-9_]+=[A-Za-z0-9._-]{1,64}$/.test(segment) && !segment.endsWith("=."))
    ? segments.map((segment) => `${segment}/`).join("")
    : "";
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
