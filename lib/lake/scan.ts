import type { Store } from "../store/mod.ts";
import type { Field } from "./field.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";

/** A data file of a table, and where it lies on this machine. */
export interface LocalFile extends LiveFile {
  /** Absolute path. */
  local: string;
}

/**
 * Writes the SELECT that reads files of one version of a table: every column of its schema, NULL where a file was
 * written before the column was added; partition columns from the log, wherever the files lie.
 *
 * @param store store that holds the lake; it may drop local files of a store elsewhere, unless they are held
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
  await using held = await holdFiles(store, snapshot, files);
  return selectFiles(snapshot, held.files);
}

/** Files of a table on this machine, for as long as they are held. */
export interface HeldFiles extends AsyncDisposable {
  files: LocalFile[];
}

/** Brings files of a table to this machine. */
export async function holdFiles(
  store: Store,
  { root }: Pick<Snapshot, "root">,
  files: readonly LiveFile[],
): Promise<HeldFiles> {
  const held = await store.hold(files.map(({ path }) => root ? `${root}/${path}` : path));
  return {
    files: files.map((file, i) => ({ ...file, local: held.files[i]! })),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

/** The SELECT over files that lie on this machine. */
export function selectFiles(
  { schema, partitionColumns }: Pick<Snapshot, "schema" | "partitionColumns">,
  files: readonly LocalFile[],
): string {
  if (files.length === 0) return noRows(schema);
  const partitioned = new Set(partitionColumns);
  const stored = schema.filter((field) => !partitioned.has(field.name));
  const groups = Map.groupBy(
    files,
    (file) => JSON.stringify(partitionColumns.map((name) => file.partition[name] ?? null)),
  );
  const parts = [...groups.values()].map((group) => {
    const columns = schema.map((field) =>
      partitioned.has(field.name) ? constant(field, group[0]!.partition[field.name]) : quoteName(field.name)
    );
    return `SELECT ${columns.join(", ")} FROM ${readParquet(group.map(({ local }) => local), stored)}`;
  });
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
