import { z } from "zod";
import { compileFilter, type Searchable } from "./_filter.ts";
import { type LoggedModelRow, showLoggedModel } from "./_logged_model_row.ts";
import { experimentNumber } from "./_names.ts";
import { compileOrder, type Orderable } from "./_order.ts";
import { pageSize, readPage } from "./_page.ts";
import { integer, listed, maybeText, type RegistryContext, type Route, route, text, texts } from "./_route.ts";

const LARGEST_PAGE = 50_000;

const SEARCH = {
  experiment_ids: texts,
  filter: maybeText,
  order_by: z.array(z.object({ field_name: text, ascending: z.boolean().nullish() })).nullish(),
  max_results: integer.default(100),
  page_token: maybeText,
};

const ENTITIES = {
  tag: "SELECT value FROM logged_model_tags AS t WHERE t.model_id = m.model_id AND t.key = ?",
  parameter: "SELECT value FROM logged_model_params AS t WHERE t.model_id = m.model_id AND t.key = ?",
  metric:
    "SELECT iif(is_nan, 'NaN', value) FROM logged_model_metrics AS t WHERE t.model_id = m.model_id AND t.key = ? " +
    "ORDER BY step DESC, timestamp DESC LIMIT 1",
};
const SEARCHABLE: Searchable = {
  attributes: {
    name: { sql: "m.name", kind: "text" },
    model_id: { sql: "m.model_id", kind: "text" },
    model_type: { sql: "m.model_type", kind: "text" },
    status: { sql: "replace(replace(m.status, 'LOGGED_MODEL_', ''), 'UPLOAD_', '')", kind: "text" },
    source_run_id: { sql: "m.source_run_id", kind: "text" },
    creation_time: { sql: "m.creation_timestamp", kind: "number" },
    creation_timestamp: { sql: "m.creation_timestamp", kind: "number" },
    last_updated_timestamp: { sql: "m.last_updated_timestamp", kind: "number" },
  },
  lists: ["name", "model_id", "model_type", "source_run_id"],
  entities: ENTITIES,
};
const ORDERABLE: Orderable = {
  attributes: Object.fromEntries(Object.entries(SEARCHABLE.attributes).map(([name, { sql }]) => [name, sql])),
  entities: ENTITIES,
  then: [{ sql: "m.creation_timestamp", direction: "DESC" }, { sql: "m.model_id", direction: "ASC" }],
};

/** Searches logged models. */
export const SEARCH_LOGGED_MODEL_ROUTES: readonly Route[] = [route("POST", "logged-models/search", SEARCH, search)];

function search({ db }: RegistryContext, query: z.output<z.ZodObject<typeof SEARCH>>): unknown {
  const condition = compileFilter(query.filter, SEARCHABLE);
  const orders = (query.order_by ?? []).map(({ field_name, ascending }) =>
    `${field_name} ${ascending === false ? "DESC" : "ASC"}`
  );
  const order = compileOrder(orders, ORDERABLE);
  const sql = `SELECT m.* FROM logged_models AS m WHERE m.experiment_id IN (SELECT value FROM json_each(?))
    AND m.lifecycle_stage = 'active' AND ${condition.where} ORDER BY ${order.where} LIMIT ? OFFSET ?`;
  const values = [JSON.stringify(query.experiment_ids.map(experimentNumber)), ...condition.values, ...order.values];
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<LoggedModelRow>(sql, ...values, limit, offset),
  );
  return { ...listed("models", rows.map((row) => showLoggedModel(db, row))), ...next };
}
