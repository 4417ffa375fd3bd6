import { DIGEST_TAG } from "../digest_tag.ts";
import type { Database } from "./_database.ts";
import { findLoggedModel, showLoggedModel } from "./_logged_model_row.ts";
import { checkKey, checkLength, checkModelName, versionNumber } from "./_names.ts";
import { listed, maybeText, type Route, route, tags, text } from "./_route.ts";
import { invalid, missing, taken } from "../client/registry_error.ts";

const MAX_TAG_VALUE = 100_000;
/** Status of a version that was deleted: its number is never used again. */
const DELETED = "DELETED";

/** Source of a version that a logged model is. */
const LOGGED_MODEL = /^models:\/+(m-[0-9a-f]{32})$/;

const VERSION = { name: text, version: text };

/** Calls on versions of models. */
export const MODEL_VERSION_ROUTES: readonly Route[] = [
  route(
    "POST",
    "model-versions/create",
    { name: text, source: text, run_id: maybeText, run_link: maybeText, description: maybeText, tags },
    ({ db }, version) => {
      checkModelName(version.name);
      checkSource(db, version.source);
      return db.transaction(() => ({ model_version: createVersion(db, version) }));
    },
  ),
  route("GET", "model-versions/get", VERSION, ({ db }, { name, version }) => {
    return { model_version: showVersionAndAliases(db, findVersion(db, name, version)) };
  }),
  route("GET", "model-versions/get-download-uri", VERSION, ({ db }, { name, version }) => {
    return { artifact_uri: placeOf(db, findVersion(db, name, version).source) };
  }),
  route(
    "PATCH",
    "model-versions/update",
    { ...VERSION, description: maybeText },
    ({ db }, { name, version, description }) => {
      const row = findVersion(db, name, version);
      const sql =
        "UPDATE model_versions SET description = ?, last_updated_timestamp = ? WHERE name = ? AND version = ?";
      db.run(sql, description, Date.now(), name, row.version);
      return { model_version: showVersion(db, findVersion(db, name, version)) };
    },
  ),
  route(
    "POST",
    "model-versions/set-tag",
    { ...VERSION, key: text, value: maybeText },
    ({ db }, { name, version, ...tag }) => {
      return db.transaction(() => {
        setVersionTag(db, findVersion(db, name, version), tag);
        return {};
      });
    },
  ),
  route(
    "DELETE",
    "model-versions/delete-tag",
    { ...VERSION, key: text },
    ({ db }, { name, version, key }) => {
      const row = findVersion(db, name, version);
      const sql = "DELETE FROM model_version_tags WHERE name = ? AND version = ? AND key = ?";
      db.run(sql, name, row.version, key);
      return {};
    },
  ),
  route("DELETE", "model-versions/delete", VERSION, ({ db }, { name, version }) => {
    return db.transaction(() => deleteVersion(db, findVersion(db, name, version)));
  }),
];

/** A version as its table holds it. */
export interface VersionRow {
  name: string;
  version: number;
  description: string;
  source: string;
  run_id: string;
  run_link: string;
  status: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
}

/**
 * Finds a version of a model.
 *
 * @param db the registry's tables
 * @param name name of the model
 * @param version number of the version, as text
 * @returns its row
 * @throws {RegistryError} when the version is no number or there is no such version
 */
export function findVersion(db: Database, name: string, version: string): VersionRow {
  const sql = `SELECT * FROM model_versions WHERE name = ? AND version = ? AND status <> '${DELETED}'`;
  const row = db.get<VersionRow>(sql, name, versionNumber(version));
  if (!row) throw missing(`Model Version (name=${name}, version=${version}) not found`);
  return row;
}

/**
 * Writes a version as MLflow's ModelVersion.
 *
 * @param db the registry's tables
 * @param row the version
 * @returns the message
 */
export function showVersion(db: Database, row: VersionRow): Record<string, unknown> {
  const tagSql = "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ? ORDER BY key";
  return {
    name: row.name,
    version: String(row.version),
    creation_timestamp: row.creation_timestamp,
    last_updated_timestamp: row.last_updated_timestamp,
    current_stage: "None",
    description: row.description,
    source: row.source,
    run_id: row.run_id,
    status: row.status,
    ...listed("tags", db.all(tagSql, row.name, row.version)),
    run_link: row.run_link,
  };
}

/**
 * Writes a version as MLflow's ModelVersion with its aliases, which listings leave out.
 *
 * @param db the registry's tables
 * @param row the version
 * @returns the message
 */
export function showVersionAndAliases(db: Database, row: VersionRow): Record<string, unknown> {
  const sql = "SELECT alias FROM aliases WHERE name = ? AND version = ? ORDER BY alias";
  const aliases = db.all<{ alias: string }>(sql, row.name, row.version);
  return { ...showVersion(db, row), ...listed("aliases", aliases.map(({ alias }) => alias)) };
}

interface NewVersion {
  name: string;
  source: string;
  run_id: string;
  run_link: string;
  description: string;
  tags: { key: string; value: string }[];
}

function createVersion(db: Database, { name, source, run_id, run_link, description, tags }: NewVersion): unknown {
  if (!db.get("SELECT 1 FROM registered_models WHERE name = ?", name)) {
    throw missing(`Registered Model with name=${name} not found`);
  }
  const sql = "SELECT coalesce(max(version), 0) + 1 AS version FROM model_versions WHERE name = ?";
  const { version } = db.get<{ version: number }>(sql, name)!;
  const now = Date.now();
  const insert = "INSERT INTO model_versions VALUES (?, ?, ?, ?, ?, ?, 'READY', ?, ?)";
  db.run(insert, name, version, description, source, run_id, run_link, now, now);
  db.run("UPDATE registered_models SET last_updated_timestamp = ? WHERE name = ?", now, name);
  const row = findVersion(db, name, String(version));
  for (const tag of tags) setVersionTag(db, row, tag);
  return showVersion(db, row);
}

function setVersionTag(
  db: Database,
  { name, version }: VersionRow,
  { key, value }: { key: string; value: string },
): void {
  checkKey("key", key);
  checkLength("value", value, MAX_TAG_VALUE);
  if (key === DIGEST_TAG) checkFirst(db, name, version, value);
  db.run("INSERT OR REPLACE INTO model_version_tags VALUES (?, ?, ?, ?)", name, version, key, value);
}

function checkFirst(db: Database, name: string, version: number, digest: string): void {
  const sql = "SELECT version FROM model_version_tags WHERE name = ? AND key = ? AND value = ? AND version <> ?";
  const other = db.get<{ version: number }>(sql, name, DIGEST_TAG, digest, version);
  if (!other) return;
  throw taken(`Model Version (name=${name}, version=${other.version}) already exists with ${DIGEST_TAG}=${digest}`);
}

/** Where the files of a version are: a source may name a logged model, as MLflow 3's `log_model` writes it. */
function placeOf(db: Database, source: string): string {
  const id = LOGGED_MODEL.exec(source)?.[1];
  return id === undefined ? source : showLoggedModel(db, findLoggedModel(db, id, true)).info.artifact_uri;
}

function checkSource(db: Database, source: string): void {
  const id = LOGGED_MODEL.exec(source)?.[1];
  if (id !== undefined) return void findLoggedModel(db, id);
  const path = /^mlflow-artifacts:\/(.+)$/.exec(source)?.[1];
  if (path === undefined) {
    throw invalid(
      `Invalid model version source: '${source}'. The embedded registry holds artifacts of its own only: ` +
        `upload them and name them by mlflow-artifacts:/`,
    );
  }
  if (!path.split("/").includes("..")) return;
  throw invalid(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, ` +
      `objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references ` +
      `present. Please provide an absolute path.`,
  );
}

function deleteVersion(db: Database, { name, version }: VersionRow): unknown {
  for (const table of ["aliases", "model_version_tags"]) {
    db.run(`DELETE FROM ${table} WHERE name = ? AND version = ?`, name, version);
  }
  const now = Date.now();
  const sql = `UPDATE model_versions SET status = '${DELETED}', description = '', source = '', run_id = '',
    run_link = '', last_updated_timestamp = ? WHERE name = ? AND version = ?`;
  db.run(sql, now, name, version);
  db.run("UPDATE registered_models SET last_updated_timestamp = ? WHERE name = ?", now, name);
  return {};
}
