import { z } from "zod";
import { compileFilter, type Searchable } from "./_filter.ts";
import { compileOrder, type Orderable } from "./_order.ts";
import { pageSize, readPage } from "./_page.ts";
import { noPrompts } from "./_prompts.ts";
import { type ModelRow, showModel } from "./_registered_models.ts";
import { integer, listed, maybeText, type RegistryContext, type Route, route, texts } from "./_route.ts";

const LARGEST_PAGE = 1000;

const SEARCH = { filter: maybeText, max_results: integer.default(100), page_token: maybeText, order_by: texts };
const TAG = "SELECT value FROM registered_model_tags AS t WHERE t.name = m.name AND t.key = ?";
const SEARCHABLE: Searchable = {
  attributes: { name: { sql: "m.name", kind: "text" } },
  lists: ["name"],
  entities: { tag: TAG },
  isModels: true,
};
const ORDERABLE: Orderable = {
  attributes: {
    name: "m.name",
    timestamp: "m.last_updated_timestamp",
    last_updated_timestamp: "m.last_updated_timestamp",
  },
  entities: {},
  then: [{ sql: "m.name", direction: "ASC" }],
};

/** Searches registered models. */
export const SEARCH_MODEL_ROUTES: readonly Route[] = [route("GET", "registered-models/search", SEARCH, search)];

function search({ db }: RegistryContext, query: z.output<z.ZodObject<typeof SEARCH>>): unknown {
  const prompts = noPrompts(query.filter, `(${TAG})`);
  const condition = compileFilter(query.filter, SEARCHABLE, prompts.skip);
  const order = compileOrder(query.order_by, ORDERABLE);
  const sql = `SELECT m.* FROM registered_models AS m WHERE ${condition.where} AND ${prompts.where}
    ORDER BY ${order.where} LIMIT ? OFFSET ?`;
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<ModelRow>(sql, ...condition.values, ...prompts.values, ...order.values, limit, offset),
  );
  return { ...listed("registered_models", rows.map((row) => showModel(db, row))), ...next };
}
