import type { Store } from "../store/mod.ts";
import { boundsReader } from "./_bounds.ts";
import type { Engine } from "./_engine.ts";
import type { Field } from "./field.ts";
import type { Filter } from "./_filter.ts";
import { pruneFiles } from "./_prune.ts";
import { holdFiles, type LocalFile, selectFiles } from "./scan.ts";
import type { LiveFile, Snapshot } from "./snapshot.ts";
import { quoteName, sqlType } from "./sql_type.ts";
import { writeFiles } from "./_write_files.ts";
import { type Exchange, spelled, type Staged } from "./_write_table.ts";

type Keyed = Pick<Staged, "table" | "staged" | "incoming" | "key">;

/** Refuses rows that a merge could not tell apart. */
export async function checkKeys({ connection }: Engine, { table, staged, incoming, key }: Keyed): Promise<void> {
  if (key.length === 0) {
    throw new RangeError(`Cannot merge into table "${table}" as key must name at least one column: got none`);
  }
  for (const name of key) {
    if (!spelled(incoming, name)) {
      throw new RangeError(`Cannot merge into table "${table}" as rows must have the key column "${name}": got none`);
    }
  }
  const columns = key.map(quoteName).join(", ");
  const missing = key.map((name) => `${quoteName(name)} IS NULL`).join(" OR ");
  const [counted] = await rowsOf(connection, `SELECT count(*)::DOUBLE FROM ${quoteName(staged)} WHERE ${missing}`);
  const nulls = counted?.[0];
  if (nulls) {
    throw new RangeError(
      `Cannot merge into table "${table}" as no key (${key.join(", ")}) may be NULL: ${nulls} of the rows have none`,
    );
  }
  const [twice] = await rowsOf(
    connection,
    `SELECT to_json({${
      key.map((name) => `${quoteName(name)}: ${quoteName(name)}`).join(", ")
    }})::VARCHAR, count(*)::DOUBLE
      FROM ${quoteName(staged)} GROUP BY ${columns} HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
  );
  if (!twice) return;
  throw new RangeError(
    `Cannot merge into table "${table}" as each key must come once among the rows: ${twice[0]} comes ${twice[1]} times`,
  );
}

/**
 * Writes anew the files that hold a key of the rows, without these, and the rows beside what is left. Which files these are
 * is told by statistics first; the others are not opened.
 */
export async function planMerge(
  engine: Engine,
  store: Store,
  plan: Staged,
  read: Snapshot,
  schema: Field[],
): Promise<Exchange> {
  const { table, staged, incoming } = plan;
  const key = plan.key.map((name) => spelled(schema, name)!);
  for (const name of key) {
    if (spelled(read.schema, name)) continue;
    throw new RangeError(`Cannot merge into table "${table}" as it must have the key column "${name}": it has none`);
  }
  const candidates = await mayHoldKeys(engine, plan, read, key);
  await using held = await holdFiles(store, read, candidates);
  const remove: LocalFile[] = [];
  for (const file of held.files) if (await holdsKey(engine, plan, read, file, key)) remove.push(file);
  const kept = `SELECT * FROM (${selectFiles(read, remove)}) AS stored ANTI JOIN ${quoteName(staged)} AS fresh ON ${
    sameKey(key)
  }`;
  const columns = incoming.map(({ name }) => {
    const field = schema.find((one) => one.name.toLowerCase() === name.toLowerCase())!;
    return `CAST(${quoteName(name)} AS ${sqlType(field.type)}) AS ${quoteName(field.name)}`;
  });
  const select = `${kept} UNION ALL BY NAME SELECT ${columns.join(", ")} FROM ${quoteName(staged)}`;
  const add = await writeFiles(engine, store, { table, select, schema, partitionColumns: read.partitionColumns });
  return { add, remove };
}

/** Files whose bounds of each key column meet those of the rows. */
async function mayHoldKeys(
  { connection }: Engine,
  { staged }: Staged,
  read: Snapshot,
  key: readonly string[],
): Promise<LiveFile[]> {
  const values: unknown[] = [];
  const parts: Filter[] = [];
  for (const name of key) {
    const { type } = read.schema.find((field) => field.name === name)!;
    if (typeof type !== "string") continue;
    const column = `CAST(${quoteName(name)} AS ${sqlType(type)})`;
    const [bounds] = await rowsOf(
      connection,
      `SELECT min(${column})::VARCHAR, max(${column})::VARCHAR FROM ${quoteName(staged)}`,
    );
    if (bounds![0] === null) return []; // no rows at all
    const isWhole = /^(byte|short|integer|long)$/.test(type);
    const parameters = bounds!.map((text) => ({
      parameter: values.push(isWhole ? BigInt(String(text)) : String(text)),
    }));
    parts.push({
      kind: "compare",
      column: { name: name.toLowerCase(), others: [] },
      comparisons: [{ operator: ">=", value: parameters[0]! }, { operator: "<=", value: parameters[1]! }],
      join: "and",
    });
  }
  const options = { connection, values, bounds: boundsReader(), hasColumn: () => true };
  return await pruneFiles(read, read.files, [{ kind: "and", parts }], options);
}

async function holdsKey(
  { connection }: Engine,
  { staged }: Staged,
  read: Snapshot,
  file: LocalFile,
  key: readonly string[],
): Promise<boolean> {
  const found = await rowsOf(
    connection,
    `SELECT 1 FROM (${selectFiles(read, [file])}) AS stored SEMI JOIN ${quoteName(staged)} AS fresh ON ${
      sameKey(key)
    } LIMIT 1`,
  );
  return found.length > 0;
}

function sameKey(key: readonly string[]): string {
  return key.map((name) => `stored.${quoteName(name)} = fresh.${quoteName(name)}`).join(" AND ");
}

async function rowsOf(connection: Engine["connection"], sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJS();
}
