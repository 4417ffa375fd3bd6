import type { Database } from "./_database.ts";
import { parseFilter } from "./_filter.ts";
import { findVersion, showVersion, showVersionAndAliases, type VersionRow } from "./_model_versions.ts";
import { checkAlias, checkModelName } from "./_names.ts";
import { pageSize, readPage } from "./_page.ts";
import {
  integer,
  listed,
  maybeText,
  refuse,
  type RegistryContext,
  type Route,
  route,
  tags,
  text,
  texts,
} from "./_route.ts";
import { invalid, missing, taken } from "../client/registry_error.ts";

const LARGEST_PAGE = 1000;

/** MLflow's client always asks for models that are no prompts, and this registry holds no prompts. */
const NO_PROMPTS = /(\s+and\s+)?\btag\.`mlflow\.prompt\.is_prompt` != 'true'/i;

const SEARCH = { filter: maybeText, max_results: integer.default(100), page_token: maybeText, order_by: texts };

/** Calls on registered models and their aliases. */
export const REGISTERED_MODEL_ROUTES: readonly Route[] = [
  route("POST", "registered-models/create", { name: text, description: maybeText, tags }, ({ db }, model) => {
    checkModelName(model.name);
    return db.transaction(() => ({ registered_model: createModel(db, model) }));
  }),
  route("GET", "registered-models/get", { name: text }, ({ db }, { name }) => {
    return { registered_model: showModel(db, findModel(db, name)) };
  }),
  route("GET", "registered-models/search", SEARCH, searchModels),
  route(
    "POST",
    "registered-models/alias",
    { name: text, alias: text, version: text },
    ({ db }, { name, alias, version }) => {
      checkModelName(name);
      checkAlias(alias);
      const row = findVersion(db, name, version);
      db.run("INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)", name, alias, row.version);
      return {};
    },
  ),
  route("GET", "registered-models/alias", { name: text, alias: text }, ({ db }, { name, alias }) => {
    findModel(db, name);
    const sql =
      "SELECT v.* FROM aliases AS a JOIN model_versions AS v USING (name, version) WHERE a.name = ? AND alias = ?";
    const row = db.get<VersionRow>(sql, name, alias);
    if (!row) throw invalid(`Registered model alias ${alias} not found.`);
    return { model_version: showVersionAndAliases(db, row) };
  }),
  route("DELETE", "registered-models/alias", { name: text, alias: text }, ({ db }, { name, alias }) => {
    findModel(db, name);
    db.run("DELETE FROM aliases WHERE name = ? AND alias = ?", name, alias);
    return {};
  }),
];

interface ModelRow {
  name: string;
  description: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
}

function findModel(db: Database, name: string): ModelRow {
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

function searchModels(
  { db }: RegistryContext,
  query: { filter: string; max_results: number; page_token: string; order_by: string[] },
): unknown {
  refuse("order_by", query.order_by);
  const equalities = parseFilter(query.filter.replace(NO_PROMPTS, ""), ["name"]);
  const where = ["true", ...equalities.map(() => "name = ?")].join(" AND ");
  const sql = `SELECT * FROM registered_models WHERE ${where} ORDER BY name LIMIT ? OFFSET ?`;
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<ModelRow>(sql, ...equalities.map(({ value }) => value), limit, offset),
  );
  return { ...listed("registered_models", rows.map((row) => showModel(db, row))), ...next };
}

function showModel(db: Database, row: ModelRow): unknown {
  const newest = db.get<VersionRow>(
    "SELECT * FROM model_versions WHERE name = ? ORDER BY version DESC LIMIT 1",
    row.name,
  );
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
