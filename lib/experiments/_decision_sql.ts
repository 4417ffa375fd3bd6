import { quoteName, quoteText } from "../lake/mod.ts";

/** Which decisions count. Parameters $1 to $4 are endpoint, revision, begin and end of the time. */
const EXPOSED = `exposed AS MATERIALIZED (
  SELECT unit, arg_min(variant, _event_time) AS arm, count(DISTINCT variant) AS arms, bool_or(fallback) AS fell
  FROM exposure
  WHERE endpoint = $1 AND revision = $2 AND _event_time >= $3::TIMESTAMPTZ AND _event_time < $4::TIMESTAMPTZ
  GROUP BY unit)`;
const DECIDED = `decided AS MATERIALIZED (
  SELECT decision, inference.unit, arm, input, output, status, latencyMs, _event_time AS decided_at
  FROM inference JOIN exposed ON inference.unit = exposed.unit
  WHERE endpoint = $1 AND revision = $2 AND NOT shadow AND arms = 1 AND variant = arm
    AND _event_time >= $3::TIMESTAMPTZ AND _event_time < $4::TIMESTAMPTZ)`;
const NO_LABELS = "(SELECT '' AS decision, '' AS name, '' AS value, now() AS \"at\", 0 AS _offset WHERE false)";
const labelledFrom = (hasLabels: boolean) =>
  `labelled AS MATERIALIZED (
  SELECT decided.decision, coalesce(name, 'value') AS name, "at" < decided_at AS early, arg_max(value, ("at", label._offset)) AS value,
    count(*) AS times
  FROM ${hasLabels ? "label" : `${NO_LABELS} AS label`} JOIN decided ON label.decision = decided.decision
  GROUP BY ALL)`;

/** Units by arm, NULL for those in several. */
export const UNITS_SQL = `WITH ${EXPOSED}
SELECT CASE WHEN arms = 1 THEN arm END AS arm, count(*) AS units, count(*) FILTER (fell) AS fallbacks FROM exposed GROUP BY 1`;

/** What stands in outputs, inputs and labels, so that SQL can name their fields, and how labels came. */
export function shapesSql(hasLabels: boolean): string {
  return `WITH ${EXPOSED}, ${DECIDED}, ${labelledFrom(hasLabels)}
SELECT 'output' AS part, NULL AS name, json_group_structure(output::JSON)::VARCHAR AS shape, count(*) AS decisions, 0 AS repeated FROM decided
UNION ALL SELECT 'input', NULL, json_group_structure(input::JSON)::VARCHAR, count(*), 0 FROM decided
UNION ALL SELECT CASE WHEN early THEN 'early' ELSE 'label' END, name, json_group_structure(value::JSON)::VARCHAR, count(*),
  count(*) FILTER (times > 1) FROM labelled GROUP BY early, name`;
}

/** What is known of the JSON of one part. */
export interface Shape {
  /** Type by DuckDB's json_structure. */
  type: string;
  /** Name of a label. */
  name: string | null;
}

/** Shapes of a decision's parts. */
export interface Shapes {
  output: Shape;
  input: Shape;
  labels: Shape[];
}

/**
 * Adds up metrics by unit, then by arm: of each its value's sum is the numerator and the number of decisions that have a
 * value the denominator, so that decisions of one unit count as one.
 */
export function sumsSql(metrics: readonly string[], shapes: Shapes, hasLabels: boolean): string {
  const list = <T>(items: readonly T[], text: (item: T, i: number) => string) => items.map(text).join(",\n  ");
  const labels = shapes.labels.map((label) =>
    `${quoteText(label.name!)}: ${typed(`max(value) FILTER (name = ${quoteText(label.name!)})`, label)}`
  );
  return `WITH ${EXPOSED}, ${DECIDED}, ${labelledFrom(hasLabels)},
truth AS (SELECT decision, {${
    labels.join(", ") || "'value': NULL::DOUBLE"
  }} AS label FROM labelled WHERE NOT early GROUP BY decision),
rows AS (SELECT unit, arm, status, latencyMs, ${typed("output", shapes.output)} AS output, ${
    typed("input", shapes.input)
  } AS input, label
  FROM decided LEFT JOIN truth ON decided.decision = truth.decision),
valued AS (SELECT unit, arm,
  ${list(metrics, (sql, i) => `TRY_CAST((${sql}\n) AS DOUBLE) AS v${i}`)}
  FROM rows),
per_unit AS (SELECT arm,
  ${
    list(metrics, (_, i) =>
      `sum(v${i}) FILTER (isfinite(v${i})) AS s${i}, count(v${i}) FILTER (isfinite(v${i})) AS c${i}`)
  }
  FROM valued GROUP BY unit, arm)
SELECT arm,
  ${list(metrics, (_, i) => momentsOf(`s${i}`, `c${i}`, String(i)))}
FROM per_unit GROUP BY arm`;
}

/** Numbers are doubles, as the differences of DuckDB's unsigned whole numbers are not below 0. */
export function typed(column: string, { type }: Shape): string {
  return `json_transform(${column}, ${quoteText(JSON.stringify(withDoubles(JSON.parse(type))))})`;
}

function withDoubles(type: unknown): unknown {
  if (type === "NULL") return "DOUBLE";
  if (typeof type === "string") return /INT/.test(type) ? "DOUBLE" : type;
  if (Array.isArray(type)) return type.map(withDoubles);
  return Object.fromEntries(Object.entries(type as Record<string, unknown>).map(([key, of]) => [key, withDoubles(of)]));
}

function momentsOf(value: string, other: string, suffix: string): string {
  const [y, x] = [`CASE WHEN ${other} > 0 THEN ${value} END`, `CASE WHEN ${other} > 0 THEN ${other} END`];
  const figures = {
    n: `count(${y})`,
    mean: `avg(${y})`,
    square: `var_pop(${y})`,
    om: `avg(${x})`,
    os: `var_pop(${x})`,
  };
  const parts = { ...figures, op: `covar_pop(${y}, ${x})` };
  return Object.entries(parts).map(([name, sql]) => `${sql} AS ${quoteName(name + suffix)}`).join(", ");
}
