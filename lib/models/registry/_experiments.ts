import type { Database } from "./_database.ts";
import { checkKey, checkLength, experimentNumber } from "./_names.ts";
import { listed, maybeText, type Route, route, tags, text } from "./_route.ts";
import { invalid, missing, RegistryError, taken } from "../client/registry_error.ts";

const MAX_NAME = 500;
const MAX_TAG_VALUE = 5000;

/** Calls on experiments. */
export const EXPERIMENT_ROUTES: readonly Route[] = [
  route("POST", "experiments/create", { name: text, tags }, ({ db }, { name, tags }) => {
    checkLength("name", name, MAX_NAME);
    return db.transaction(() => ({ experiment_id: String(createExperiment(db, name, tags)) }));
  }),
  route("GET", "experiments/get", { experiment_id: text }, ({ db }, { experiment_id }) => {
    return { experiment: showExperiment(db, findExperiment(db, experiment_id)) };
  }),
  route("GET", "experiments/get-by-name", { experiment_name: text }, ({ db }, { experiment_name }) => {
    const row = db.get<ExperimentRow>("SELECT * FROM experiments WHERE name = ?", experiment_name);
    if (!row) throw missing(`Could not find experiment with name '${experiment_name}'`);
    return { experiment: showExperiment(db, row) };
  }),
  route(
    "POST",
    "experiments/update",
    { experiment_id: text, new_name: text },
    ({ db }, { experiment_id, new_name }) => {
      checkLength("name", new_name, MAX_NAME);
      return db.transaction(() => {
        const { experiment_id: id, lifecycle_stage } = findExperiment(db, experiment_id);
        if (lifecycle_stage !== "active") {
          throw new RegistryError("INVALID_STATE", "Cannot rename a non-active experiment.");
        }
        checkFree(db, new_name, id);
        db.run(
          "UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?",
          new_name,
          Date.now(),
          id,
        );
        return {};
      });
    },
  ),
  route("POST", "experiments/delete", { experiment_id: text }, ({ db }, { experiment_id }) => {
    return move(db, experiment_id, "active", "deleted");
  }),
  route("POST", "experiments/restore", { experiment_id: text }, ({ db }, { experiment_id }) => {
    return move(db, experiment_id, "deleted", "active");
  }),
  route(
    "POST",
    "experiments/set-experiment-tag",
    { experiment_id: text, key: text, value: maybeText },
    ({ db }, { experiment_id, key, value }) => {
      checkKey("key", key);
      checkLength("value", value, MAX_TAG_VALUE);
      const { experiment_id: id } = findActiveExperiment(db, experiment_id);
      db.run("INSERT OR REPLACE INTO experiment_tags VALUES (?, ?, ?)", id, key, value);
      return {};
    },
  ),
  route(
    "POST",
    "experiments/delete-experiment-tag",
    { experiment_id: text, key: text },
    ({ db }, { experiment_id, key }) => {
      const { experiment_id: id } = findActiveExperiment(db, experiment_id);
      const removed = db.run("DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?", id, key);
      if (removed === 0) throw missing(`No tag with name: ${key} in experiment with id ${id}`);
      return {};
    },
  ),
];

/** An experiment as its table holds it. */
export interface ExperimentRow {
  experiment_id: number;
  name: string;
  lifecycle_stage: string;
  creation_time: number;
  last_update_time: number;
}

/**
 * Finds an experiment.
 *
 * @param db the registry's tables
 * @param id number of the experiment, as text
 * @returns its row
 * @throws {RegistryError} when the id is no number or there is no such experiment
 */
export function findExperiment(db: Database, id: string): ExperimentRow {
  const row = db.get<ExperimentRow>("SELECT * FROM experiments WHERE experiment_id = ?", experimentNumber(id));
  if (!row) throw missing(`No Experiment with id=${id} exists`);
  return row;
}

/**
 * Finds an experiment that is not deleted.
 *
 * @param db the registry's tables
 * @param id number of the experiment, as text
 * @returns its row
 * @throws {RegistryError} when there is none, or it is deleted
 */
export function findActiveExperiment(db: Database, id: string): ExperimentRow {
  const row = findExperiment(db, id);
  if (row.lifecycle_stage === "active") return row;
  throw invalid(`The experiment ${id} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`);
}

/** Runs go where their experiment goes. */
function move(db: Database, id: string, from: string, to: string): unknown {
  return db.transaction(() => {
    const { experiment_id, lifecycle_stage } = findExperiment(db, id);
    if (lifecycle_stage !== from) throw missing(`No Experiment with id=${id} exists`);
    const sql = "UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE experiment_id = ?";
    db.run(sql, to, Date.now(), experiment_id);
    db.run("UPDATE runs SET lifecycle_stage = ? WHERE experiment_id = ?", to, experiment_id);
    return {};
  });
}

function checkFree(db: Database, name: string, self = -1): void {
  if (!db.get("SELECT 1 FROM experiments WHERE name = ? AND experiment_id <> ?", name, self)) return;
  throw taken(`Experiment(name=${name}) already exists.`);
}

function createExperiment(db: Database, name: string, tags: { key: string; value: string }[]): number {
  checkFree(db, name);
  const { id } = db.get<{ id: number }>("SELECT max(experiment_id) + 1 AS id FROM experiments")!;
  const now = Date.now();
  db.run("INSERT INTO experiments VALUES (?, ?, 'active', ?, ?)", id, name, now, now);
  for (const { key, value } of tags) db.run("INSERT OR REPLACE INTO experiment_tags VALUES (?, ?, ?)", id, key, value);
  return id;
}

/**
 * Writes an experiment as MLflow's Experiment.
 *
 * @param db the registry's tables
 * @param row the experiment
 * @returns the message
 */
export function showExperiment(db: Database, row: ExperimentRow): unknown {
  const sql = "SELECT key, value FROM experiment_tags WHERE experiment_id = ? ORDER BY key";
  return {
    experiment_id: String(row.experiment_id),
    name: row.name,
    artifact_location: `mlflow-artifacts:/${row.experiment_id}`,
    lifecycle_stage: row.lifecycle_stage,
    last_update_time: row.last_update_time,
    creation_time: row.creation_time,
    ...listed("tags", db.all(sql, row.experiment_id)),
  };
}
