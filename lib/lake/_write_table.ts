import { type Tabular, toTable } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import { adaptNumbers } from "./_adapt_numbers.ts";
import { commit, type CommitPlan } from "./commit.ts";
import type { Engine } from "./_engine.ts";
import type { Field } from "./field.ts";
import type { InputRead } from "./inputs.ts";
import { loadArrow } from "./_load_arrow.ts";
import { mergeSchema } from "./merge_schema.ts";
import { checkKeys, planMerge } from "./_merge_rows.ts";
import { isRawTable } from "./_raw_table.ts";
import { type LiveFile, readSnapshot, type Snapshot } from "./snapshot.ts";
import { deltaType, quoteName } from "./sql_type.ts";
import { checkTableName, rejectedTableOf } from "./table_name.ts";
import { checkPartitionColumns, writeFiles } from "./_write_files.ts";

/** What `write` takes as rows. */
export type Rows = Tabular;

/** How `write` treats the rows that are there. */
export interface WriteOptions {
  /**
   * `append` keeps them; `overwrite` replaces them, and the columns too; `merge` replaces, as a whole, those whose key is
   * among the new rows.
   */
  mode: "append" | "overwrite" | "merge";
  /** Columns that tell rows apart, for `merge`: never NULL, and no two new rows alike. */
  key?: string | readonly string[];
  /** Columns by whose values a new table is divided into files; an existing one stays as it is. */
  partitionBy?: string | readonly string[];
  /**
   * Whether the table's history names what this lake has read before.
   * @default true
   */
  lineage?: boolean;
}

/** Rows on their way into a table. */
export interface Staged {
  table: string;
  mode: WriteOptions["mode"];
  /** Temporary table that holds them. */
  staged: string;
  incoming: Field[];
  /** Names of the key columns, as the rows spell them. */
  key: string[];
  partitionBy: string[] | null;
  inputs: readonly InputRead[];
}

/** Files that a commit exchanges. */
export interface Exchange {
  add: LiveFile[];
  remove: readonly LiveFile[];
}

/** Writes rows as the next version of a table; the table is created when there is none. */
export async function writeTable(
  engine: Engine,
  store: Store,
  table: string,
  rows: Rows,
  options: WriteOptions,
  inputs: readonly InputRead[],
): Promise<Snapshot> {
  checkTarget(table, options?.mode);
  const { mode, key, partitionBy } = options;
  const { connection } = engine;
  const data = toTable(rows);
  if (data.numCols === 0) {
    throw new TypeError(`Cannot write table "${table}" as rows must have at least one column: got none`);
  }
  const staged = `_write_${crypto.randomUUID()}`;
  try {
    await loadArrow(connection, data, staged);
    const incoming = await stagedSchema(engine, staged);
    const plan = {
      table,
      mode,
      staged,
      incoming,
      key: namesOf(key),
      partitionBy: partitionBy ? namesOf(partitionBy) : null,
    };
    if (mode === "merge") await checkKeys(engine, plan);
    return await commitRows(engine, store, { ...plan, inputs });
  } finally {
    await connection.run(`DROP TABLE IF EXISTS ${quoteName(staged)}`);
  }
}

/** Tries until no other writer comes first; files are written anew only when what they were made of has changed. */
async function commitRows(engine: Engine, store: Store, given: Staged): Promise<Snapshot> {
  let read = await readSnapshot(store, given.table);
  let written = "";
  let exchange: Exchange = { add: [], remove: [] };
  for (;;) {
    if (read) checkDerived(read);
    const stored = given.mode === "overwrite" ? [] : read?.schema ?? [];
    const plan = { ...given, incoming: await adaptNumbers(engine, given.staged, given.incoming, stored) };
    const schema: Field[] = read && plan.mode !== "overwrite"
      ? mergeSchema(read.schema, plan.incoming, plan.table)
      : plan.incoming;
    const partitionColumns = partitioning(plan, read, schema);
    const basis = JSON.stringify([schema, partitionColumns, plan.mode === "merge" ? read?.version : null]);
    if (written !== basis) {
      await drop(store, plan.table, exchange.add);
      exchange = await exchangeOf(engine, store, plan, read, schema, partitionColumns);
      written = basis;
    }
    const next = commitPlan(plan, read, schema, partitionColumns, exchange);
    const outcome = await commit(store, plan.table, next, { pace: engine.pace });
    if ("snapshot" in outcome) return outcome.snapshot;
    read = outcome.conflict;
  }
}

async function exchangeOf(
  engine: Engine,
  store: Store,
  plan: Staged,
  read: Snapshot | null,
  schema: Field[],
  partitionColumns: string[],
): Promise<Exchange> {
  const { table, staged, incoming } = plan;
  if (read && plan.mode === "merge") return await planMerge(engine, store, plan, read, schema);
  const fields = storedFields(schema, incoming);
  const select = `SELECT * FROM ${quoteName(staged)}`;
  const add = await writeFiles(engine, store, { table, select, schema: fields, partitionColumns });
  return { add, remove: [] };
}

/** Files of a try that did not win; nobody else knows of them. */
async function drop(store: Store, table: string, files: readonly LiveFile[]): Promise<void> {
  for (const { path } of files) await store.delete(`tables/${table}/${path}`);
}

function commitPlan(
  { mode, key, inputs }: Staged,
  read: Snapshot | null,
  schema: Field[],
  partitionColumns: string[],
  { add, remove }: Exchange,
): CommitPlan {
  const isNew = !read || JSON.stringify(schema) !== JSON.stringify(read.schema);
  const rows = add.reduce((sum, file) => sum + file.rows!, 0);
  return {
    read,
    operation: mode === "merge" ? "MERGE" : "WRITE",
    ...(isNew ? { schema } : {}),
    ...(read ? {} : { partitionColumns }),
    add,
    remove: mode === "overwrite" ? read?.files ?? [] : remove,
    info: {
      operationParameters: mode === "merge"
        ? { predicate: JSON.stringify(key) }
        : { mode: mode === "append" ? "Append" : "Overwrite", partitionBy: JSON.stringify(partitionColumns) },
      operationMetrics: { numOutputRows: String(rows), numFiles: String(add.length) },
      ...(inputs.length ? { inputs } : {}),
    },
  };
}

/** The columns that divide the table, as it spells them. */
function partitioning({ table, partitionBy, incoming }: Staged, read: Snapshot | null, schema: Field[]): string[] {
  const wanted = partitionBy?.map((name) => spelled(schema, name) ?? name) ?? null;
  if (!read) {
    checkPartitionColumns(table, schema, wanted ?? []);
    return wanted ?? [];
  }
  const { partitionColumns } = read;
  if (wanted && wanted.join("\n") !== partitionColumns.join("\n")) {
    throw new RangeError(
      `Cannot write table "${table}" partitioned by ${wanted.join(", ")} as it is ${
        partitionColumns.length ? `partitioned by ${partitionColumns.join(", ")}` : "not partitioned"
      } and stays so: write another table`,
    );
  }
  const missing = partitionColumns.find((name) => !spelled(incoming, name));
  if (missing) {
    throw new TypeError(`Cannot write table "${table}" as rows must have its partition column "${missing}": got none`);
  }
  return partitionColumns;
}

/** How a schema spells a column, which SQL finds without regard to case. */
export function spelled(schema: readonly Field[], name: string): string | undefined {
  return schema.find((field) => field.name.toLowerCase() === name.toLowerCase())?.name;
}

/** The columns of the rows, as the table spells and types them. */
export function storedFields(schema: readonly Field[], incoming: readonly Field[]): Field[] {
  return schema.filter((field) => spelled(incoming, field.name));
}

async function stagedSchema({ connection }: Engine, staged: string): Promise<Field[]> {
  const reader = await connection.runAndReadAll(`SELECT * FROM ${quoteName(staged)} LIMIT 0`);
  return reader.columnNames().map((name, i) => ({ name, type: deltaType(reader.columnType(i), name), nullable: true }));
}

function namesOf(names: string | readonly string[] | undefined): string[] {
  return typeof names === "string" ? [names] : [...names ?? []];
}

function checkTarget(table: string, mode: unknown): void {
  checkTableName(table);
  if (mode !== "append" && mode !== "overwrite" && mode !== "merge") {
    throw new RangeError(
      `Cannot write table "${table}" as mode must be "append", "overwrite" or "merge": got ${JSON.stringify(mode)}`,
    );
  }
  if (rejectedTableOf(table)) {
    throw new RangeError(
      `Cannot write table "${table}" as names that end in "_dlq" mean the rejected records of a topic: choose another`,
    );
  }
}

function checkDerived(snapshot: Snapshot): void {
  if (!isRawTable(snapshot)) return;
  throw new RangeError(
    `Cannot write table "${snapshot.table}" as it holds the records of a topic: publish to the topic instead`,
  );
}
