import type { Store } from "../store/mod.ts";
import type { Engine } from "./_engine.ts";
import type { Field } from "./field.ts";
import type { LiveFile } from "./snapshot.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";
import { writeParquet } from "./write_parquet.ts";

/** Rows to be written as data files of a table. */
export interface RowsToWrite {
  table: string;
  /** SELECT that yields the columns of `schema` by name. */
  select: string;
  /** The columns, those of partitions included. */
  schema: readonly Field[];
  partitionColumns: readonly string[];
}

const MAX_PARTITIONS = 1000; // each is a file: more are a mistake in the choice of the column
const PARTITION_TYPES = new Set(["string", "byte", "short", "integer", "long", "date", "boolean"]);

/** Writes one file for each partition that has rows. */
export async function writeFiles(engine: Engine, store: Store, rows: RowsToWrite): Promise<LiveFile[]> {
  const { table, select, schema, partitionColumns } = rows;
  const stored = schema.filter(({ name }) => !partitionColumns.includes(name));
  if (partitionColumns.length === 0) {
    const file = await writeParquet(engine.connection, store, { table, select, schema, dir: engine.dir });
    return file ? [file] : [];
  }
  const files: LiveFile[] = [];
  for (const partition of await partitionsOf(engine, rows)) {
    const only = `SELECT * FROM (${select}) WHERE ${inPartition(schema, partition)}`;
    const plan = { table, select: only, schema: stored, partition, dir: engine.dir };
    const file = await writeParquet(engine.connection, store, plan);
    if (file) files.push(file);
  }
  return files;
}

/** The condition on the rows of one partition. */
export function inPartition(schema: readonly Field[], partition: Record<string, string | null>): string {
  const parts = Object.entries(partition).map(([name, value]) => {
    const { type } = schema.find((field) => field.name === name)!;
    return `${quoteName(name)} IS NOT DISTINCT FROM CAST(${value === null ? "NULL" : quoteText(value)} AS ${
      sqlType(type)
    })`;
  });
  return parts.join(" AND ") || "true";
}

/** Refuses columns whose values readers spell differently. */
export function checkPartitionColumns(table: string, schema: readonly Field[], names: readonly string[]): void {
  for (const name of names) {
    const type = schema.find((field) => field.name === name)?.type;
    if (type === undefined) {
      throw new RangeError(
        `Cannot partition table "${table}" by "${name}" as it must be one of its columns: it has ${
          schema.map((field) => `"${field.name}"`).join(", ")
        }`,
      );
    }
    if (typeof type !== "string" || !PARTITION_TYPES.has(type)) {
      throw new RangeError(
        `Cannot partition table "${table}" by "${name}" as it must be a text, whole number, date or boolean: got ${
          JSON.stringify(type)
        }`,
      );
    }
  }
  if (names.length === schema.length) {
    throw new RangeError(`Cannot partition table "${table}" by all of its columns as one must be left for the files`);
  }
}

async function partitionsOf(
  { connection }: Engine,
  { table, select, schema, partitionColumns }: RowsToWrite,
): Promise<Record<string, string | null>[]> {
  const columns = partitionColumns.map((name) => {
    const { type } = schema.find((field) => field.name === name)!;
    return `CAST(CAST(${quoteName(name)} AS ${sqlType(type)}) AS VARCHAR) AS ${quoteName(name)}`;
  });
  const distinct = `SELECT DISTINCT ${columns.join(", ")} FROM (${select}) ORDER BY ALL LIMIT ${MAX_PARTITIONS + 1}`;
  const partitions = (await connection.runAndReadAll(distinct)).getRowObjectsJS() as Record<string, string | null>[];
  if (partitions.length > MAX_PARTITIONS) {
    throw new RangeError(
      `Cannot write table "${table}" as one write may hold at most ${MAX_PARTITIONS} partitions: it is partitioned by ${
        partitionColumns.join(", ")
      }; choose a column of fewer values`,
    );
  }
  for (const partition of partitions) {
    const empty = Object.entries(partition).find(([, value]) => value === "");
    if (!empty) continue;
    throw new RangeError(
      `Cannot write table "${table}" as the values of partition column "${
        empty[0]
      }" must not be empty: Delta reads an empty text as NULL`,
    );
  }
  return partitions;
}
