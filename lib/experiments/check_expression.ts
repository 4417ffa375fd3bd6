import type { Lake } from "../lake/mod.ts";

type Node = Record<string, unknown>;

/** What a metric's expression may name. */
const SCOPE = ["output", "label", "input"];
/** Parts of a SELECT that an expression alone does not have. */
const FURTHER = ["where_clause", "having", "qualify", "sample"];

/**
 * Refuses the SQL of a metric that is more than one expression over a decision: no table, no subquery, no window. It is
 * judged by DuckDB's own syntax tree, and runs in the lake's locked DuckDB all the same.
 *
 * @param lake an open lake
 * @param metric name of the metric, for the error
 * @param sql its expression
 * @throws {SyntaxError} when it is no SQL
 * @throws {RangeError} when it is more than an expression, or names something else than `output`, `label` and `input`
 */
export async function checkExpression(lake: Lake, metric: string, sql: string): Promise<void> {
  const query = `SELECT (${sql}\n)`;
  const [row] = (await lake.query<{ tree: string }>("SELECT CAST(json_serialize_sql($1::VARCHAR) AS VARCHAR) AS tree", [
    query,
  ])).rows();
  const { error, error_message, statements } = JSON.parse(row!.tree) as Node & { statements?: { node: Node }[] };
  if (error) throw new SyntaxError(`Cannot read the SQL of metric "${metric}": ${error_message}`);
  const refuse = (found: string) =>
    new RangeError(
      `Cannot use metric "${metric}" as its SQL must be one expression over ${SCOPE.join(", ")}: ${found}`,
    );
  const node = statements?.length === 1 ? statements[0]!.node : null;
  const list = node?.select_list as Node[] | undefined;
  if (list?.length !== 1 || (node!.from_table as Node).type !== "EMPTY" || FURTHER.some((part) => node![part])) {
    throw refuse("got a query");
  }
  walk(list[0], refuse);
}

function walk(value: unknown, refuse: (found: string) => RangeError): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) return value.forEach((item) => walk(item, refuse));
  const node = value as Node;
  if (node.class === "SUBQUERY" || node.class === "WINDOW" || node.class === "STAR") {
    throw refuse(`got a ${String(node.class).toLowerCase()}`);
  }
  const [name] = node.class === "COLUMN_REF" ? node.column_names as string[] : [];
  if (name !== undefined && !SCOPE.includes(name.toLowerCase())) throw refuse(`got "${name}"`);
  for (const child of Object.values(node)) walk(child, refuse);
}
