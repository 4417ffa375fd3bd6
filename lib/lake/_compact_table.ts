import type { Store } from "../store/mod.ts";
import { commit, type CommitOutcome } from "./commit.ts";
import type { Compacted, CompactOptions } from "./compact.ts";
import type { Engine } from "./_engine.ts";
import { isRawTable } from "./_raw_table.ts";
import { holdFiles, selectFiles } from "./scan.ts";
import { type LiveFile, readSnapshot, type Snapshot } from "./snapshot.ts";
import { quoteName, quoteText, sqlType } from "./sql_type.ts";
import { writeParquet } from "./write_parquet.ts";
import { spelled } from "./_write_table.ts";

/** Files of one partition that become fewer. */
interface Group {
  files: LiveFile[];
  partition: Record<string, string | null>;
}

/** A group and the files that take its place. */
interface Rewritten extends Group {
  add: LiveFile[];
}

const TARGET_BYTES = 128 * 1024 * 1024;
const LEAST_FILL = 0.75; // files that are filled so far are left alone
const ROUNDS = 3;

/**
 * Writes small files of a table anew as larger ones, in one commit that changes no row. Others may commit meanwhile: what
 * they have removed is dropped from the commit, and planned anew.
 *
 * @param choose tells which of the files may hold rows that are asked for
 */
export async function compactTable(
  engine: Engine,
  store: Store,
  table: string,
  options: CompactOptions,
  choose: (snapshot: Snapshot) => Promise<LiveFile[]>,
): Promise<Compacted> {
  const done: Compacted = { version: null, filesBefore: 0, filesAfter: 0, rows: 0, bytes: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const read = await readSnapshot(store, table);
    if (!read) throw new RangeError(`Cannot compact table "${table}" as the lake has none of that name`);
    const order = orderOf(read, options);
    const groups = groupsOf(await choose(read), read, order.isCluster, checkedTarget(table, options));
    if (groups.length === 0) break;
    const rewritten: Rewritten[] = [];
    for (const group of groups) rewritten.push(await rewrite(engine, store, read, group, order, options));
    const { committed, version } = await commitGroups(store, read, rewritten, order);
    add(done, committed, version);
    if (committed.length === rewritten.length) break;
  }
  return done;
}

function add(done: Compacted, groups: readonly Rewritten[], version: number | null): void {
  const files = groups.flatMap((group) => group.add);
  done.version = version ?? done.version;
  done.filesBefore += groups.reduce((sum, group) => sum + group.files.length, 0);
  done.filesAfter += files.length;
  done.rows += files.reduce((sum, file) => sum + file.rows!, 0);
  done.bytes += files.reduce((sum, file) => sum + file.bytes, 0);
}

interface Order {
  columns: string[];
  isCluster: boolean;
}

function orderOf(read: Snapshot, { clusterBy }: CompactOptions): Order {
  const { table, schema, partitionColumns } = read;
  const wanted = typeof clusterBy === "string" ? [clusterBy] : [...clusterBy ?? []];
  if (isRawTable(read)) {
    if (wanted.length === 0) return { columns: ["_partition", "_offset"], isCluster: false };
    throw new RangeError(
      `Cannot cluster table "${table}" by ${
        wanted.join(", ")
      } as it holds the records of a topic, which stay in the order of the bus: write another table`,
    );
  }
  const columns = wanted.map((name) => {
    const found = spelled(schema, name);
    if (found && !partitionColumns.includes(found)) return found;
    throw new RangeError(
      `Cannot cluster table "${table}" by "${name}" as it must be a column ${
        found ? "that does not divide it into files already" : "of the table"
      }`,
    );
  });
  return { columns, isCluster: columns.length > 0 };
}

function checkedTarget(table: string, { targetBytes = TARGET_BYTES }: CompactOptions): number {
  if (Number.isSafeInteger(targetBytes) && targetBytes > 0) return targetBytes;
  throw new RangeError(
    `Cannot compact table "${table}" as targetBytes must be a whole number from 1: got ${targetBytes}`,
  );
}

/** Neighbours in the order of the log, so that the order of rows stays; when clustering, whole partitions. */
function groupsOf(files: readonly LiveFile[], read: Snapshot, isCluster: boolean, target: number): Group[] {
  const keyOf = ({ partition }: LiveFile) =>
    JSON.stringify(read.partitionColumns.map((name) => partition[name] ?? null));
  return [...Map.groupBy(files, keyOf).values()].flatMap((ofPartition) => {
    const { partition } = ofPartition[0]!;
    if (isCluster) return [{ partition, files: ofPartition }];
    return bins(ofPartition, target).map((bin) => ({ partition, files: bin }));
  });
}

function bins(files: readonly LiveFile[], target: number): LiveFile[][] {
  const found: LiveFile[][] = [[]];
  let bytes = 0;
  for (const file of files) {
    const isLarge = file.bytes >= target * LEAST_FILL;
    if (isLarge || bytes + file.bytes > target) {
      found.push([]);
      bytes = 0;
    }
    if (isLarge) continue;
    found.at(-1)!.push(file);
    bytes += file.bytes;
  }
  return found.filter((bin) => bin.length > 1);
}

async function rewrite(
  engine: Engine,
  store: Store,
  read: Snapshot,
  group: Group,
  { columns, isCluster }: Order,
  { targetBytes = TARGET_BYTES }: CompactOptions,
): Promise<Rewritten> {
  const { table, schema, partitionColumns } = read;
  const { connection, dir } = engine;
  await using held = await holdFiles(store, read, group.files);
  const scan = selectFiles(read, held.files);
  const order = columns.length ? ` ORDER BY ${columns.map(quoteName).join(", ")}` : "";
  const parts = isCluster ? Math.ceil(sumBytes(group.files) / targetBytes) : 1;
  const add: LiveFile[] = [];
  for (const range of await ranges(engine, read, scan, columns[0], parts)) {
    const file = await writeParquet(connection, store, {
      table,
      select: `SELECT * FROM (${scan}) WHERE ${range}${order}`,
      schema: schema.filter(({ name }) => !partitionColumns.includes(name)),
      partition: group.partition,
      dir,
    });
    if (file) add.push(file);
  }
  await checkRows(engine, store, read, group, scan, add);
  return { ...group, add };
}

/** Conditions that divide the rows into parts of one size by the values of a column; NULL goes with the least. */
async function ranges(
  { connection }: Engine,
  { schema }: Snapshot,
  scan: string,
  column: string | undefined,
  parts: number,
): Promise<string[]> {
  if (parts < 2 || column === undefined) return ["true"];
  const name = quoteName(column);
  const type = sqlType(schema.find((field) => field.name === column)!.type);
  const steps = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts);
  const select = `SELECT DISTINCT unnest(quantile_disc(${name}, [${steps.join(", ")}])) AS q FROM (${scan}) ORDER BY q`;
  const read = await connection.runAndReadAll(`SELECT q::VARCHAR FROM (${select})`);
  const bounds = read.getRowsJS().flatMap(([text]) =>
    text === null ? [] : [`CAST(${quoteText(String(text))} AS ${type})`]
  );
  return [...bounds, null].map((bound, i) => {
    const lower = i === 0 ? null : `${name} > ${bounds[i - 1]}`;
    const upper = bound === null ? null : `${name} <= ${bound}`;
    const within = [lower, upper].filter((part) => part !== null).join(" AND ") || "true";
    return i === 0 ? `(${within} OR ${name} IS NULL)` : within;
  });
}

async function checkRows(
  { connection }: Engine,
  store: Store,
  { table, root }: Snapshot,
  { files }: Group,
  scan: string,
  add: readonly LiveFile[],
): Promise<void> {
  const [[before]] = (await connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM (${scan})`)).getRowsJS() as [
    [number],
  ];
  const told = files.every(({ rows }) => rows !== null) ? files.reduce((sum, { rows }) => sum + rows!, 0) : before;
  const after = add.reduce((sum, { rows }) => sum + rows!, 0);
  if (before === after && told === after) return;
  for (const { path } of add) await store.delete(`${root}/${path}`);
  throw new Error(
    `Cannot compact table "${table}" as no row may be lost: its files hold ${before} of the ${told} rows that the log tells of, ${after} were written`,
  );
}

/** Tries until the commit wins; groups whose files are not all live any more are left out. */
async function commitGroups(
  store: Store,
  from: Snapshot,
  rewritten: readonly Rewritten[],
  { columns, isCluster }: Order,
): Promise<{ committed: Rewritten[]; version: number | null }> {
  let read = from;
  let groups = [...rewritten];
  for (;;) {
    if (groups.length === 0) return { committed: [], version: null };
    const add = groups.flatMap((group) => group.add);
    const remove = groups.flatMap((group) => group.files);
    const outcome: CommitOutcome = await commit(store, from.table, {
      read,
      operation: "OPTIMIZE",
      add,
      remove,
      dataChange: false,
      info: {
        operationParameters: { predicate: "[]", zOrderBy: JSON.stringify(isCluster ? columns : []) },
        operationMetrics: { numAddedFiles: String(add.length), numRemovedFiles: String(remove.length) },
      },
    });
    if ("version" in outcome) return { committed: groups, version: outcome.version };
    read = outcome.conflict;
    const live = new Map(read.files.map((file) => [file.path, JSON.stringify(file)]));
    const isLive = ({ files }: Group) => files.every((file) => live.get(file.path) === JSON.stringify(file));
    const lost = groups.filter((group) => !isLive(group));
    for (const { path } of lost.flatMap((group) => group.add)) await store.delete(`${from.root}/${path}`);
    groups = groups.filter(isLive);
  }
}

function sumBytes(files: readonly LiveFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
