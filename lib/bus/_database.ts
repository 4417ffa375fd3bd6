import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { WriterSettings } from "./_command.ts";

const FORMAT = 1; // stored as user_version; raised when the tables change

const TABLES = `
  create table if not exists topic (
    id integer primary key, name text not null unique, incarnation text not null, partitions integer not null) strict;
  create table if not exists partition (
    id integer primary key, topic integer not null references topic, number integer not null,
    low integer not null, next integer not null, time integer not null, unique (topic, number)) strict;
  create table if not exists batch (
    id integer primary key, partition integer not null references partition, base integer not null,
    count integer not null, time integer not null, frame blob not null) strict;
  create unique index if not exists batch_base on batch (partition, base);
  create index if not exists batch_time on batch (partition, time);
  create table if not exists producer (
    partition integer not null references partition, id text not null, sequence integer not null,
    primary key (partition, id)) strict, without rowid;
  create table if not exists committed (
    "group" text not null, partition integer not null references partition, next integer not null,
    primary key ("group", partition)) strict, without rowid;
  pragma user_version = ${FORMAT}`;

/**
 * Names the file of an embedded bus.
 *
 * @param dir Folder of the bus.
 * @returns Path of the SQLite database.
 */
export function fileOf(dir: string): string {
  return join(dir, "bus.db");
}

/**
 * Opens the database for writing; makes its folder and tables when missing.
 *
 * @param dir Folder of the bus.
 * @param retry Runs an action again while another process holds a lock.
 * @returns The connection; each of its commits is synced before it returns.
 * @throws {Error} When the file is of another format.
 */
export function openWriter(dir: string, retry: <T>(action: () => T) => T): DatabaseSync {
  Deno.mkdirSync(dir, { recursive: true });
  const database = new DatabaseSync(fileOf(dir), { timeout: 0 });
  try {
    retry(() => database.prepare("pragma journal_mode = wal").get());
    database.exec("pragma synchronous = full; pragma foreign_keys = on; pragma journal_size_limit = 67108864");
    if (formatOf(database, dir) === 0) createTables(database, retry);
    syncLog(dir);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/**
 * Opens the database for reading.
 *
 * @param dir Folder of a bus that has been opened for writing.
 * @param lockWaitMs How long a recovery by another process is waited for.
 * @returns The connection.
 */
export function openReader(dir: string, lockWaitMs: number): DatabaseSync {
  return new DatabaseSync(fileOf(dir), { readOnly: true, timeout: lockWaitMs });
}

/**
 * Reads back what decides over durability.
 *
 * @param database Connection for writing.
 * @returns Journal mode and synchronous, as the connection has them.
 */
export function settingsOf(database: DatabaseSync): WriterSettings {
  const { journal_mode } = database.prepare("pragma journal_mode").get() as { journal_mode: string };
  const { synchronous } = database.prepare("pragma synchronous").get() as { synchronous: number };
  return { journalMode: journal_mode, synchronous };
}

/** The stored format; 0 for a new database. A bus that is there opens without a write, so also on a full disk. */
function formatOf(database: DatabaseSync, dir: string): number {
  const { user_version: found } = database.prepare("pragma user_version").get() as { user_version: number };
  if (found === 0 || found === FORMAT) return found;
  throw new Error(
    `Cannot open bus "sqlite:${dir}" as its format must be ${FORMAT}: got ${found}; open it with the version that wrote it`,
  );
}

function createTables(database: DatabaseSync, retry: <T>(action: () => T) => T): void {
  retry(() => database.prepare("begin immediate").run());
  database.exec(TABLES);
  database.exec("commit");
}

/** A killed writer may leave a whole commit in the log that was never synced: what readers see must be durable. */
function syncLog(dir: string): void {
  for (const path of [`${fileOf(dir)}-wal`, dir]) {
    using file = Deno.openSync(path);
    file.syncSync();
  }
}
