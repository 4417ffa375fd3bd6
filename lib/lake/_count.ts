import { isDelta, type Node } from "./_filter.ts";
import type { Source } from "./_views.ts";
import { quoteName } from "./sql_type.ts";

/** Names of the columns of a query that only counts the rows of one table; null for any other query. */
export function countColumns(select: Node): string[] | null {
  const from = select.from_table as Node | null;
  const parts = [select.modifiers, (select.cte_map as Node | undefined)?.map, select.group_expressions];
  const isWhole = select.type === "SELECT_NODE" && parts.every(isEmpty) && isEmpty(select.group_sets) &&
    [select.where_clause, select.having, select.qualify, select.sample].every((part) => part === null) &&
    from !== null && (from.type === "BASE_TABLE" || isDelta(from)) && from.sample === null;
  if (!isWhole) return null;
  const items = select.select_list as Node[];
  return items.every(isCount) ? items.map(({ alias }) => String(alias) || "count_star()") : null;
}

function isCount({ class: kind, function_name, schema, children, filter, distinct }: Node): boolean {
  return kind === "FUNCTION" && function_name === "count_star" && schema === "" && isEmpty(children) &&
    filter === null && distinct === false;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

/** The same query over what the log tells; null where only the files can tell. */
export function countSql(columns: readonly string[], { files, condition, tail }: Source): string | null {
  if (condition !== null || tail !== null) return null;
  let sum = 0;
  for (const { rows } of files) {
    if (rows === null) return null;
    sum += rows;
  }
  return `SELECT ${columns.map((name) => `${sum}::BIGINT AS ${quoteName(name)}`).join(", ")}`;
}
