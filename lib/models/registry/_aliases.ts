import { findVersion, showVersionAndAliases, type VersionRow } from "./_model_versions.ts";
import { checkAlias, checkModelName } from "./_names.ts";
import { findModel, newestVersion } from "./_registered_models.ts";
import { type Route, route, text } from "./_route.ts";
import { invalid, missing } from "../client/registry_error.ts";

/** MLflow resolves it to the newest version, and nobody can set it. */
const LATEST = "latest";

/** Calls on aliases of versions. */
export const ALIAS_ROUTES: readonly Route[] = [
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
    if (alias.toLowerCase() === LATEST) {
      const newest = newestVersion(db, name);
      if (!newest) throw missing(`Latest version not found for model ${name}.`);
      return { model_version: showVersionAndAliases(db, newest) };
    }
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
