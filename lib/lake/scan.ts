import type { Store } from "../store/mod.ts";
import { readDeletionVector } from "./_deletion_vector.ts";
import { type Field, storedName } from "./field.ts";
import { pathIn } from "./_log_files.ts";
import { explainMissing, type VersionAt } from "./_missing.ts";
import { partitionSql } from "./_partition_value.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";
import { quoteName, quoteText } from "./sql_type.ts";
import { storedColumnSql, storedSchemaSql } from "./_stored_columns.ts";

const ROW_NUMBER = "file_row_number";

/** A data file of a table, and where it lies on this machine. */
export interface LocalFile extends LiveFile {
  /** Absolute path. */
  local: string;
  /** Numbers of its rows that are deleted. */
  deleted?: readonly number[];
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
  at: VersionAt,
  files: readonly LiveFile[],
): Promise<HeldFiles> {
  const { root } = at;
  const deleted = await Promise.all(
    files.map(({ path, deletionVector }) =>
      deletionVector ? readDeletionVector(store, root, deletionVector, path) : null
    ),
  );
  const held = await store.hold(files.map(({ path }) => pathIn(root, path))).catch(async (cause) => {
    throw cause instanceof Deno.errors.NotFound ? await explainMissing(store, at, files, cause) : cause;
  });
  return {
    files: files.map((file, i) => {
      const local = { ...file, local: held.files[i]! };
      return deleted[i] ? { ...local, deleted: deleted[i] } : local;
    }),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

/** The SELECT over files that lie on this machine. */
export function selectFiles(
  { schema, partitionColumns, configuration = {} }: SelectedTable,
  files: readonly LocalFile[],
): string {
  if (files.length === 0) return noRows(schema);
  const partitioned = new Set(partitionColumns);
  const mapping = configuration["delta.columnMapping.mode"];
  const stored = storedSchemaSql(schema.filter((field) => !partitioned.has(field.name)), mapping);
  const partitions = schema.filter((field) => partitioned.has(field.name));
  const isNumbered = !schema.some(({ name }) => name.toLowerCase() === FILE_NUMBER);
  const groups = Map.groupBy(
    files,
    (file) => file.deleted ? file.path : isNumbered ? "" : JSON.stringify(valuesOf(file, partitions)),
  );
  const parts = [...groups.values()].map((group) => {
    const { deleted = [] } = group[0]!;
    const columns = schema.map((field) =>
      partitioned.has(field.name)
        ? `${partitionValue(field, group)} AS ${quoteName(field.name)}`
        : storedColumnSql(field)
    );
    const paths = group.map(({ local }) => quoteText(local)).join(", ");
    const scan = `read_parquet([${paths}], hive_partitioning=false, schema=${stored})`;
    return `SELECT ${columns.join(", ")} FROM ${scan}${deleted.length ? withoutRows(schema, deleted) : ""}`;
  });
  return parts.join(" UNION ALL ");
}

/** Name by which DuckDB tells the number of a file among those that it reads, from 0. */
const FILE_NUMBER = "file_index";

/** A constant, or one for each file: a UNION of scans would be several times as slow. */
function partitionValue(field: Field, group: readonly LocalFile[]): string {
  const values = group.map(({ partition }) => partitionSql(field, partition[storedName(field)]));
  if (values.every((value) => value === values[0])) return values[0]!;
  return `list_extract([${values.join(", ")}], ${FILE_NUMBER}::BIGINT + 1)`;
}

function valuesOf({ partition }: LocalFile, fields: readonly Field[]): (string | null)[] {
  return fields.map((field) => partition[storedName(field)] ?? null);
}

/** What a SELECT needs of a table. */
export type SelectedTable =
  & Pick<Snapshot, "schema" | "partitionColumns">
  & Partial<Pick<Snapshot, "configuration">>;

/** The columns of a table without rows. */
export function noRows(schema: readonly Field[]): string {
  const columns = schema.map((field) => `${partitionSql(field, null)} AS ${quoteName(field.name)}`);
  return `SELECT ${columns.join(", ")} WHERE false`;
}

/** DuckDB numbers the rows of a file from 0, whatever it skips. */
function withoutRows(schema: readonly Field[], deleted: readonly number[]): string {
  if (schema.some(({ name }) => name.toLowerCase() === ROW_NUMBER)) {
    throw new RangeError(
      `Cannot read a table with deletion vectors as none of its columns may be named "${ROW_NUMBER}", as one is; purge its deleted rows with the program that wrote it`,
    );
  }
  return ` WHERE ${ROW_NUMBER} NOT IN (SELECT unnest([${deleted.join(", ")}]::BIGINT[]))`;
}
