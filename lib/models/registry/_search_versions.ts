import { z } from "zod";
import { compileFilter, type Searchable } from "./_filter.ts";
import { showVersion, type VersionRow } from "./_model_versions.ts";
import { compileOrder, type Orderable } from "./_order.ts";
import { pageSize, readPage } from "./_page.ts";
import { noPrompts } from "./_prompts.ts";
import { integer, listed, maybeText, type RegistryContext, type Route, route, texts } from "./_route.ts";

const LARGEST_PAGE = 200_000;

const SEARCH = { filter: maybeText, max_results: integer.default(10_000), page_token: maybeText, order_by: texts };
const TAG = "SELECT value FROM model_version_tags AS t WHERE t.name = v.name AND t.version = v.version AND t.key = ?";
const SEARCHABLE: Searchable = {
  attributes: {
    name: { sql: "v.name", kind: "text" },
    version_number: { sql: "v.version", kind: "version" },
    run_id: { sql: "v.run_id", kind: "text" },
    source_path: { sql: "v.source", kind: "text" },
  },
  lists: ["name", "run_id"],
  entities: { tag: TAG },
  isModels: true,
};
const ORDERABLE: Orderable = {
  attributes: {
    name: "v.name",
    version_number: "v.version",
    creation_timestamp: "v.creation_timestamp",
    last_updated_timestamp: "v.last_updated_timestamp",
  },
  entities: {},
  then: [{ sql: "v.name", direction: "ASC" }, { sql: "v.version", direction: "DESC" }],
};

/** Searches versions of models. */
export const SEARCH_VERSION_ROUTES: readonly Route[] = [route("GET", "model-versions/search", SEARCH, search)];

function search({ db }: RegistryContext, query: z.output<z.ZodObject<typeof SEARCH>>): unknown {
  const prompts = noPrompts(query.filter, `(${TAG})`);
  const condition = compileFilter(query.filter, SEARCHABLE, prompts.skip);
  const order = compileOrder(query.order_by, ORDERABLE);
  const sql = `SELECT v.* FROM model_versions AS v WHERE ${condition.where} AND ${prompts.where}
    AND v.status <> 'DELETED' ORDER BY ${order.where} LIMIT ? OFFSET ?`;
  const { rows, ...next } = readPage(
    query.page_token,
    pageSize(query.max_results, LARGEST_PAGE),
    (limit, offset) => db.all<VersionRow>(sql, ...condition.values, ...prompts.values, ...order.values, limit, offset),
  );
  return { ...listed("model_versions", rows.map((row) => showVersion(db, row))), ...next };
}
