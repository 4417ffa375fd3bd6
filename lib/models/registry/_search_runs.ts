import { z } from "zod";
import { compileFilter, type Searchable } from "./_filter.ts";
import { experimentNumber } from "./_names.ts";
import { compileOrder, type Orderable } from "./_order.ts";
import { pageSize, readPage } from "./_page.ts";
import { integer, listed, maybeText, type RegistryContext, type Route, route, texts, viewType } from "./_route.ts";
import { type RunRow, showRun } from "./_run_row.ts";

const LARGEST_PAGE = 50_000;

const SEARCH = {
  experiment_ids: texts,
  filter: maybeText,
  order_by: texts,
  run_view_type: viewType,
  max_results: integer.default(1000),
  page_token: maybeText,
};

const ENTITIES = {
  tag: "SELECT value FROM run_tags AS t WHERE t.run_id = r.run_id AND t.key = ?",
  parameter: "SELECT value FROM params AS t WHERE t.run_id = r.run_id AND t.key = ?",
  metric: "SELECT iif(is_nan, 'NaN', value) FROM metrics AS t WHERE t.run_id = r.run_id AND t.key = ? " +
    "ORDER BY step DESC, timestamp DESC, is_nan, value DESC LIMIT 1",
};
const ARTIFACT_URI = "('mlflow-artifacts:/' || r.experiment_id || '/' || r.run_id || '/artifacts')";
const SEARCHABLE: Searchable = {
  attributes: {
    run_id: { sql: "r.run_id", kind: "text" },
    run_name: { sql: "r.run_name", kind: "text" },
    user_id: { sql: "r.user_id", kind: "text" },
    status: { sql: "r.status", kind: "text" },
    artifact_uri: { sql: ARTIFACT_URI, kind: "text" },
    start_time: { sql: "r.start_time", kind: "number" },
    end_time: { sql: "r.end_time", kind: "number" },
    // As MLflow's user interface shows them.
    created: { sql: "r.start_time", kind: "number" },
    Created: { sql: "r.start_time", kind: "number" },
    "run name": { sql: "r.run_name", kind: "text" },
    "Run name": { sql: "r.run_name", kind: "text" },
    "Run Name": { sql: "r.run_name", kind: "text" },
  },
  lists: ["run_id"],
  entities: ENTITIES,
};
const ORDERABLE: Orderable = {
  attributes: Object.fromEntries(Object.entries(SEARCHABLE.attributes).map(([name, { sql }]) => [name, sql])),
  entities: ENTITIES,
  then: [{ sql: "r.start_time", direction: "DESC" }, { sql: "r.run_id", direction: "ASC" }],
};

/** Searches runs. */
export const SEARCH_RUN_ROUTES: readonly Route[] = [route("POST", "runs/search", SEARCH, search)];

function search({ db }: RegistryContext, query: z.output<z.ZodObject<typeof SEARCH>>): unknown {
  const condition = compileFilter(query.filter, SEARCHABLE);
  const order = compileOrder(query.order_by, ORDERABLE);
  const sql = `SELECT r.* FROM runs AS r WHERE r.experiment_id IN (SELECT value FROM json_each(?))
    AND (? = 'ALL' OR r.lifecycle_stage = ?) AND ${condition.where} ORDER BY ${order.where} LIMIT ? OFFSET ?`;
  const stage = query.run_view_type === "DELETED_ONLY" ? "deleted" : "active";
  const ids = JSON.stringify(query.experiment_ids.map(experimentNumber));
  const values = [ids, query.run_view_type, stage, ...condition.values, ...order.values];
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<RunRow>(sql, ...values, limit, offset),
  );
  return { ...listed("runs", rows.map((row) => showRun(db, row))), ...next };
}
