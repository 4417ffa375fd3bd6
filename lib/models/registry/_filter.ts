import { invalid } from "../client/registry_error.ts";
import { type Clause, type Entity, readClauses, type Value } from "./_filter_text.ts";
import { experimentNumber } from "./_names.ts";

/** What may be searched of one kind of thing: runs, experiments, models or versions. */
export interface Searchable {
  /** Attributes by name: SQL of the value, and what it is. */
  attributes: Readonly<Record<string, { sql: string; kind: "text" | "number" | "experiment" | "version" }>>;
  /** Attributes that may be compared with a list. */
  lists: readonly string[];
  /** Tables of keys and values: SQL of a value, whose only parameter is the key; a metric that is NaN is 'NaN'. */
  entities: Partial<Readonly<Record<Exclude<Entity, "attribute">, string>>>;
  /** Whether it is models or versions, which are refused in other words. */
  isModels?: boolean;
}

/** A condition in SQL. */
export interface Condition {
  /** The condition; `true` where nothing is asked. */
  where: string;
  /** Its parameters. */
  values: (string | number)[];
}

const NUMBERS: readonly string[] = ["=", "!=", ">", ">=", "<", "<="];
const TEXTS: readonly string[] = ["=", "!=", "LIKE", "ILIKE"];
const LISTS: readonly string[] = ["IN", "NOT IN"];

/**
 * Translates a search filter of MLflow (mlflow/utils/search_utils.py) to SQL: comparisons joined by AND.
 *
 * @param filter for example `` metrics.rmse < 3 and tags.`team name` LIKE 'r%' ``; empty for no condition
 * @param searchable what may be searched
 * @param skip leaves comparisons out
 * @returns the condition
 * @throws {RegistryError} when a comparison is malformed, or compares what cannot be compared so
 */
export function compileFilter(
  filter: string,
  searchable: Searchable,
  skip: (clause: Clause) => boolean = () => false,
): Condition {
  const conditions = readClauses(filter, Object.hasOwn(searchable.entities, "metric"))
    .map((clause) => skip(clause) ? { where: "true", values: [] } : compile(clause, searchable));
  return {
    where: ["true", ...conditions.map(({ where }) => where)].join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

function compile(clause: Clause, searchable: Searchable): Condition {
  const { entity, key, comparator, value } = clause;
  if (entity === "attribute") return compileAttribute(clause, searchable);
  const sql = searchable.entities[entity];
  if (entity === "metric") {
    if (value.kind !== "number") throw invalid(`Expected numeric value type for metric. Found ${value.text}`);
    checkComparator(clause, NUMBERS, searchable);
    const compared = comparator === "!=" ? `(${sql})` : `nullif((${sql}), 'NaN')`;
    return { where: `${compared} ${comparator} ?`, values: [key, Number(value.text)] };
  }
  if (value.kind === "none") {
    checkComparator(clause, searchable.isModels ? TEXTS : ["IS NULL", "IS NOT NULL"], searchable);
    return sql === undefined ? NOTHING : { where: `(${sql}) ${comparator}`, values: [key] };
  }
  const text = quoted(value, () => `Expected a quoted string value for ${entity} (e.g. 'my-value')`);
  checkComparator(clause, TEXTS, searchable);
  return sql === undefined ? NOTHING : compare(`(${sql})`, comparator, [key], text);
}

/** What is not kept here, such as data sets, nothing has. */
const NOTHING: Condition = { where: "false", values: [] };

function compileAttribute(clause: Clause, searchable: Searchable): Condition {
  const { attributes, lists, isModels = false } = searchable;
  const { key, comparator, value } = clause;
  const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (!attribute) throw unknownAttribute(key, attributes);
  const { sql, kind } = attribute;
  if (value.kind === "none") {
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' '${key}'`);
  }
  if (kind === "number" && value.kind !== "number") {
    throw invalid(`Expected numeric value type for numeric attribute: ${key}. Found ${value.text}`);
  }
  if (kind === "number" || (kind === "version" && value.kind !== "list" && value.kind !== "name")) {
    checkComparator(clause, NUMBERS, searchable);
    const found = Number(value.kind === "text" ? value.items[0] : value.text);
    if (!Number.isSafeInteger(found)) throw invalid(`Invalid value for numeric attribute '${key}': ${value.text}`);
    return { where: `${sql} ${comparator} ?`, values: [found] };
  }
  if (value.kind === "list") {
    if (!lists.includes(key)) {
      const names = lists.map((name) => `'${name}'`).join(", ");
      throw invalid(`Only [${names}] attributes support comparison with a list of quoted string values.`);
    }
    checkComparator(clause, LISTS, searchable);
    const items = readList(value).map((item) => kind === "experiment" ? experimentNumber(item) : item);
    return { where: `${sql} ${comparator} (${items.map(() => "?").join(", ")})`, values: items };
  }
  const list = isModels ? " or a list of quoted string values" : "";
  const text = quoted(value, () => `Expected a quoted string value${list} for attributes`);
  checkComparator(clause, kind === "experiment" ? ["=", "!="] : TEXTS, searchable);
  return compare(sql, comparator, [], kind === "experiment" ? experimentNumber(text) : text);
}

/**
 * Makes the error of an attribute that cannot be searched or ordered by.
 *
 * @param key its name
 * @param attributes those that can
 * @returns the error
 */
export function unknownAttribute(key: string, attributes: Readonly<Record<string, unknown>>): Error {
  const names = Object.keys(attributes).map((name) => `'${name}'`).join(", ");
  return invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${names}}'`);
}

function compare(sql: string, comparator: string, before: string[], value: string | number): Condition {
  const where = comparator === "ILIKE" ? `lower(${sql}) LIKE lower(?)` : `${sql} ${comparator} ?`;
  return { where, values: [...before, value] };
}

function quoted({ kind, text, items }: Value, expected: () => string): string {
  if (kind === "text") return items[0]!;
  if (kind !== "name") throw invalid(`${expected()}. Got value ${text}`);
  throw invalid(
    `Parameter value is either not quoted or unidentified quote types used for string value ${text}. ` +
      `Use either single or double quotes.`,
  );
}

function readList({ items }: Value): string[] {
  const found = items.map((item) => /^'(.*)'$|^"(.*)"$/s.exec(item)).map((match) => match?.[1] ?? match?.[2]);
  if (!found.includes(undefined)) return found as string[];
  const what = items.join("") === "" ? "empty list" : "ill-formed list.";
  throw invalid(`While parsing a list in the query, expected a non-empty list of string values, but got ${what}`);
}

function checkComparator(
  { entity, key, comparator }: Clause,
  known: readonly string[],
  { isModels = false }: Searchable,
): void {
  if (known.includes(comparator)) return;
  const what = known === NUMBERS ? `${entity} ${key}` : entity;
  if (isModels) throw invalid(`Invalid comparator for ${what}: ${comparator}`);
  throw invalid(`Invalid comparator '${comparator}' not one of '{${known.map((one) => `'${one}'`).join(", ")}}'`);
}
