import type { Encoded, encodeValue } from "./encode_value.ts";

/** What the process of the cells tells of a notebook's `Parameters`. */
export interface ReadParameters {
  /** The parameters, in the order of the schema. */
  fields: ParameterField[];
  /** What does not fit, each with its path. */
  problems: Problem[];
  /** The values of the parameters that were given, as the schema makes them. */
  values: Record<string, Encoded>;
}

/** A parameter that does not fit. */
export interface Problem {
  path: string;
  message: string;
}

/** One parameter of a schema. */
export interface ParameterField {
  /** Its name. */
  name: string;
  /** Its type as people read it, such as `integer, 0 to 23`. */
  type: string;
  /** Whether it must be given. */
  required: boolean;
  /** The value that it has otherwise. */
  fallback?: Encoded;
  /** What it is for. */
  description?: string;
}

/** What is asked of the schema. */
export interface AskedParameters {
  schema: () => unknown;
  /** Texts of a command line, which the schema's types read. */
  texts: Record<string, string>;
  /** Values of JSON or YAML. */
  values: Record<string, unknown>;
  /** The variables of the schema's names that the cell itself declares. */
  declared: Record<string, () => unknown>;
  encode: typeof encodeValue;
}

// deno-lint-ignore no-explicit-any
type Schema = any;

/**
 * Checks parameters by a zod schema, and tells what it asks for.
 *
 * @param asked The schema and what was given.
 * @returns The parameters, what does not fit, and the values.
 */
export async function readParameters(asked: AskedParameters): Promise<ReadParameters> {
  const schema: Schema = asked.schema();
  if (typeof schema?.safeParseAsync !== "function") {
    return { fields: [], problems: [{ path: "Parameters", message: "it must be a zod schema" }], values: {} };
  }
  const shape: Record<string, Schema> = defOf(bare(schema)).shape ?? {};
  const given = givenInput(shape, asked);
  const input = { ...ownInput(shape, given, asked), ...given };
  const parsed = await schema.safeParseAsync(input);
  const problems = [...unknownNames(shape, given), ...issuesOf(parsed, asked)];
  const made = Object(parsed.success ? parsed.data : {});
  const values: [string, Encoded][] = [];
  for (const [name, value] of Object.entries(given)) {
    try {
      values.push([name, asked.encode(Object.hasOwn(made, name) ? made[name] : value)]);
    } catch (error) {
      problems.push({ path: name, message: `it must be data: ${(error as Error).message}` });
    }
  }
  const fields = Object.entries(shape).map(([name, field]) => fieldOf(name, field, asked));
  return { fields, problems, values: Object.fromEntries(values) };
}

function givenInput(shape: Record<string, Schema>, { texts, values }: AskedParameters): Record<string, unknown> {
  return Object.fromEntries([
    ...Object.entries(values).map(([name, value]) => [name, adapt(shape[name], value)]),
    ...Object.entries(texts).map(([name, text]) => [name, coerce(shape[name], text)]),
  ]);
}

/** What the cell's own variables give, where the schema asks for a value and has none itself. */
function ownInput(
  shape: Record<string, Schema>,
  given: Record<string, unknown>,
  { declared }: AskedParameters,
): Record<string, unknown> {
  const names = Object.keys(shape).filter((name) => {
    return !Object.hasOwn(given, name) && Object.hasOwn(declared, name) && !shape[name].safeParse(undefined).success;
  });
  return Object.fromEntries(names.map((name) => [name, declared[name]!()]));
}

function unknownNames(shape: Record<string, Schema>, given: Record<string, unknown>): Problem[] {
  const known = Object.keys(shape);
  const unknown = Object.keys(given).filter((name) => known.length > 0 && !known.includes(name));
  return unknown.map((path) => ({ path, message: `it must be one of ${known.join(", ")}` }));
}

function issuesOf(parsed: Schema, { texts }: AskedParameters): Problem[] {
  return (parsed.error?.issues ?? []).map((issue: Schema) => {
    const path = issue.path.map(String).join(".");
    const message = String(issue.message).replace(/^Invalid input: /, "");
    const found = Object.hasOwn(texts, path) ? `, got "${texts[path]}"` : "";
    return { path: path || "Parameters", message: message + found };
  });
}

function fieldOf(name: string, schema: Schema, { declared, encode }: AskedParameters): ParameterField {
  const missing = schema.safeParse(undefined);
  const own = Object.hasOwn(declared, name) ? declared[name]!() : undefined;
  const value = missing.success ? missing.data : own;
  const description = descriptionOf(schema);
  const field = { name, type: typeText(schema), required: !missing.success && own === undefined };
  return {
    ...field,
    ...(value === undefined ? {} : { fallback: shownDefault(value, encode) }),
    ...(description === undefined ? {} : { description }),
  };
}

function shownDefault(value: unknown, encode: typeof encodeValue): Encoded {
  try {
    return encode(value);
  } catch {
    return String(value);
  }
}

function defOf(schema: Schema): Schema {
  return schema?._zod?.def ?? {};
}

/** The schema without what only says that it may be left out, or comes later. */
function bare(schema: Schema): Schema {
  const def = defOf(schema);
  const outer = ["optional", "default", "prefault", "catch", "readonly", "nonoptional"];
  if (outer.includes(def.type)) return bare(def.innerType);
  if (def.type === "lazy") return bare(def.getter());
  if (def.type !== "pipe") return schema;
  return bare(defOf(def.in).type === "transform" ? def.out : def.in);
}

/** Reads a text by the type of its schema; a text that does not fit stays one, so that the schema says why. */
function coerce(schema: Schema, text: string): unknown {
  const inner = bare(schema);
  const def = defOf(inner);
  switch (def.type) {
    case "string":
      return text;
    case "number":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "bigint":
      return /^-?\d{1,1000}$/.test(text) ? BigInt(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "date":
      return Number.isNaN(Date.parse(text)) ? text : new Date(text);
    case "enum":
    case "literal":
      return choicesOf(def).find((value) => String(value) === text) ?? text;
    case "nullable":
      return text === "null" ? null : coerce(def.innerType, text);
    case "union":
      return coerceUnion(def.options, text);
    case "array":
      if (/^\s*\[/.test(text)) return adapt(inner, parseJson(text));
      return text === "" ? [] : text.split(",").map((item) => coerce(def.element, item.trim()));
    default:
      return adapt(inner, parseJson(text));
  }
}

function coerceUnion(options: Schema[], text: string): unknown {
  const fitting = options.find((option) => option.safeParse(coerce(option, text)).success);
  return fitting ? coerce(fitting, text) : text;
}

/** Gives values of JSON the types that JSON has not: dates and bigints. */
function adapt(schema: Schema, value: unknown): unknown {
  const inner = bare(schema);
  const def = defOf(inner);
  if (typeof value === "string" && ["date", "bigint"].includes(def.type)) return coerce(inner, value);
  if (def.type === "bigint" && Number.isSafeInteger(value)) return BigInt(value as number);
  if (def.type === "nullable") return value === null ? null : adapt(def.innerType, value);
  if (def.type === "array" && Array.isArray(value)) return value.map((item) => adapt(def.element, item));
  if (def.type !== "object" || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      return [key, Object.hasOwn(def.shape, key) ? adapt(def.shape[key], item) : item];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function typeText(schema: Schema): string {
  const inner = bare(schema);
  const def = defOf(inner);
  switch (def.type) {
    case "number":
      return `${inner.format === "safeint" ? "integer" : "number"}${rangeText(inner)}`;
    case "enum":
    case "literal":
      return choicesOf(def).map((value) => typeof value === "bigint" ? `${value}n` : JSON.stringify(value)).join(" | ");
    case "nullable":
      return `${typeText(def.innerType)} | null`;
    case "union":
      return def.options.map(typeText).join(" | ");
    case "array":
      return `list of ${typeText(def.element)}`;
    case "string":
      return `string${formatText(inner)}`;
    case "boolean":
    case "bigint":
    case "date":
      return def.type;
    default:
      return "JSON";
  }
}

/** The format as JSON Schema names it; patterns have none. */
function formatText({ format }: Schema): string {
  const names: Record<string, string> = { guid: "uuid", url: "uri", datetime: "date-time", regex: "" };
  const name = format ? names[format] ?? format : "";
  return name === "" ? "" : ` (${name})`;
}

function rangeText({ minValue, maxValue }: Schema): string {
  const low = minValue > Number.MIN_SAFE_INTEGER;
  const high = maxValue < Number.MAX_SAFE_INTEGER;
  if (low && high) return `, ${minValue} to ${maxValue}`;
  return low ? `, at least ${minValue}` : high ? `, at most ${maxValue}` : "";
}

function choicesOf(def: Schema): unknown[] {
  return def.values ? [...def.values] : Object.values(def.entries);
}

function descriptionOf(schema: Schema): string | undefined {
  if (typeof schema?.description === "string") return schema.description;
  const { innerType } = defOf(schema);
  return innerType ? descriptionOf(innerType) : undefined;
}

/**
 * The text of readParameters and all that it needs: a notebook's schema is a notebook's code, so it is read in the
 * process of the cells, and that is sent this text. That is why nothing here uses another file.
 */
export const READ_PARAMETERS: string = [
  readParameters,
  givenInput,
  ownInput,
  unknownNames,
  issuesOf,
  fieldOf,
  shownDefault,
  defOf,
  bare,
  coerce,
  coerceUnion,
  adapt,
  parseJson,
  typeText,
  formatText,
  rangeText,
  choicesOf,
  descriptionOf,
].map(String).join("\n");
