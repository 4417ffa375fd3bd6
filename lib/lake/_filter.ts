/**
 * A condition that every row which a query uses of a table meets: what it does not say is left to the query itself, so a
 * condition may only be too weak.
 */
export type Filter =
  | { kind: "and"; parts: (Filter | null)[] }
  | { kind: "or"; parts: (Filter | null)[] }
  | { kind: "compare"; column: ColumnName; comparisons: Comparison[]; join: "and" | "or" }
  | { kind: "null"; column: ColumnName; isNull: boolean };

/** One side of BETWEEN, one item of IN, or a comparison of its own; all of one filter are compared as one type. */
export interface Comparison {
  operator: Operator;
  value: Operand;
}

/** A column as written; `others` names the tables beside it, for a name that stands alone, or null when they are unknown. */
export interface ColumnName {
  name: string;
  others: readonly string[] | null;
}

export type Operator = "=" | "<" | "<=" | ">" | ">=";

/** SQL text of a literal, or the number of a bound parameter. */
export type Operand = { sql: string; of: OperandKind } | { parameter: number };

export type OperandKind = "exact" | "double" | "text" | "time";

/** A node of DuckDB's serialized syntax tree. */
export type Node = Record<string, unknown>;

const OPERATORS: Readonly<Record<string, Operator>> = {
  COMPARE_EQUAL: "=",
  COMPARE_LESSTHAN: "<",
  COMPARE_LESSTHANOREQUALTO: "<=",
  COMPARE_GREATERTHAN: ">",
  COMPARE_GREATERTHANOREQUALTO: ">=",
};
const MIRRORED: Readonly<Record<Operator, Operator>> = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const TIME_TYPES = new Set(["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]);

/**
 * Finds what the WHERE of one SELECT says about each table of its FROM. Only inner joins, and the left side of left ones,
 * let a condition on a table decide on its rows alone; a sample is drawn before WHERE.
 */
export function tableFilters(select: Node): Map<Node, Filter> {
  const items: Item[] = [];
  collectItems(select.from_table as Node, true, items);
  const filters = new Map<Node, Filter>();
  if (select.sample || !select.where_clause) return filters;
  const aliases = new Set(((select.select_list ?? []) as Node[]).map(({ alias }) => lower(alias)));
  for (const item of items) {
    if (!item.decides) continue;
    const filter = filterOf(select.where_clause as Node, { item, items, aliases });
    if (filter) filters.set(item.node, filter);
  }
  return filters;
}

/** Whether a part of FROM is `delta('path')`. */
export function isDelta({ type, function: call }: Node): boolean {
  return type === "TABLE_FUNCTION" && lower((call as Node).function_name) === "delta";
}

interface Item {
  node: Node;
  /** Name that qualifies its columns, in lower case. */
  qualifier: string;
  decides: boolean;
}

interface Scope {
  item: Item;
  items: readonly Item[];
  aliases: ReadonlySet<string>;
}

function collectItems(from: Node | null | undefined, decides: boolean, items: Item[]): void {
  if (!from) return;
  if (from.type !== "JOIN") {
    const isTable = (from.type === "BASE_TABLE" || isDelta(from)) && !from.sample &&
      !(from.column_name_alias as unknown[]).length;
    const qualifier = lower(from.alias) || (isDelta(from) ? "delta" : lower(from.table_name));
    items.push({ node: from, qualifier, decides: decides && isTable });
    return;
  }
  const isPlain = from.ref_type === "REGULAR" || from.ref_type === "CROSS";
  const inner = isPlain && from.join_type === "INNER";
  collectItems(from.left as Node, decides && (inner || (isPlain && from.join_type === "LEFT")), items);
  collectItems(from.right as Node, decides && inner, items);
}

function filterOf(node: Node, scope: Scope): Filter | null {
  const children = (node.children ?? []) as Node[];
  switch (node.type) {
    case "CONJUNCTION_AND":
      return { kind: "and", parts: children.map((child) => filterOf(child, scope)) };
    case "CONJUNCTION_OR":
      return { kind: "or", parts: children.map((child) => filterOf(child, scope)) };
    case "COMPARE_BETWEEN":
      return compare(node.input as Node, [[">=", node.lower as Node], ["<=", node.upper as Node]], "and", scope);
    case "COMPARE_IN":
      return compare(children[0]!, children.slice(1).map((child) => ["=", child]), "or", scope);
    case "OPERATOR_IS_NULL":
    case "OPERATOR_IS_NOT_NULL": {
      const column = columnOf(children[0]!, scope);
      return column && { kind: "null", column, isNull: node.type === "OPERATOR_IS_NULL" };
    }
  }
  const operator = OPERATORS[String(node.type)];
  if (!operator || node.class !== "COMPARISON") return null;
  const [left, right] = [node.left as Node, node.right as Node];
  return compare(left, [[operator, right]], "and", scope) ??
    compare(right, [[MIRRORED[operator], left]], "and", scope);
}

function compare(left: Node, rights: [Operator, Node][], join: "and" | "or", scope: Scope): Filter | null {
  const column = columnOf(left, scope);
  if (!column) return null;
  const comparisons: Comparison[] = [];
  for (const [operator, right] of rights) {
    const value = operandOf(right);
    if (!value) return null;
    comparisons.push({ operator, value });
  }
  return { kind: "compare", column, comparisons, join };
}

function columnOf(node: Node, { item, items, aliases }: Scope): ColumnName | null {
  if (node.type !== "COLUMN_REF") return null;
  const names = (node.column_names as string[]).map(lower);
  const name = names.at(-1)!;
  if (names.length === 2) return names[0] === item.qualifier ? { name, others: [] } : null;
  if (names.length !== 1 || aliases.has(name)) return null; // the name may mean what SELECT calls so
  const others = items.filter((other) => other !== item).map(({ node }) => node);
  return {
    name,
    others: others.every(({ type }) => type === "BASE_TABLE") ? others.map((node) => lower(node.table_name)) : null,
  };
}

function operandOf(node: Node): Operand | null {
  if (node.type === "VALUE_PARAMETER") {
    return /^[1-9]\d*$/.test(String(node.identifier)) ? { parameter: Number(node.identifier) } : null;
  }
  if (node.type === "OPERATOR_CAST") return castOf(node);
  if (node.type !== "VALUE_CONSTANT") return null;
  const { type, is_null, value } = node.value as { type: { id: string; type_info: Node | null } } & Node;
  if (is_null) return null;
  if (type.id === "VARCHAR") return { sql: textOf(value), of: "text" };
  const sql = numberText(type.id, Number(type.type_info?.scale ?? 0), value);
  return sql === null ? null : { sql, of: type.id === "DOUBLE" || type.id === "FLOAT" ? "double" : "exact" };
}

function castOf(node: Node): Operand | null {
  const { id } = node.cast_type as { id: string };
  const child = node.child as Node;
  const constant = child.type === "VALUE_CONSTANT" ? child.value as { type: { id: string } } & Node : null;
  if (!constant || constant.is_null || constant.type.id !== "VARCHAR" || node.try_cast || !TIME_TYPES.has(id)) {
    return null;
  }
  return { sql: `CAST(${textOf(constant.value)} AS ${id})`, of: "time" };
}

function textOf(value: unknown): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** The same literal again; one that JSON may have rounded on the way is left out. */
function numberText(type: string, scale: number, value: unknown): string | null {
  if (typeof value !== "number") return null;
  if (type === "DOUBLE" || type === "FLOAT") return `CAST('${value}' AS ${type})`;
  if (!Number.isSafeInteger(value)) return null;
  if (type === "DECIMAL") {
    const digits = String(Math.abs(value)).padStart(scale + 1, "0");
    return `${value < 0 ? "-" : ""}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
  }
  return /^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type) ? String(value) : null;
}

function lower(value: unknown): string {
  return String(value ?? "").toLowerCase();
}
