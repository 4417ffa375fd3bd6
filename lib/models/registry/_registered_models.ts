import type { Database } from "./_database.ts";
import { showVersion, showVersionAndAliases, type VersionRow } from "./_model_versions.ts";
import { checkKey, checkLength, checkModelName } from "./_names.ts";
import { listed, maybeText, type RegistryContext, type Route, route, tags, text, texts } from "./_route.ts";
import { missing, taken } from "../client/registry_error.ts";

const MAX_TAG_VALUE = 100_000;

const LATEST = { name: text, stages: texts };

/** Calls on registered models. */
export const REGISTERED_MODEL_ROUTES: readonly Route[] = [
  route("POST", "registered-models/create", { name: text, description: maybeText, tags }, ({ db }, model) => {
    checkModelName(model.name);
    return db.transaction(() => ({ registered_model: createModel(db, model) }));
  }),
  route("GET", "registered-models/get", { name: text }, ({ db }, { name }) => {
    return { registered_model: showModel(db, findModel(db, name)) };
  }),
  route(
    "PATCH",
    "registered-models/update",
    { name: text, description: maybeText },
    ({ db }, { name, description }) => {
      findModel(db, name);
      const sql = "UPDATE registered_models SET description = ?, last_updated_timestamp = ? WHERE name = ?";
      db.run(sql, description, Date.now(), name);
      return { registered_model: showModel(db, findModel(db, name)) };
    },
  ),
  route("POST", "registered-models/rename", { name: text, new_name: text }, ({ db }, { name, new_name }) => {
    checkModelName(new_name);
    return db.transaction(() => ({ registered_model: renameModel(db, name, new_name) }));
  }),
  route("DELETE", "registered-models/delete", { name: text }, ({ db }, { name }) => {
    return db.transaction(() => deleteModel(db, name));
  }),
  route(
    "POST",
    "registered-models/set-tag",
    { name: text, key: text, value: maybeText },
    ({ db }, { name, key, value }) => {
      checkKey("key", key);
      checkLength("value", value, MAX_TAG_VALUE);
      findModel(db, name);
      db.run("INSERT OR REPLACE INTO registered_model_tags VALUES (?, ?, ?)", name, key, value);
      return {};
    },
  ),
  route("DELETE", "registered-models/delete-tag", { name: text, key: text }, ({ db }, { name, key }) => {
    findModel(db, name);
    db.run("DELETE FROM registered_model_tags WHERE name = ? AND key = ?", name, key);
    return {};
  }),
  route("GET", "registered-models/get-latest-versions", LATEST, latestVersions),
  route("POST", "registered-models/get-latest-versions", LATEST, latestVersions),
];

/** A registered model as its table holds it. */
export interface ModelRow {
  name: string;
  description: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
}

/**
 * Finds a registered model.
 *
 * @param db the registry's tables
 * @param name its name
 * @returns its row
 * @throws {RegistryError} when there is none
 */
export function findModel(db: Database, name: string): ModelRow {
  const row = db.get<ModelRow>("SELECT * FROM registered_models WHERE name = ?", name);
  if (!row) throw missing(`Registered Model with name=${name} not found`);
  return row;
}

function createModel(
  db: Database,
  { name, description, tags }: { name: string; description: string; tags: { key: string; value: string }[] },
): unknown {
  if (db.get("SELECT 1 FROM registered_models WHERE name = ?", name)) {
    throw taken(`Registered Model (name=${name}) already exists.`);
  }
  const now = Date.now();
  db.run("INSERT INTO registered_models VALUES (?, ?, ?, ?)", name, description, now, now);
  const sql = "INSERT OR REPLACE INTO registered_model_tags VALUES (?, ?, ?)";
  for (const { key, value } of tags) db.run(sql, name, key, value);
  return showModel(db, findModel(db, name));
}

const TABLES = ["registered_model_tags", "model_versions", "model_version_tags", "aliases"];

function renameModel(db: Database, name: string, newName: string): unknown {
  findModel(db, name);
  if (name !== newName && db.get("SELECT 1 FROM registered_models WHERE name = ?", newName)) {
    throw taken(`Registered Model (name=${newName}) already exists.`);
  }
  const now = Date.now();
  db.run("PRAGMA defer_foreign_keys = ON"); // until the end of the transaction
  db.run("UPDATE registered_models SET name = ?, last_updated_timestamp = ? WHERE name = ?", newName, now, name);
  for (const table of TABLES) db.run(`UPDATE ${table} SET name = ? WHERE name = ?`, newName, name);
  db.run("UPDATE model_versions SET last_updated_timestamp = ? WHERE name = ?", now, newName);
  return showModel(db, findModel(db, newName));
}

function deleteModel(db: Database, name: string): unknown {
  findModel(db, name);
  for (const table of [...TABLES.toReversed(), "registered_models"]) {
    db.run(`DELETE FROM ${table} WHERE name = ?`, name);
  }
  return {};
}

function latestVersions({ db }: RegistryContext, { name, stages }: { name: string; stages: string[] }): unknown {
  findModel(db, name);
  const isAsked = stages.length === 0 || stages.some((stage) => stage.toLowerCase() === "none");
  const newest = isAsked ? newestVersion(db, name) : undefined;
  return listed("model_versions", newest ? [showVersionAndAliases(db, newest)] : []);
}

/**
 * Finds the newest version of a model.
 *
 * @param db the registry's tables
 * @param name name of the model
 * @returns its row, if there is one
 */
export function newestVersion(db: Database, name: string): VersionRow | undefined {
  const sql = "SELECT * FROM model_versions WHERE name = ? AND status <> 'DELETED' ORDER BY version DESC LIMIT 1";
  return db.get<VersionRow>(sql, name);
}

/**
 * Writes a registered model as MLflow's RegisteredModel.
 *
 * @param db the registry's tables
 * @param row the model
 * @returns the message
 */
export function showModel(db: Database, row: ModelRow): unknown {
  const newest = newestVersion(db, row.name);
  const aliasSql = "SELECT alias, CAST(version AS TEXT) AS version FROM aliases WHERE name = ? ORDER BY alias";
  const tagSql = "SELECT key, value FROM registered_model_tags WHERE name = ? ORDER BY key";
  return {
    name: row.name,
    creation_timestamp: row.creation_timestamp,
    last_updated_timestamp: row.last_updated_timestamp,
    ...(row.description === "" ? {} : { description: row.description }),
    ...listed("latest_versions", newest ? [showVersion(db, newest)] : []),
    ...listed("tags", db.all(tagSql, row.name)),
    ...listed("aliases", db.all(aliasSql, row.name)),
  };
}
