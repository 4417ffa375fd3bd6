import { z } from "zod";
import { type ExperimentRow, showExperiment } from "./_experiments.ts";
import { compileFilter, type Searchable } from "./_filter.ts";
import { compileOrder, type Orderable } from "./_order.ts";
import { pageSize, readPage } from "./_page.ts";
import { integer, listed, maybeText, type RegistryContext, type Route, route, texts, viewType } from "./_route.ts";

const LARGEST_PAGE = 50_000;
const TAG = "SELECT value FROM experiment_tags AS t WHERE t.experiment_id = e.experiment_id AND t.key = ?";
const SEARCHABLE: Searchable = {
  attributes: {
    name: { sql: "e.name", kind: "text" },
    experiment_id: { sql: "e.experiment_id", kind: "experiment" },
    creation_time: { sql: "e.creation_time", kind: "number" },
    last_update_time: { sql: "e.last_update_time", kind: "number" },
  },
  lists: ["experiment_id"],
  entities: { tag: TAG },
};
const ORDERABLE: Orderable = {
  attributes: Object.fromEntries(Object.entries(SEARCHABLE.attributes).map(([name, { sql }]) => [name, sql])),
  entities: {},
  then: [{ sql: "e.experiment_id", direction: "DESC" }],
};
const NEWEST_FIRST = ["creation_time DESC", "experiment_id ASC"];

const SEARCH = {
  max_results: integer.default(0),
  page_token: maybeText,
  filter: maybeText,
  order_by: texts,
  view_type: viewType,
};

/** Searches experiments; MLflow takes both methods. */
export const SEARCH_EXPERIMENT_ROUTES: readonly Route[] = [
  route("GET", "experiments/search", SEARCH, search),
  route("POST", "experiments/search", SEARCH, search),
];

function search({ db }: RegistryContext, query: z.output<z.ZodObject<typeof SEARCH>>): unknown {
  const condition = compileFilter(query.filter, SEARCHABLE);
  const order = compileOrder(query.order_by.length === 0 ? NEWEST_FIRST : query.order_by, ORDERABLE);
  const sql = `SELECT e.* FROM experiments AS e WHERE ${condition.where} AND (? = 'ALL' OR e.lifecycle_stage = ?)
    ORDER BY ${order.where} LIMIT ? OFFSET ?`;
  const stage = query.view_type === "DELETED_ONLY" ? "deleted" : "active";
  const values = [...condition.values, query.view_type, stage, ...order.values];
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<ExperimentRow>(sql, ...values, limit, offset),
  );
  return { ...listed("experiments", rows.map((row) => showExperiment(db, row))), ...next };
}
