import type { Field } from "./field.ts";
import { filesByFit, isRawTable } from "./_raw_table.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";

/** A table as the lake lists it. */
export interface TableInfo {
  /** Name. */
  name: string;
  /** Newest version. */
  version: number;
  /** Columns in order. */
  columns: Field[];
  /** Number of rows; of a topic's table those that fit. Null when a foreign file does not tell. */
  rows: number | null;
  /** Number of records of a topic that did not fit; null for a table that is not a topic's. */
  rejected: number | null;
  /** Number of data files. */
  files: number;
  /** Size of the data files. */
  bytes: number;
}

/**
 * Counts what a version of a table holds, by its log alone.
 *
 * @param snapshot version of a table
 * @returns its counts
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { tableInfo } from "./table_info.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * if ("snapshot" in outcome) console.assert(tableInfo(outcome.snapshot).rows === 0);
 * ```
 */
export function tableInfo(snapshot: Omit<Snapshot, "tombstones">): TableInfo {
  const { table, version, schema, files } = snapshot;
  const isRaw = isRawTable(snapshot);
  return {
    name: table,
    version,
    columns: schema,
    rows: rowsIn(isRaw ? filesByFit(snapshot, true) : files),
    rejected: isRaw ? rowsIn(filesByFit(snapshot, false)) : null,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

function rowsIn(files: readonly LiveFile[]): number | null {
  return files.reduce<number | null>((sum, { rows }) => sum === null || rows === null ? null : sum + rows, 0);
}
