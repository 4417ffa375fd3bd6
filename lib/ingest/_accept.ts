import type { Json } from "../events/mod.ts";
import { quoteText } from "../lake/mod.ts";
import { globOf, isPlainPattern } from "./_pattern.ts";
import { isAnnotation, type JsonSchema, type Shape } from "./_shape.ts";
import { fieldOf } from "./_shape_sql.ts";
import { hasNull, isAlways, isRequired, valuesOf } from "./_template.ts";

/** RFC 3339 as DuckDB and the standard both read it: no leap second, at most microseconds, a zone within fourteen hours. */
export const TIME_PATTERN =
  "\\d{4}-\\d\\d-\\d\\dT(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d)";

// What Date.toISOString writes, and nearly everybody; each is also matched by TIME_PATTERN.
const COMMON_TIMES = ["[01]\\d", "2[0-3]"].map((hour) =>
  globOf(`^\\d{4}-\\d\\d-\\d\\dT${hour}:[0-5]\\d:[0-5]\\d\\.\\d{3}Z$`)!
);

const NEVER = "false";
const MAX_EXACT = "9007199254740992"; // beyond it a double has lost digits, and the record keeps its text too

/**
 * Writes what SQL has to prove of a record, so that it certainly fits its schema. Whatever SQL cannot prove, a keyword
 * that is not known here included, is `false`: the exact check decides then.
 *
 * @param shape Shape of the record.
 * @param access SQL of what json_transform made of it.
 * @param samples The samples that the template follows: the keys that may hold null.
 * @returns Conditions, all of which must be true.
 */
export function conditionsOf(shape: Shape, access: string, samples: readonly Json[], depth = 0): string[] {
  const known = KEYWORDS[shape.kind];
  const unknown = Object.keys(shape.schema).find((keyword) => !isAnnotation(keyword) && !known.includes(keyword));
  if (unknown !== undefined) return [NEVER];
  switch (shape.kind) {
    case "bigint":
      return [...numberConditions(shape.schema, access), ...enumConditions(shape, access)];
    case "double":
      return doubleConditions(shape, `TRY_CAST(CAST(${access} AS VARCHAR) AS DOUBLE)`);
    case "text":
      return [...textConditions(shape.schema, access), ...enumConditions(shape, access)];
    case "time":
      return [
        matches(access, COMMON_TIMES, `regexp_full_match(${access}, ${quoteText(TIME_PATTERN)})`),
        `TRY_CAST(${access} AS TIMESTAMPTZ) IS NOT NULL`,
        ...textConditions(shape.schema, access),
      ];
    case "date":
      return [`${access} IS NOT NULL`, ...textConditions(shape.schema, `CAST(${access} AS VARCHAR)`)];
    case "json":
      return openConditions(shape.schema, access);
    case "list":
      return listConditions(shape, access, samples, depth);
    case "struct":
      return structConditions(shape, access, samples, depth);
    default:
      return enumConditions(shape, access);
  }
}

const KEYWORDS: Readonly<Record<Shape["kind"], readonly string[]>> = {
  bigint: ["type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  double: ["type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: ["type", "const", "enum"],
  text: ["type", "enum", "const", "minLength", "maxLength", "pattern"],
  time: ["type", "format", "pattern"],
  date: ["type", "format", "pattern"],
  json: ["type"],
  list: ["type", "items", "minItems", "maxItems"],
  struct: ["type", "properties", "required", "additionalProperties"],
  literal: [],
};

function numberConditions(schema: JsonSchema, access: string): string[] {
  const conditions = Object.entries(COMPARISONS).flatMap(([keyword, sign]) =>
    keyword in schema ? [`${access} ${sign} ${literal(schema[keyword])}`] : []
  );
  if (!("multipleOf" in schema)) return conditions;
  const divisor = schema.multipleOf;
  return [...conditions, Number.isSafeInteger(divisor) ? `${access} % ${divisor} = 0` : NEVER];
}

function doubleConditions({ schema }: Shape, access: string): string[] {
  return [`${access} BETWEEN -${MAX_EXACT} AND ${MAX_EXACT}`, ...numberConditions(schema, access)];
}

function textConditions(schema: JsonSchema, access: string): string[] {
  const { minLength, maxLength, pattern } = schema;
  const conditions: string[] = [];
  if (minLength !== undefined) {
    conditions.push(minLength === 1 ? `${access} <> ''` : `length(${access}) >= ${literal(minLength)}`);
  }
  if (maxLength !== undefined) conditions.push(`length(${access}) <= ${literal(maxLength)}`);
  if (pattern === undefined) return conditions;
  if (typeof pattern !== "string" || !isPlainPattern(pattern)) return [...conditions, NEVER];
  const glob = globOf(pattern);
  return [
    ...conditions,
    glob === null ? `regexp_matches(${access}, ${quoteText(pattern)})` : `${access} GLOB ${quoteText(glob)}`,
  ];
}

/** The globs spare most records the other test; CASE, other than OR, asks only where it has to. */
function matches(access: string, globs: readonly string[], other: string): string {
  const branches = globs.map((glob) => `WHEN ${access} GLOB ${quoteText(glob)} THEN true`);
  return `CASE ${branches.join(" ")} ELSE ${other} END`;
}

function enumConditions({ kind, schema }: Shape, access: string): string[] {
  const type = kind === "text" ? "string" : kind === "boolean" ? "boolean" : "number";
  const given = [
    ...("const" in schema ? [[schema.const]] : []),
    ...("enum" in schema ? [schema.enum as unknown[]] : []),
  ];
  return given.map((values) => {
    const usable = values.filter((value) => value !== null);
    if (usable.length === 0 || usable.some((value) => typeof value !== type)) return NEVER;
    return usable.length === 1
      ? `${access} = ${literal(usable[0])}`
      : `${access} IN (${usable.map(literal).join(", ")})`;
  });
}

function openConditions({ type }: JsonSchema, access: string): string[] {
  if (type === undefined) return [];
  const start = type === "object" ? "{" : type === "array" ? "[" : null;
  return [start === null ? NEVER : `starts_with(${access}, ${quoteText(start)})`];
}

function listConditions(
  shape: Shape & { kind: "list" },
  access: string,
  samples: readonly Json[],
  depth: number,
): string[] {
  const { minItems, maxItems } = shape.schema;
  const element = `c${depth}`;
  const inner = samples.flatMap((sample) => Array.isArray(sample) ? sample : []);
  const each = conditionsOf(shape.item, element, inner, depth + 1);
  const failing = `list_filter(${access}, lambda ${element}: NOT ${unlessNull(element, each, shape.item.nullable)})`;
  return [
    ...(minItems === undefined ? [] : [`len(${access}) >= ${literal(minItems)}`]),
    ...(maxItems === undefined ? [] : [`len(${access}) <= ${literal(maxItems)}`]),
    ...(each.includes(NEVER) ? [`len(${access}) = 0`] : each.length > 0 ? [`len(${failing}) = 0`] : []),
  ];
}

function structConditions(
  shape: Shape & { kind: "struct" },
  access: string,
  samples: readonly Json[],
  depth: number,
): string[] {
  const required = (shape.schema.required ?? []) as string[];
  if (!required.every((name) => shape.fields.has(name))) return [NEVER];
  return [...shape.fields].flatMap(([name, field]) => {
    const inner = fieldOf(access, name);
    const values = valuesOf(samples, name);
    const conditions = conditionsOf(field, inner, values, depth);
    // The template of a key that is always there is the text of no record without it.
    if (isAlways(samples, name)) return conditions;
    const mayBeNull = !isRequired(shape, name) || (field.nullable && hasNull(samples, name));
    if (!mayBeNull) return [`${inner} IS NOT NULL`, ...conditions];
    return conditions.length === 0 ? [] : [unlessNull(inner, conditions, true)];
  });
}

function unlessNull(access: string, conditions: readonly string[], mayBeNull: boolean): string {
  const all = `coalesce(${conditions.length === 0 ? "true" : conditions.join(" AND ")}, false)`;
  return mayBeNull ? `(${access} IS NULL OR ${all})` : `(${access} IS NOT NULL AND ${all})`;
}

const COMPARISONS = { minimum: ">=", maximum: "<=", exclusiveMinimum: ">", exclusiveMaximum: "<" };

function literal(value: unknown): string {
  if (typeof value === "string") return value.includes("\0") ? NEVER : quoteText(value);
  if (typeof value === "boolean") return String(value);
  if (Number.isSafeInteger(value)) return String(value);
  return `CAST('${Number(value)}' AS DOUBLE)`;
}
