import type { Database } from "./_database.ts";
import { listed } from "./_route.ts";
import { missing } from "../client/registry_error.ts";

/** A logged model as its table holds it. */
export interface LoggedModelRow {
  model_id: string;
  experiment_id: number;
  name: string;
  model_type: string;
  source_run_id: string;
  status: string;
  lifecycle_stage: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
}

/**
 * Finds a logged model.
 *
 * @param db the registry's tables
 * @param id its id, `m-…`
 * @param withDeleted whether one that was deleted is found too
 * @returns its row
 * @throws {RegistryError} when there is none
 */
export function findLoggedModel(db: Database, id: string, withDeleted = false): LoggedModelRow {
  const row = db.get<LoggedModelRow>("SELECT * FROM logged_models WHERE model_id = ?", id);
  if (row && (withDeleted || row.lifecycle_stage === "active")) return row;
  throw missing(`Logged model with ID '${id}' not found.`);
}

/**
 * Writes a logged model as MLflow's LoggedModel.
 *
 * @param db the registry's tables
 * @param row the model
 * @returns the message
 */
export function showLoggedModel(db: Database, row: LoggedModelRow) {
  const pairs = (table: string) =>
    db.all(`SELECT key, value FROM ${table} WHERE model_id = ? ORDER BY key`, row.model_id);
  const metrics = db.all(
    `SELECT key, iif(is_nan, 'NaN', value) AS value, timestamp, step, model_id, run_id FROM logged_model_metrics
     WHERE model_id = ? ORDER BY key, step, timestamp`,
    row.model_id,
  );
  return {
    info: {
      model_id: row.model_id,
      experiment_id: String(row.experiment_id),
      name: row.name,
      creation_timestamp_ms: row.creation_timestamp,
      last_updated_timestamp_ms: row.last_updated_timestamp,
      artifact_uri: `mlflow-artifacts:/${row.experiment_id}/models/${row.model_id}/artifacts`,
      status: row.status,
      ...(row.model_type === "" ? {} : { model_type: row.model_type }),
      ...(row.source_run_id === "" ? {} : { source_run_id: row.source_run_id }),
      ...listed("tags", pairs("logged_model_tags")),
    },
    data: { ...listed("params", pairs("logged_model_params")), ...listed("metrics", metrics) },
  };
}
