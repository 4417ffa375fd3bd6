import { DatabaseSync, type StatementSync } from "node:sqlite";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ArrowTable, columnValues } from "../../columns/mod.ts";
import type { SignatureColumn, SignatureType } from "../signature.ts";
import { isNumberKey, keyOf } from "./_lookup_keys.ts";

/** A lookup on this machine. */
export interface LookupFile extends Disposable {
  /** Memory that it holds, bytes. */
  readonly bytes: number;
  /** Finds the rows of keys, a JSON list: of each key that is there its values, then its place in the list. */
  find(keys: string): unknown[][];
}

/** What a lookup's file is made from. */
export interface LookupFileParts {
  /** What is opened, for messages. */
  label: string;
  /** Folder of this machine for what is made of artefacts. */
  dir: string;
  /** Digest of the content, which names the file. */
  digest: string;
  /** The rows, a row per key. */
  table: ArrowTable;
  /** The key columns. */
  inputs: readonly SignatureColumn[];
  /** The value columns. */
  outputs: readonly SignatureColumn[];
}

/** Another layout has another number; a file of another one is made anew. */
const LAYOUT = 0xb0a7 * 256 + 1;
/** Most of a file that SQLite keeps in memory. */
const CACHE_BYTES = 16 * 2 ** 20;
const ROWS_PER_INSERT = 100;
/** Rows between which others get their turn: some milliseconds. */
const ROWS_PER_TURN = 2_000;
/** Files that were not opened for so long are removed. */
const KEPT_MS = 30 * 86_400_000;

const STORED: Readonly<Record<SignatureType, string>> = {
  double: "REAL",
  float: "REAL",
  long: "INTEGER",
  integer: "INTEGER",
  boolean: "INTEGER",
  string: "TEXT",
};

/**
 * Opens the SQLite file of a lookup; it is made when this machine has none of that content.
 *
 * @param parts content, and where the file lies
 * @returns the file; dispose of it to close it
 * @throws {TypeError} when a key is NULL or there twice
 */
export async function openLookupFile(parts: LookupFileParts): Promise<LookupFile> {
  const folder = join(parts.dir, "lookups"), path = join(folder, `${parts.digest}.db`);
  const database = openMade(path) ?? await make(parts, folder, path);
  const values = parts.outputs.map((_, i) => `v${i}`).join(", ");
  const find = database.prepare(
    `SELECT ${values}, asked.key FROM json_each(?) asked JOIN rows ON rows.k = asked.value`,
  );
  // Deno's types do not have it yet.
  (find as StatementSync & { setReturnArrays(enabled: boolean): void }).setReturnArrays(true);
  return {
    bytes: Math.min(CACHE_BYTES, Deno.statSync(path).size),
    find: (keys) => find.all(keys) as unknown as unknown[][],
    [Symbol.dispose]: () => database.close(),
  };
}

async function make(parts: LookupFileParts, folder: string, path: string): Promise<DatabaseSync> {
  await Deno.mkdir(folder, { recursive: true });
  await removeOld(folder);
  const unfinished = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await fill(unfinished, parts);
    using file = await Deno.open(unfinished, { write: true });
    await file.syncData();
    await Deno.rename(unfinished, path);
  } catch (cause) {
    await Deno.remove(unfinished).catch(() => {}); // it may not be there
    throw cause;
  }
  return open(path);
}

function openMade(path: string): DatabaseSync | null {
  try {
    return open(path);
  } catch {
    return null; // none, or no such file: it is made anew from the artefact, which was checked
  }
}

/** A file that was made whole is renamed to its place, and never changes: SQLite need not lock it, which costs most. */
function open(path: string): DatabaseSync {
  Deno.utimeSync(path, new Date(), new Date());
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const { user_version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (user_version !== LAYOUT) throw new Error(`Cannot use ${path} as its layout is another: got ${user_version}`);
    database.exec(`PRAGMA cache_size = -${CACHE_BYTES / 1024}`);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

async function fill(path: string, { label, table, inputs, outputs }: LookupFileParts): Promise<void> {
  using database = new DatabaseSync(path);
  const isNumber = isNumberKey(inputs);
  const columns = outputs.map(({ type }, i) => `v${i} ${STORED[type]}`);
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = ${LAYOUT};
    CREATE TABLE rows (k ${isNumber ? "INTEGER" : "TEXT"} NOT NULL PRIMARY KEY, ${columns.join(", ")}) STRICT${
    isNumber ? "" : ", WITHOUT ROWID"
  }; BEGIN`);
  const insert = inserter(database, outputs.length);
  const keys = new Map(inputs.map(({ name }) => [name, valuesOf(table, name)]));
  const values = outputs.map(({ name }) => valuesOf(table, name));
  try {
    for (let from = 0; from < table.numRows; from += ROWS_PER_TURN) {
      const to = Math.min(table.numRows, from + ROWS_PER_TURN);
      insert(from, to, (row) => [keyOf(inputs, keys, row), ...values.map((column) => stored(column[row]))]);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    database.exec("COMMIT");
  } catch (cause) {
    throw new TypeError(`Cannot load "${label}" as its table must have one row per key: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Integers as bigint, exactly. */
function valuesOf(table: ArrowTable, name: string): ArrayLike<unknown> {
  return columnValues(table, table.names.indexOf(name), { bigint: true });
}

function stored(value: unknown): string | number | bigint | null {
  return typeof value === "boolean" ? Number(value) : value as string | number | bigint | null;
}

type Cells = readonly (string | number | bigint | null)[];

function inserter(database: DatabaseSync, values: number) {
  const places = `(?${", ?".repeat(values)})`;
  const of = (count: number) =>
    database.prepare(`INSERT INTO rows VALUES ${Array.from({ length: count }, () => places).join(", ")}`);
  const many = of(ROWS_PER_INSERT), one = of(1);
  return (from: number, to: number, cells: (row: number) => Cells) => {
    let row = from;
    for (; row + ROWS_PER_INSERT <= to; row += ROWS_PER_INSERT) {
      const first = row;
      many.run(...Array.from({ length: ROWS_PER_INSERT }, (_, i) => cells(first + i)).flat());
    }
    for (; row < to; row++) one.run(...cells(row));
  };
}

async function removeOld(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null })); // another process may be first
    if (mtime && Date.now() - mtime.getTime() > KEPT_MS) await Deno.remove(path).catch(() => {});
  }
}
