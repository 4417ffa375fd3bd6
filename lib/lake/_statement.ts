import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from "@duckdb/node-api";
import { countColumns } from "./_count.ts";
import { type Filter, isDelta, type Node, tableFilters } from "./_filter.ts";
import { type Mention, rewriteMentions } from "./_rewrite.ts";
import { nameAt } from "./table_at.ts";

/** What a query refers to. */
export interface References {
  /** The query, with the names of views in place of AT (…) and `delta('path')`. */
  text: string;
  /** Names of tables, in lower case, each with what its every mention asks of the rows: null for all rows. */
  tables: ReadonlyMap<string, (Filter | null)[]>;
  /** Names of its columns when it only counts the rows of one table, otherwise null. */
  counts: string[] | null;
  /** What of it no record of inputs can prove. */
  unproven: ("clock" | "random")[];
}

/** Table functions that compute their rows; all others read files, settings or other queries. */
const TABLE_FUNCTIONS = new Set(["range", "generate_series", "unnest", "repeat", "json_each", "json_tree"]);

const CLOCK = new Set([
  "now",
  "current_timestamp",
  "get_current_timestamp",
  "transaction_timestamp",
  "current_date",
  "today",
  "current_time",
  "get_current_time",
  "current_localtime",
  "current_localtimestamp",
  "localtime",
  "localtimestamp",
  "age",
]);
const RANDOM = new Set(["random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "setseed"]);

/**
 * Reads which tables a query of a person names, by DuckDB's own parser, and refuses what is not one SELECT over tables of
 * the lake.
 */
export async function readReferences(
  connection: DuckDBConnection,
  text: string,
  foreignName: (location: string) => string,
): Promise<References> {
  const statements = await parse(connection, text);
  if (statements.length !== 1) {
    throw new RangeError(`Cannot run query as it must be one SELECT: got ${statements.length || "no"} statements`);
  }
  const found: Found = { tables: new Map(), filters: new Map(), mentions: [], unproven: new Set(), foreignName };
  walk(statements[0], new Set(), found);
  const { tables, mentions, unproven } = found;
  const counts = countColumns((statements[0] as { node: Node }).node);
  return { text: rewriteMentions(text, mentions), tables, counts, unproven: [...unproven] };
}

/** DuckDB's own word that a prepared statement only reads. */
export function checkSelect(prepared: DuckDBPreparedStatement): void {
  if (prepared.statementType === StatementType.SELECT) return;
  throw new RangeError(`Cannot run query as it must be one SELECT: got ${StatementType[prepared.statementType]}`);
}

async function parse(connection: DuckDBConnection, text: string): Promise<unknown[]> {
  const reader = await connection.runAndReadAll("SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", [
    text,
  ]);
  const parsed = JSON.parse(quoteInfinities(String(reader.getRowsJS()[0]![0]))) as Node;
  if (!parsed.error) return parsed.statements as unknown[];
  if (parsed.error_type === "parser") {
    throw new SyntaxError(`Cannot parse query: ${parsed.error_message}${placeOf(text, parsed.position)}`);
  }
  const [word] = /[a-z]+/i.exec(text.replace(/--.*|\/\*[^]*?\*\//g, "")) ?? ["nothing"];
  const found = /^(select|with|from|values)$/i.test(word) ? "several statements" : word.toUpperCase();
  throw new RangeError(`Cannot run query as it must be one SELECT: got ${found}`);
}

/** DuckDB writes a literal past the doubles, such as 1e400, as a bare word, which is no JSON. */
function quoteInfinities(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?(?:Infinity|NaN)/g, (part) => part.startsWith('"') ? part : `"${part}"`);
}

function placeOf(text: string, position: unknown): string {
  const before = text.slice(0, Number(position)).split("\n");
  return /^\d+$/.test(String(position)) ? ` at line ${before.length}, column ${before.at(-1)!.length + 1}` : "";
}

interface Found {
  tables: Map<string, (Filter | null)[]>;
  /** By the node that mentions the table. */
  filters: Map<Node, Filter>;
  mentions: Mention[];
  foreignName: (location: string) => string;
  unproven: Set<"clock" | "random">;
}

/** `named` are the names that WITH gives to subqueries, in lower case, as far as they reach here. */
function walk(value: unknown, named: ReadonlySet<string>, found: Found): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) return value.forEach((item) => walk(item, named, found));
  const { cte_map, ...children } = value as Node;
  visit(value as Node, named, found);
  const inner = walkNamed(cte_map, named, found);
  for (const child of Object.values(children)) walk(child, inner, found);
}

/** Each subquery of WITH sees those before it; itself only when it is recursive. */
function walkNamed(cteMap: unknown, named: ReadonlySet<string>, found: Found): ReadonlySet<string> {
  const { map } = (cteMap ?? {}) as { map?: { key: string; value: { query: { node: Node } } }[] };
  let scope = named;
  for (const { key, value } of map ?? []) {
    const next = new Set(scope).add(checkCte(key).toLowerCase());
    walk(value, value.query.node.type === "RECURSIVE_CTE_NODE" ? next : scope, found);
    scope = next;
  }
  return scope;
}

function visit(node: Node, named: ReadonlySet<string>, found: Found): void {
  if (node.type === "SELECT_NODE") tableFilters(node).forEach((filter, table) => found.filters.set(table, filter));
  if (node.type === "BASE_TABLE" && !(isPlain(node) && named.has(String(node.table_name).toLowerCase()))) {
    visitTable(node, found);
  }
  if (isDelta(node)) visitDelta(node, found);
  else if (node.type === "TABLE_FUNCTION") checkFunction(node.function as Node);
  if (node.type === "SHOW_REF" && !node.query) {
    throw new RangeError("Cannot run query as SHOW is not allowed: list tables with lake.tables()");
  }
  if (node.class === "FUNCTION") visitFunction(String(node.function_name).toLowerCase(), found);
  if (node.class === "COLUMN_REF") visitColumn(node.column_names as string[], found);
  if (isSample(node.sample)) found.unproven.add("random");
}

function isPlain(node: Node): boolean {
  return !node.schema_name && !node.catalog_name;
}

function visitTable(node: Node, found: Found): void {
  if (!isPlain(node)) {
    throw new RangeError(
      `Cannot query "${node.schema_name}.${node.table_name}" as tables of the lake have no schema: name the table alone, in double quotes where it has a dot`,
    );
  }
  const called = String(node.table_name);
  const view = node.at_clause ? viewAt(called, node.at_clause as Node) : called;
  addTable(node, view, found);
  if (view !== called) found.mentions.push({ ...placed(node), called, view, kind: "at" });
}

function visitDelta(node: Node, found: Found): void {
  const [path, ...rest] = (node.function as { children: Node[] }).children;
  const location = path && literalText(path);
  if (!location || rest.length) {
    throw new RangeError("Cannot run query as delta takes one path in single quotes: delta('/path/of/table')");
  }
  const view = found.foreignName(location);
  addTable(node, view, found);
  found.mentions.push({ ...placed(node), called: "delta", view, kind: "delta" });
}

function addTable(node: Node, view: string, { tables, filters }: Found): void {
  const name = view.toLowerCase();
  tables.set(name, [...tables.get(name) ?? [], filters.get(node) ?? null]);
}

function placed({ query_location, alias }: Node): { location: number; alias: string } {
  return { location: Number(query_location), alias: String(alias) };
}

function viewAt(table: string, { unit, expr }: Node): string {
  const { value } = ((expr as Node).value ?? {}) as { value?: unknown };
  if (unit === "VERSION" && typeof value === "number") return nameAt(table, { version: value });
  const time = literalText(expr as Node);
  if (unit === "TIMESTAMP" && time) return nameAt(table, { asOf: time });
  throw new RangeError(
    `Cannot query table "${table}" at another version as AT takes one number or time: write AT (VERSION => 3) or AT (TIMESTAMP => '2001-05-31')`,
  );
}

/** The text of a literal, or of one that is cast. */
function literalText({ type, value, child }: Node): string | null {
  if (type === "OPERATOR_CAST") return literalText(child as Node);
  const constant = type === "VALUE_CONSTANT" ? value as { type: { id: string }; value: unknown } : null;
  return constant?.type.id === "VARCHAR" ? String(constant.value) : null;
}

function checkFunction({ function_name }: Node): void {
  if (TABLE_FUNCTIONS.has(String(function_name).toLowerCase())) return;
  throw new RangeError(
    `Cannot run query as table function "${function_name}" is not allowed: name a table of the lake, or use ${
      [...TABLE_FUNCTIONS].join(", ")
    }`,
  );
}

function visitFunction(name: string, found: Found): void {
  if (CLOCK.has(name)) found.unproven.add("clock");
  if (RANDOM.has(name)) found.unproven.add("random");
}

/** `current_date` and the like are parsed as columns; a table may have a column of that name, so this errs on the safe side. */
function visitColumn(names: string[] | undefined, found: Found): void {
  if (names?.length === 1 && CLOCK.has(names[0]!.toLowerCase())) found.unproven.add("clock");
}

function isSample(sample: unknown): boolean {
  if (typeof sample !== "object" || sample === null) return false;
  const { seed } = sample as { seed?: unknown };
  return seed === undefined || seed === null || Number(seed) < 0;
}

/** A name that looks like a file would let DuckDB read that file wherever the name is not in scope. */
function checkCte(name: string): string {
  if (!/[./\\:*?]/.test(name)) return name;
  throw new RangeError(`Cannot run query as a name in WITH must not look like a file: got ${JSON.stringify(name)}`);
}
