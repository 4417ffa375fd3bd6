import type { Database } from "./_database.ts";
import { listed } from "./_route.ts";
import { invalid, missing } from "../client/registry_error.ts";

/** A run as its table holds it. */
export interface RunRow {
  run_id: string;
  experiment_id: number;
  run_name: string;
  user_id: string;
  status: string;
  start_time: number;
  end_time: number | null;
  lifecycle_stage: string;
}

/** Step, then time, then value decide which of a metric's values is the latest (mlflow, sqlalchemy_store.py). */
const LATEST = `SELECT key, value, is_nan, timestamp, step FROM (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY step DESC, timestamp DESC, is_nan, value DESC) AS place
  FROM metrics WHERE run_id = ?) WHERE place = 1 ORDER BY key`;

const OUTPUTS = "SELECT model_id, step FROM run_outputs WHERE run_id = ? ORDER BY step, model_id";

/**
 * Finds a run.
 *
 * @param db the registry's tables
 * @param id the run's id
 * @param mustBeActive whether a deleted run is an error
 * @returns its row
 * @throws {RegistryError} when there is no such run, or it is deleted and must not be
 */
export function findRun(db: Database, id: string, mustBeActive = true): RunRow {
  const row = db.get<RunRow>("SELECT * FROM runs WHERE run_id = ?", id);
  if (!row) throw missing(`Run with id=${id} not found`);
  if (mustBeActive && row.lifecycle_stage !== "active") {
    throw invalid(`The run ${id} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`);
  }
  return row;
}

/**
 * Writes a run's head as MLflow's RunInfo.
 *
 * @param row the run
 * @returns the message
 */
export function showRunInfo(row: RunRow): Record<string, unknown> {
  return {
    run_uuid: row.run_id,
    experiment_id: String(row.experiment_id),
    run_name: row.run_name,
    user_id: row.user_id,
    status: row.status,
    start_time: row.start_time,
    ...(row.end_time === null ? {} : { end_time: row.end_time }),
    artifact_uri: `mlflow-artifacts:/${artifactRoot(row)}`,
    lifecycle_stage: row.lifecycle_stage,
    run_id: row.run_id,
  };
}

/**
 * Writes a run as MLflow's Run: its head and the latest value of each metric, parameters and tags.
 *
 * @param db the registry's tables
 * @param row the run
 * @returns the message
 */
export function showRun(db: Database, row: RunRow): Record<string, unknown> {
  const pairs = (table: string) => db.all(`SELECT key, value FROM ${table} WHERE run_id = ? ORDER BY key`, row.run_id);
  const metrics = db.all<{ is_nan: number; value: number }>(LATEST, row.run_id)
    .map(({ is_nan, ...metric }) => ({ ...metric, value: is_nan ? "NaN" : metric.value }));
  return {
    info: showRunInfo(row),
    data: {
      ...listed("metrics", metrics),
      ...listed("params", pairs("params")),
      ...listed("tags", pairs("run_tags")),
    },
    inputs: {},
    outputs: listed("model_outputs", db.all(OUTPUTS, row.run_id)),
  };
}

/**
 * Names the folder of a run's artifacts.
 *
 * @param row the run
 * @returns the path, without a slash at either end
 */
export function artifactRoot(row: RunRow): string {
  return `${row.experiment_id}/${row.run_id}/artifacts`;
}
