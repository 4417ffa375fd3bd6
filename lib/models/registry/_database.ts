import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { join } from "node:path";
import { DIGEST_TAG } from "../digest_tag.ts";

/** How long a writer waits for another process's transaction, which takes a few milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

const TABLES = `
CREATE TABLE experiments (
  experiment_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, lifecycle_stage TEXT NOT NULL DEFAULT 'active',
  creation_time INTEGER NOT NULL, last_update_time INTEGER NOT NULL) STRICT;
CREATE TABLE experiment_tags (
  experiment_id INTEGER NOT NULL REFERENCES experiments, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  run_id TEXT PRIMARY KEY, experiment_id INTEGER NOT NULL REFERENCES experiments, run_name TEXT NOT NULL,
  user_id TEXT NOT NULL, status TEXT NOT NULL, start_time INTEGER NOT NULL, end_time INTEGER,
  lifecycle_stage TEXT NOT NULL DEFAULT 'active') STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_experiment ON runs (experiment_id, start_time DESC, run_id);
CREATE TABLE run_tags (
  run_id TEXT NOT NULL REFERENCES runs, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE params (
  run_id TEXT NOT NULL REFERENCES runs, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE metrics (
  run_id TEXT NOT NULL REFERENCES runs, key TEXT NOT NULL, step INTEGER NOT NULL, timestamp INTEGER NOT NULL,
  is_nan INTEGER NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (run_id, key, step, timestamp, is_nan, value)) STRICT, WITHOUT ROWID;
CREATE TABLE registered_models (
  name TEXT PRIMARY KEY, description TEXT NOT NULL,
  creation_timestamp INTEGER NOT NULL, last_updated_timestamp INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE registered_model_tags (
  name TEXT NOT NULL REFERENCES registered_models, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (name, key)) STRICT, WITHOUT ROWID;
CREATE TABLE model_versions (
  name TEXT NOT NULL REFERENCES registered_models, version INTEGER NOT NULL, description TEXT NOT NULL,
  source TEXT NOT NULL, run_id TEXT NOT NULL, run_link TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'READY',
  creation_timestamp INTEGER NOT NULL, last_updated_timestamp INTEGER NOT NULL,
  PRIMARY KEY (name, version)) STRICT, WITHOUT ROWID;
CREATE TABLE model_version_tags (
  name TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (name, version, key), FOREIGN KEY (name, version) REFERENCES model_versions) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_version_per_content ON model_version_tags (name, value) WHERE key = '${DIGEST_TAG}';
CREATE TABLE aliases (
  name TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (name, alias), FOREIGN KEY (name, version) REFERENCES model_versions) STRICT, WITHOUT ROWID;
CREATE TABLE artifacts (path TEXT PRIMARY KEY, digest TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

const LOGGED_MODELS = `
CREATE TABLE logged_models (
  model_id TEXT PRIMARY KEY, experiment_id INTEGER NOT NULL REFERENCES experiments, name TEXT NOT NULL,
  model_type TEXT NOT NULL, source_run_id TEXT NOT NULL, status TEXT NOT NULL, lifecycle_stage TEXT NOT NULL,
  creation_timestamp INTEGER NOT NULL, last_updated_timestamp INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, creation_timestamp DESC);
CREATE TABLE logged_model_tags (
  model_id TEXT NOT NULL REFERENCES logged_models, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE logged_model_params (
  model_id TEXT NOT NULL REFERENCES logged_models, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE logged_model_metrics (
  model_id TEXT NOT NULL REFERENCES logged_models, key TEXT NOT NULL, step INTEGER NOT NULL, timestamp INTEGER NOT NULL,
  run_id TEXT NOT NULL, is_nan INTEGER NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (model_id, key, step, timestamp, run_id)) STRICT, WITHOUT ROWID;
CREATE TABLE run_outputs (
  run_id TEXT NOT NULL REFERENCES runs, model_id TEXT NOT NULL REFERENCES logged_models, step INTEGER NOT NULL,
  PRIMARY KEY (run_id, model_id)) STRICT, WITHOUT ROWID;
`;

/** What made each format of the tables from the one before; an older workbench refuses a newer file. */
const FORMATS: readonly string[] = [TABLES, LOGGED_MODELS];

/** The registry's tables, shared by every process that opened them. */
export interface Database extends Disposable {
  /** Rows of a query. */
  all<T>(sql: string, ...values: SQLInputValue[]): T[];
  /** First row of a query. */
  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined;
  /** Number of rows that a statement changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Runs a function as one transaction: all of its statements or none, seen by others at once. */
  transaction<T>(body: () => T): T;
}

/**
 * Opens the registry's tables, making them when they are missing.
 *
 * @param dir folder of registry.db
 * @returns the tables
 * @throws {Error} when the file cannot be opened, is no database, or was made by a newer version
 */
export function openDatabase(dir: string): Database {
  const file = join(dir, "registry.db");
  Deno.mkdirSync(dir, { recursive: true });
  const db = attempt(file, () => new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS }));
  try {
    attempt(file, () => prepare(db, file));
    return wrap(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync, file: string): void {
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  db.exec("PRAGMA case_sensitive_like = ON"); // as MLflow sets it: LIKE differs from ILIKE
  transaction(db, () => {
    const { user_version: found } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    const newest = FORMATS.length;
    if (found > newest) throw new Error(`"${file}" has format ${found}, this version knows ${newest}`);
    if (found === newest) return;
    for (const format of FORMATS.slice(found)) db.exec(format);
    db.exec(`PRAGMA user_version = ${newest}`);
    if (found > 0) return;
    const now = Date.now();
    db.prepare("INSERT INTO experiments VALUES (0, 'Default', 'active', ?, ?)").run(now, now);
  });
}

function wrap(db: DatabaseSync): Database {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    all: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as T[],
    get: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as T | undefined,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    transaction: (body) => transaction(db, body),
    [Symbol.dispose]: () => db.close(),
  };
}

function transaction<T>(db: DatabaseSync, body: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function attempt<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot open "${file}" as the model registry: ${found}`, { cause });
  }
}
