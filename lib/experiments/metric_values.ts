import type { MetricSpec } from "../config/mod.ts";
import type { Json } from "../events/mod.ts";
import type { Lake } from "../lake/mod.ts";
import { checkExpression } from "./check_expression.ts";
import { typed } from "./_decision_sql.ts";

/** What a metric is computed from. */
export interface MetricInput {
  /** The request. */
  input: Json;
  /** The answer; null when there was none. */
  output: Json;
  /** Labels by name. */
  label: Readonly<Record<string, Json>>;
}

const PARTS = ["input", "output", "label"] as const;

/**
 * Computes a product's metric for answers that are in no table.
 *
 * @param lake an open lake
 * @param name name of the metric, for errors
 * @param spec the metric
 * @param rows answers with their labels
 * @returns a value per row, null where it has none
 * @throws {RangeError} when the metric's SQL is more than an expression
 * @throws {SyntaxError} when it is no SQL
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { metricValues } from "./metric_values.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * const spec = { sql: "(output.minutes - label.value)^2", unit: "minutes²", better: "lower" as const };
 * const rows = [{ input: {}, output: { minutes: 5 }, label: { value: 3 } }];
 * if ((await metricValues(lake, "squared_error", spec, rows))[0] !== 4) throw new Error("unexpected");
 * ```
 */
export async function metricValues(
  lake: Lake,
  name: string,
  { sql }: Pick<MetricSpec, "sql">,
  rows: readonly MetricInput[],
): Promise<(number | null)[]> {
  await checkExpression(lake, name, sql);
  const given = `given AS MATERIALIZED (SELECT unnest(from_json($1::VARCHAR, '["JSON"]')) AS part)`;
  const text = JSON.stringify(rows.map(({ input, output, label }) => ({ input, output, label })));
  const shapes = PARTS.map((part) => `json_group_structure(part->'${part}')::VARCHAR AS ${part}`).join(", ");
  type Shapes = Record<typeof PARTS[number], string | null>;
  const [shape] = (await lake.query<Shapes>(`WITH ${given} SELECT ${shapes} FROM given`, [text])).rows();
  const columns = PARTS.map((part) =>
    `${typed(`part->'${part}'`, { name: null, type: shape![part] ?? '"JSON"' })} AS ${part}`
  );
  const query = `WITH ${given}, numbered AS (SELECT row_number() OVER () AS place, ${columns.join(", ")} FROM given)
    SELECT TRY_CAST((${sql}\n) AS DOUBLE) AS value FROM numbered ORDER BY place`;
  const found = await lake.query<{ value: number | null }>(query, [text]);
  return found.rows().map(({ value }) => Number.isFinite(value) ? value : null);
}
