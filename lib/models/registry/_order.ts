import { invalid, RegistryError } from "../client/registry_error.ts";
import type { Condition, Searchable } from "./_filter.ts";
import { unknownAttribute } from "./_filter.ts";
import { readKey } from "./_filter_text.ts";

/** What may be ordered by. */
export interface Orderable extends Pick<Searchable, "entities"> {
  /** SQL by name of the attribute. */
  attributes: Readonly<Record<string, string>>;
  /** SQL of what follows, so that the order is whole; left out where the same column was named before. */
  then: readonly { sql: string; direction: "ASC" | "DESC" }[];
}

/**
 * Translates MLflow's order_by to SQL.
 *
 * @param orders for example `["metrics.rmse DESC", "start_time"]`
 * @param orderable what may be ordered by
 * @returns what follows ORDER BY
 * @throws {RegistryError} when one is malformed, unknown or given twice
 */
export function compileOrder(orders: readonly string[], orderable: Orderable): Condition {
  const seen = new Set<string>();
  const parts = orders.map((order) => {
    const { name, direction } = readOrder(order);
    const { sql, values, columns } = columnOf(name, orderable);
    const id = `${sql} ${values}`;
    if (seen.has(id)) {
      const shown = orders.map((one) => `'${one}'`).join(", ");
      throw new RegistryError("INTERNAL_ERROR", `\`order_by\` contains duplicate fields: [${shown}]`);
    }
    seen.add(id);
    return { where: columns.map((column) => column.replace("%", direction)).join(", "), values };
  });
  const rest = orderable.then.filter(({ sql }) => !seen.has(`${sql} `));
  return {
    where: [...parts.map(({ where }) => where), ...rest.map(({ sql, direction }) => `${sql} ${direction}`)].join(", "),
    values: parts.flatMap(({ values }) => values),
  };
}

function readOrder(order: string): { name: string; direction: "ASC" | "DESC" } {
  const [, name, direction = "asc"] = /^\s*((?:`[^`]*`|"[^"]*"|[^\s`"])+)(?:\s+(\S+))?\s*$/.exec(order) ?? [];
  if (name === undefined) throw invalid(`Invalid order_by clause '${order}'. Could not be parsed.`);
  if (/^asc$/i.test(direction)) return { name, direction: "ASC" };
  if (/^desc$/i.test(direction)) return { name, direction: "DESC" };
  throw invalid(`Invalid ordering key in order_by clause '${order}'.`);
}

/** What has no value comes last, whatever the direction; a metric that is NaN just before. */
function columnOf(name: string, { attributes, entities }: Orderable) {
  const isRuns = Object.hasOwn(entities, "metric");
  const { entity, key } = readKey(name, isRuns);
  if (entity === "attribute") {
    if (!Object.hasOwn(attributes, key)) throw unknownAttribute(key, attributes);
    const sql = attributes[key]!;
    return { sql, values: [], columns: [`${sql} IS NULL`, `${sql} %`] };
  }
  const sql = isRuns ? entities[entity] : undefined;
  if (sql === undefined) throw invalid(`Invalid order_by entity: ${entity}`);
  const columns = entity === "metric"
    ? [`(SELECT CASE WHEN v = 'NaN' THEN 1 WHEN v IS NULL THEN 2 ELSE 0 END FROM (SELECT (${sql}) AS v))`, `(${sql}) %`]
    : [`(${sql}) IS NULL`, `(${sql}) %`];
  return { sql, values: [key, key], columns };
}
