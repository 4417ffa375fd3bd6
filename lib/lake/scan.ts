import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import { tableRoot } from "./_log_files.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";

/**
 * Writes the SELECT that reads files of one version of a table: every column of its schema, NULL where a file was
 * written before the column was added; partition columns from the log, wherever the files lie.
 *
 * @param store store that holds the lake
 * @param snapshot version of the table
 * @param files which of its files; all when left out
 * @returns SQL for DuckDB
 * @throws {Deno.errors.NotFound} when a file is missing
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { scanSql } from "./scan.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema });
 * if ("snapshot" in outcome) console.assert((await scanSql(store, outcome.snapshot)).startsWith("SELECT"));
 * ```
 */
export async function scanSql(
  store: Store,
  snapshot: Snapshot,
  files: readonly LiveFile[] = snapshot.files,
): Promise<string> {
  if (files.length === 0) return noRows(snapshot.schema);
  const partitioned = new Set(snapshot.partitionColumns);
  const stored = snapshot.schema.filter((field) => !partitioned.has(field.name));
  const groups = Map.groupBy(
    files,
    (file) => JSON.stringify(snapshot.partitionColumns.map((name) => file.partition[name] ?? null)),
  );
  const parts = await Promise.all([...groups.values()].map(async (group) => {
    const paths = await Promise.all(group.map((file) => store.localPath(`${tableRoot(snapshot.table)}/${file.path}`)));
    const columns = snapshot.schema.map((field) =>
      partitioned.has(field.name) ? constant(field, group[0]!.partition[field.name]) : quoteName(field.name)
    );
    return `SELECT ${columns.join(", ")} FROM ${readParquet(paths, stored)}`;
  }));
  return parts.join(" UNION ALL ");
}

/** The columns of a table without rows. */
export function noRows(schema: readonly Field[]): string {
  return `SELECT ${schema.map((field) => constant(field, null)).join(", ")} WHERE false`;
}

/** Names and types come from the log, so that a file's own columns neither hide a new one nor retype an old one. */
function readParquet(paths: readonly string[], stored: readonly Field[]): string {
  const schema = stored.map(({ name, type }) =>
    `${quoteText(name)}: {name: ${quoteText(name)}, type: ${quoteText(sqlType(type))}, default_value: NULL}`
  );
  return `read_parquet([${paths.map(quoteText).join(", ")}], hive_partitioning=false, schema=MAP {${
    schema.join(", ")
  }})`;
}

/** Delta writes NULL of a partition column as null or as the empty string. */
function constant({ name, type }: Field, value: string | null | undefined): string {
  return `CAST(${value ? quoteText(value) : "NULL"} AS ${sqlType(type)}) AS ${quoteName(name)}`;
}
