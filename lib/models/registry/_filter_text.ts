import { invalid } from "../client/registry_error.ts";

/** What a key belongs to. */
export type Entity = "attribute" | "tag" | "metric" | "parameter" | "dataset";

/** The right side of a comparison, not judged yet. */
export interface Value {
  /** A quoted text, a number, a list in parentheses, an unquoted name, or nothing. */
  kind: "text" | "number" | "list" | "name" | "none";
  /** As it was written. */
  text: string;
  /** The text without quotes; the texts of a list. */
  items: string[];
}

/** One comparison of a filter. */
export interface Clause {
  /** What is compared. */
  entity: Entity;
  /** Name of the attribute, or key. */
  key: string;
  /** In upper case, for example `NOT IN`. */
  comparator: string;
  /** What it is compared with. */
  value: Value;
}

const NAME = /(?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|"[^"]+"|[\w./-]+))?/y;
const COMPARATOR = /\s*(!=|<>|>=|<=|=|>|<|(?:NOT\s+)?IN\b|R?LIKE\b|ILIKE\b|IS\s+NOT\s+NULL\b|IS\s+NULL\b)\s*/iy;
const TEXT = /'(?:[^']|'')*'|"[^"]*"/y;
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/iy;
const LIST = /\(([^)]*)\)/y;
const BARE = /[\w.-]+/y;
const AND = /\s+AND\s+(?=\S)/iy;

const RUN_ENTITIES: Readonly<Record<string, Entity>> = {
  metric: "metric",
  metrics: "metric",
  parameter: "parameter",
  parameters: "parameter",
  param: "parameter",
  params: "parameter",
  tag: "tag",
  tags: "tag",
  attribute: "attribute",
  attributes: "attribute",
  attr: "attribute",
  run: "attribute",
  dataset: "dataset",
  datasets: "dataset",
};
const OTHER_ENTITIES: Readonly<Record<string, Entity>> = { attribute: "attribute", tag: "tag", tags: "tag" };

/**
 * Splits a search filter into its comparisons.
 *
 * @param filter comparisons joined by AND
 * @param isRuns whether it is about runs, which have metrics and parameters
 * @returns the comparisons
 * @throws {RegistryError} when it is malformed
 */
export function readClauses(filter: string, isRuns: boolean): Clause[] {
  const text = filter.trim();
  const clauses: Clause[] = [];
  for (let at = 0; at < text.length;) {
    const name = matchAt(NAME, text, at)?.[0];
    const comparator = name === undefined ? null : matchAt(COMPARATOR, text, at + name.length);
    if (name === undefined || !comparator) throw malformed(text, at);
    const isNull = /^IS/i.test(comparator[1]!);
    const after = at + name.length + (isNull ? comparator[0].trimEnd().length : comparator[0].length);
    const value = isNull ? { kind: "none" as const, text: "", items: [] } : readValue(text, after);
    if (!value) throw malformed(text, at);
    clauses.push({
      ...readKey(name, isRuns),
      comparator: comparator[1]!.toUpperCase().replaceAll(/\s+/g, " ").replace("<>", "!="),
      value,
    });
    const end = after + value.text.length;
    const and = matchAt(AND, text, end)?.[0].length ?? 0;
    if (and === 0 && end < text.length) throw malformed(text, end);
    at = end + and;
  }
  return clauses;
}

/**
 * Reads a key such as ``metrics.`a b` ``.
 *
 * @param name as it was written
 * @param isRuns whether it is about runs
 * @returns what it belongs to, and the key without quotes
 * @throws {RegistryError} when it belongs to nothing that is known
 */
export function readKey(name: string, isRuns: boolean): { entity: Entity; key: string } {
  const [, head, tail] = /^(`[^`]+`|[^.`]+)(?:\.(.+))?$/s.exec(name) ?? [];
  if (head === undefined) throw malformed(name, 0);
  if (tail === undefined) return { entity: "attribute", key: unquote(head) };
  const entities = isRuns ? RUN_ENTITIES : OTHER_ENTITIES;
  const entity = Object.hasOwn(entities, unquote(head)) ? entities[unquote(head)]! : null;
  if (entity) return { entity, key: unquote(tail) };
  const known = isRuns
    ? "Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
    : "Valid entity types are ('attribute', 'tag', 'tags')";
  throw invalid(`Invalid entity type '${unquote(head)}'. ${known}`);
}

function readValue(text: string, at: number): Value | null {
  const quoted = matchAt(TEXT, text, at)?.[0];
  if (quoted !== undefined) return { kind: "text", text: quoted, items: [quoted.slice(1, -1)] };
  const number = matchAt(NUMBER, text, at)?.[0];
  if (number !== undefined) return { kind: "number", text: number, items: [] };
  const list = matchAt(LIST, text, at);
  if (list) return { kind: "list", text: list[0], items: list[1]!.split(",").map((item) => item.trim()) };
  const bare = matchAt(BARE, text, at)?.[0];
  return bare === undefined ? null : { kind: "name", text: bare, items: [] };
}

function unquote(text: string): string {
  return /^([`"']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.exec(text);
}

function malformed(text: string, at: number): Error {
  return invalid(`Invalid clause(s) in filter string: ${text.slice(at).trim()}`);
}
