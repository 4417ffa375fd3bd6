import type { Database } from "./_database.ts";
import { checkLength } from "./_names.ts";
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

const MAX_NAME = 500;
const LARGEST_PAGE = 50_000;

const SEARCH = { max_results: integer.default(0), page_token: maybeText, filter: maybeText, order_by: texts };

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
  route("GET", "experiments/search", SEARCH, searchExperiments),
  route("POST", "experiments/search", SEARCH, searchExperiments),
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
 * Reads the number of an experiment.
 *
 * @param id the number as text
 * @returns the number
 * @throws {RegistryError} when it is none
 */
export function experimentNumber(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
}

function createExperiment(db: Database, name: string, tags: { key: string; value: string }[]): number {
  if (db.get("SELECT 1 FROM experiments WHERE name = ?", name)) {
    throw taken(`Experiment(name=${name}) already exists.`);
  }
  const { id } = db.get<{ id: number }>("SELECT max(experiment_id) + 1 AS id FROM experiments")!;
  const now = Date.now();
  db.run("INSERT INTO experiments VALUES (?, ?, 'active', ?, ?)", id, name, now, now);
  for (const { key, value } of tags) db.run("INSERT OR REPLACE INTO experiment_tags VALUES (?, ?, ?)", id, key, value);
  return id;
}

function searchExperiments(
  { db }: RegistryContext,
  query: { max_results: number; page_token: string; filter: string; order_by: string[] },
): unknown {
  refuse("filter", query.filter);
  refuse("order_by", query.order_by);
  const sql = "SELECT * FROM experiments ORDER BY creation_time DESC, experiment_id LIMIT ? OFFSET ?";
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<ExperimentRow>(sql, limit, offset),
  );
  return { ...listed("experiments", rows.map((row) => showExperiment(db, row))), ...next };
}

function showExperiment(db: Database, row: ExperimentRow): unknown {
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
