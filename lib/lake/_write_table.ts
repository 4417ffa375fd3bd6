import { type ArrowTable, type Row, tableFromRows } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import { commit, type CommitPlan } from "./commit.ts";
import type { Engine } from "./_engine.ts";
import type { Field } from "./field.ts";
import { loadArrow } from "./_load_arrow.ts";
import { mergeSchema } from "./merge_schema.ts";
import { isRawTable } from "./_raw_table.ts";
import type { Result } from "./result.ts";
import { type LiveFile, readSnapshot, type Snapshot } from "./snapshot.ts";
import { deltaType, quoteName } from "./sql_type.ts";
import { checkTableName, rejectedTableOf } from "./table_name.ts";
import { writeParquet } from "./write_parquet.ts";

/** What `write` takes as rows. */
export type Rows = Result<unknown> | readonly Row[] | ArrowTable;

/** How `write` treats the rows that are there. */
export interface WriteOptions {
  /** `append` keeps them; `overwrite` replaces them, and the columns too. */
  mode: "append" | "overwrite";
}

/** Writes rows as the next version of a table; the table is created when there is none. */
export async function writeTable(
  engine: Engine,
  store: Store,
  table: string,
  rows: Rows,
  { mode }: WriteOptions,
): Promise<Snapshot> {
  checkTarget(table, mode);
  const { connection } = engine;
  const data = tableOf(rows);
  if (data.numCols === 0) {
    throw new TypeError(`Cannot write table "${table}" as rows must have at least one column: got none`);
  }
  const staged = `_write_${crypto.randomUUID()}`;
  try {
    await loadArrow(connection, data, staged);
    const incoming = await stagedSchema(engine, staged);
    return await commitRows(engine, store, { table, mode, staged, incoming });
  } finally {
    await connection.run(`DROP TABLE IF EXISTS ${quoteName(staged)}`);
  }
}

interface Staged {
  table: string;
  mode: WriteOptions["mode"];
  staged: string;
  incoming: Field[];
}

/** Tries until no other writer comes first; the file is written anew only when the columns have changed meanwhile. */
async function commitRows(engine: Engine, store: Store, plan: Staged): Promise<Snapshot> {
  let read = await readSnapshot(store, plan.table);
  let written: Written = { columns: "", file: null };
  for (;;) {
    if (read) checkDerived(read);
    const schema: Field[] = read && plan.mode === "append"
      ? mergeSchema(read.schema, plan.incoming, plan.table)
      : plan.incoming;
    const fields = storedFields(schema, plan.incoming);
    const columns = JSON.stringify(fields);
    if (written.columns !== columns) written = { columns, file: await writeFile(engine, store, plan, fields) };
    const outcome = await commit(store, plan.table, commitPlan(plan, read, schema, written.file));
    if ("snapshot" in outcome) return outcome.snapshot;
    read = outcome.conflict;
  }
}

interface Written {
  columns: string;
  file: LiveFile | null;
}

function writeFile(
  { connection, dir }: Engine,
  store: Store,
  { table, staged }: Staged,
  schema: Field[],
): Promise<LiveFile | null> {
  return writeParquet(connection, store, { table, select: `SELECT * FROM ${quoteName(staged)}`, schema, dir });
}

function commitPlan({ mode }: Staged, read: Snapshot | null, schema: Field[], file: LiveFile | null): CommitPlan {
  const isNew = !read || JSON.stringify(schema) !== JSON.stringify(read.schema);
  return {
    read,
    operation: "WRITE",
    ...(isNew ? { schema } : {}),
    add: file ? [file] : [],
    remove: mode === "overwrite" ? read?.files ?? [] : [],
    info: { operationParameters: { mode: mode === "append" ? "Append" : "Overwrite" } },
  };
}

/** The columns of the rows, as the table spells and types them. */
function storedFields(schema: readonly Field[], incoming: readonly Field[]): Field[] {
  const names = new Set(incoming.map((field) => field.name.toLowerCase()));
  return schema.filter((field) => names.has(field.name.toLowerCase()));
}

async function stagedSchema({ connection }: Engine, staged: string): Promise<Field[]> {
  const reader = await connection.runAndReadAll(`SELECT * FROM ${quoteName(staged)} LIMIT 0`);
  return reader.columnNames().map((name, i) => ({ name, type: deltaType(reader.columnType(i), name), nullable: true }));
}

function tableOf(rows: Rows): ArrowTable {
  if (Array.isArray(rows)) return tableFromRows(rows as Row[]);
  return "arrow" in rows && typeof rows.arrow === "function" ? rows.arrow() : rows as ArrowTable;
}

function checkTarget(table: string, mode: unknown): void {
  checkTableName(table);
  if (mode !== "append" && mode !== "overwrite") {
    throw new RangeError(
      `Cannot write table "${table}" as mode must be "append" or "overwrite": got ${JSON.stringify(mode)}`,
    );
  }
  if (rejectedTableOf(table)) {
    throw new RangeError(
      `Cannot write table "${table}" as names that end in "_dlq" mean the rejected records of a topic: choose another`,
    );
  }
}

function checkDerived(snapshot: Snapshot): void {
  const { table, partitionColumns } = snapshot;
  if (isRawTable(snapshot)) {
    throw new RangeError(
      `Cannot write table "${table}" as it holds the records of a topic: publish to the topic instead`,
    );
  }
  if (partitionColumns.length) {
    throw new RangeError(
      `Cannot write table "${table}" as partitioned tables are not in this version: it is partitioned by ${
        partitionColumns.join(", ")
      }`,
    );
  }
}
