import { bindValues } from "./_bind.ts";
import type { boundsReader } from "./_bounds.ts";
import { type Field, storedName } from "./field.ts";
import type { Comparison, Filter, Operand, OperandKind, Operator } from "./_filter.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";
import { quoteText, sqlType } from "./sql_type.ts";
import type { SqlConnection } from "./write_parquet.ts";

/** What pruning needs beside the table. */
export interface PruneOptions {
  connection: SqlConnection;
  bounds: ReturnType<typeof boundsReader>;
  /** Values of the query's parameters. */
  values: readonly unknown[];
  /** Whether a table that stands beside this one in FROM has a column of that name, in lower case. */
  hasColumn: (table: string, column: string) => boolean;
}

/**
 * Leaves out the files in which no row meets any of the filters, by partition values and statistics. DuckDB judges, so a
 * bound is compared with a value exactly as the column will be.
 */
export async function pruneFiles(
  { schema, partitionColumns }: Pick<Snapshot, "schema" | "partitionColumns">,
  files: readonly LiveFile[],
  filters: readonly (Filter | null)[],
  options: PruneOptions,
): Promise<LiveFile[]> {
  if (files.length === 0 || filters.includes(null)) return [...files];
  const used: Used = { schema, columns: new Map(), params: [], options };
  const conditions = filters.map((filter) => conditionOf(filter!, used)); // `used` is filled on the way
  if (conditions.includes(null) || used.columns.size === 0) return [...files];
  const columns = [...used.columns.values()];
  const bounds = columns.map((field) =>
    files.map((file) =>
      options.bounds(file, storedName(field), field.type as string, partitionColumns.includes(field.name))
    )
  );
  const lists = bounds.flatMap((ofColumn, i) => [
    listOf(ofColumn.map(({ min }) => min), `min${i}`),
    listOf(ofColumn.map(({ max }) => max), `max${i}`),
    listOf(ofColumn.map(({ nulls }) => nulls?.toString() ?? null), `nulls${i}`),
  ]);
  const select = `SELECT id FROM (SELECT unnest(range(${files.length})) AS id, ${
    listOf(files.map(({ rows }) => rows?.toString() ?? null), "n")
  }, ${lists.join(", ")}) WHERE coalesce(${conditions.join(" OR ")}, true) ORDER BY id`;
  const ids = await judge(options.connection, select, used.params);
  return ids ? ids.map((id) => files[id]!) : [...files];
}

/** The file ids; null when DuckDB cannot compare, in which case the query itself tells the caller why. */
async function judge(connection: SqlConnection, select: string, params: unknown[]): Promise<number[] | null> {
  try {
    const prepared = await connection.prepare(select);
    try {
      bindValues(prepared, params);
      return (await prepared.runAndReadAll()).getColumnsJS()[0]?.map(Number) ?? [];
    } finally {
      prepared.destroySync();
    }
  } catch {
    return null;
  }
}

interface Used {
  schema: readonly Field[];
  /** By name: each has columns `min<i>`, `max<i>` and `nulls<i>` in the order of this map. */
  columns: Map<string, Field>;
  params: unknown[];
  options: PruneOptions;
}

/** SQL that is false for a file only if none of its rows meets the filter; null when it cannot tell. */
function conditionOf(filter: Filter, used: Used): string | null {
  if (filter.kind === "and" || filter.kind === "or") {
    const parts = filter.parts.map((part) => part && conditionOf(part, used));
    if (filter.kind === "or" && parts.includes(null)) return null;
    const known = parts.filter((part) => part !== null);
    return known.length ? `(${known.join(filter.kind === "and" ? " AND " : " OR ")})` : null;
  }
  const field = fieldOf(filter, used);
  if (!field) return null;
  if (filter.kind === "null") {
    const { nulls } = namesOf(field, used);
    return filter.isNull ? `${nulls} > 0` : `${nulls} < n::BIGINT`;
  }
  if (!isComparable(field.type as string, filter.comparisons, used)) return null;
  const { min, max, nulls } = namesOf(field, used);
  const parts = filter.comparisons.map(({ operator, value }) =>
    comparisonSql(operator, valueOf(value, used), min, max)
  );
  return `(CASE WHEN ${nulls} = n::BIGINT THEN false ELSE ${parts.join(` ${filter.join} `)} END)`;
}

function comparisonSql(operator: Operator, value: string, min: string, max: string): string {
  if (operator === "=") return `(${min} <= ${value} AND ${max} >= ${value})`;
  return `${operator.startsWith("<") ? min : max} ${operator} ${value}`;
}

function fieldOf({ column }: { column: { name: string; others: readonly string[] | null } }, used: Used): Field | null {
  const { name, others } = column;
  const isAlone = others !== null && !others.some((other) => used.options.hasColumn(other, name));
  const field = isAlone ? used.schema.find((one) => one.name.toLowerCase() === name) : undefined;
  return field && typeof field.type === "string" ? field : null;
}

function namesOf(field: Field, { columns }: Used): { min: string; max: string; nulls: string } {
  columns.set(field.name, field);
  const i = [...columns.keys()].indexOf(field.name);
  const type = sqlType(field.type);
  const max = `TRY_CAST(max${i} AS ${type})`;
  return {
    min: `TRY_CAST(min${i} AS ${type})`,
    max: field.type === "timestamp" ? `(${max} + INTERVAL 1 MILLISECOND)` : max, // some writers cut it to milliseconds
    nulls: `nulls${i}::BIGINT`,
  };
}

/** Only what keeps the order, and one kind at a time: a mixture is compared as a type that they have in common. */
function isComparable(type: string, comparisons: readonly Comparison[], { options: { values } }: Used): boolean {
  const kinds = new Set(
    comparisons.map(({ value }) => "sql" in value ? value.of : kindOf(values[value.parameter - 1])),
  );
  const [kind] = kinds;
  if (kinds.size !== 1) return false;
  if (type === "string") return kind === "text";
  if (type === "date" || type === "timestamp") return kind === "time" || kind === "text";
  return (kind === "exact" || kind === "double") && /^(byte|short|integer|long|decimal)/.test(type);
}

function kindOf(value: unknown): OperandKind | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? "exact" : "double";
  if (typeof value === "bigint") return "exact";
  if (value instanceof Date) return "time";
  return typeof value === "string" ? "text" : null;
}

function valueOf(value: Operand, { params, options }: Used): string {
  return "parameter" in value ? `$${params.push(options.values[value.parameter - 1])}` : value.sql;
}

function listOf(texts: readonly (string | null)[], name: string): string {
  return `unnest([${texts.map((text) => text === null ? "NULL" : quoteText(text)).join(", ")}]::VARCHAR[]) AS ${name}`;
}
