import { z } from "zod";
import { listFolder } from "./_artifacts.ts";
import type { Database } from "./_database.ts";
import { findActiveExperiment } from "./_experiments.ts";
import { findLoggedModel, showLoggedModel } from "./_logged_model_row.ts";
import { checkKey, checkLength } from "./_names.ts";
import { listed, maybeText, type Route, route, tags, text } from "./_route.ts";
import { findRun } from "./_run_row.ts";
import { invalid, missing } from "../client/registry_error.ts";

const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;

const MODEL = { model_id: text };
const CREATE = {
  experiment_id: text,
  name: maybeText,
  model_type: maybeText,
  source_run_id: maybeText,
  params: tags,
  tags,
};
const STATUS = z.enum(["LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"]);
const OUTPUTS = { run_id: text, models: z.array(z.object({ model_id: text, step: z.int().nullish() })).nullish() };

/** Calls on logged models: what `log_model` of MLflow 3 writes before a version names it. */
export const LOGGED_MODEL_ROUTES: readonly Route[] = [
  route("POST", "logged-models", CREATE, ({ db }, model) => {
    return db.transaction(() => ({ model: createLoggedModel(db, model) }));
  }),
  route("GET", "logged-models/:model_id", { ...MODEL, allow_deleted: maybeText }, ({ db }, query) => {
    return { model: showLoggedModel(db, findLoggedModel(db, query.model_id, query.allow_deleted === "true")) };
  }),
  route("PATCH", "logged-models/:model_id", { ...MODEL, status: STATUS }, ({ db }, { model_id, status }) => {
    return db.transaction(() => {
      findLoggedModel(db, model_id);
      change(db, model_id, "status", status);
      return { model: showLoggedModel(db, findLoggedModel(db, model_id)) };
    });
  }),
  route("DELETE", "logged-models/:model_id", MODEL, ({ db }, { model_id }) => {
    findLoggedModel(db, model_id);
    change(db, model_id, "lifecycle_stage", "deleted");
    return {};
  }),
  route("POST", "logged-models/:model_id/params", { ...MODEL, params: tags }, ({ db }, { model_id, params }) => {
    return db.transaction(() => {
      findLoggedModel(db, model_id);
      logParams(db, model_id, params);
      return {};
    });
  }),
  route("PATCH", "logged-models/:model_id/tags", { ...MODEL, tags }, ({ db }, { model_id, tags }) => {
    return db.transaction(() => {
      findLoggedModel(db, model_id);
      setTags(db, model_id, tags);
      return {};
    });
  }),
  route("DELETE", "logged-models/:model_id/tags/:tag_key", { ...MODEL, tag_key: text }, ({ db }, query) => {
    findLoggedModel(db, query.model_id);
    const sql = "DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?";
    if (db.run(sql, query.model_id, query.tag_key) > 0) return {};
    throw missing(`No tag with key '${query.tag_key}' found for model with ID '${query.model_id}'.`);
  }),
  route(
    "GET",
    "logged-models/:model_id/artifacts/directories",
    { ...MODEL, artifact_directory_path: maybeText },
    ({ db }, { model_id, artifact_directory_path }) => {
      const { artifact_uri } = showLoggedModel(db, findLoggedModel(db, model_id)).info;
      const root = artifact_uri.slice("mlflow-artifacts:/".length);
      return { root_uri: artifact_uri, ...listed("files", listFolder(db, root, artifact_directory_path)) };
    },
  ),
  route("POST", "runs/outputs", OUTPUTS, ({ db }, { run_id, models }) => {
    return db.transaction(() => {
      findRun(db, run_id);
      for (const { model_id, step } of models ?? []) {
        findLoggedModel(db, model_id);
        db.run("INSERT OR REPLACE INTO run_outputs VALUES (?, ?, ?)", run_id, model_id, step ?? 0);
      }
      return {};
    });
  }),
];

function createLoggedModel(db: Database, model: z.output<z.ZodObject<typeof CREATE>>): unknown {
  const { experiment_id } = findActiveExperiment(db, model.experiment_id);
  if (/[/:.%"']/.test(model.name)) {
    throw invalid(
      `Invalid model name ('${model.name}') provided. Model name must be a non-empty string and cannot contain the ` +
        `following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  }
  const id = `m-${crypto.randomUUID().replaceAll("-", "")}`;
  const now = Date.now();
  const sql = "INSERT INTO logged_models VALUES (?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', 'active', ?, ?)";
  const name = model.name || `model-${id.slice(2, 10)}`;
  db.run(sql, id, experiment_id, name, model.model_type, model.source_run_id, now, now);
  logParams(db, id, model.params);
  setTags(db, id, model.tags);
  return showLoggedModel(db, findLoggedModel(db, id));
}

function change(db: Database, id: string, column: "status" | "lifecycle_stage", value: string): void {
  db.run(
    `UPDATE logged_models SET ${column} = ?, last_updated_timestamp = ? WHERE model_id = ?`,
    value,
    Date.now(),
    id,
  );
}

interface Pair {
  key: string;
  value: string;
}

function setTags(db: Database, id: string, tags: readonly Pair[]): void {
  for (const { key, value } of tags) {
    checkKey("key", key);
    checkLength(`value of ${key}`, value, MAX_TAG_VALUE);
    db.run("INSERT OR REPLACE INTO logged_model_tags VALUES (?, ?, ?)", id, key, value);
  }
}

function logParams(db: Database, id: string, params: readonly Pair[]): void {
  for (const { key, value } of params) {
    checkKey("key", key);
    checkLength(`value of ${key}`, value, MAX_PARAM_VALUE);
    const old = db.get<Pair>("SELECT value FROM logged_model_params WHERE model_id = ? AND key = ?", id, key);
    if (old && old.value !== value) {
      throw invalid(`Param with key='${key}' was already logged with value='${old.value}' for model ID='${id}'.`);
    }
    db.run("INSERT OR IGNORE INTO logged_model_params VALUES (?, ?, ?)", id, key, value);
  }
}
