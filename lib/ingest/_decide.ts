import { canonicalJson, compileSchema, type Json, parseEvent } from "../events/mod.ts";
import { TIME_PATTERN } from "./_accept.ts";
import type { PayloadColumn } from "./_columns.ts";
import { isObject, type Shape } from "./_shape.ts";
import type { TopicSchema } from "./topic_schema.ts";

/** The exact answer on one record. */
export interface Decision {
  /** Why it does not fit; null when it does. */
  reason: string | null;
  /** Its value as text; null when it is not UTF-8. */
  text: string | null;
  /** Whether the text goes to the columns as JSON, else as it is. */
  isJson: boolean;
  /** What it says of itself, as far as it can be read. */
  event: Readonly<Record<"id" | "type" | "source" | "subject", string | null>>;
}

/**
 * Makes the exact check of records, which has the last word over what SQL could not prove.
 *
 * @param topic What the events must look like; null takes any text.
 * @param columns Where their payload goes.
 * @returns A function from a record's value, JSON text or bytes, to the decision.
 */
export function decider(
  topic: TopicSchema | null,
  columns: readonly PayloadColumn[],
): (value: string | Uint8Array) => Decision {
  let compiled: ((data: unknown) => string | null) | undefined; // mostly SQL accepts all, and compiling costs 40 ms
  const check = (data: unknown) => (compiled ??= compileSchema(topic!.schema))(data);
  return (value) => {
    const text = typeof value === "string" ? value : decode(value);
    const isJson = topic !== null;
    if (text === null) return { reason: "the value must be UTF-8", text, isJson, event: NONE };
    const parsed = parse(text);
    if ("reason" in parsed) return { reason: topic && parsed.reason, text, isJson, event: NONE };
    const event = describe(parsed.value);
    const reason = topic ? problemOf(topic, check, columns, text, parsed.value) : null;
    return { reason: reason ?? (topic ? surrogateProblem(text, parsed.value) : null), text, isJson, event };
  };
}

const NONE = { id: null, type: null, source: null, subject: null };

function problemOf(
  topic: TopicSchema,
  check: (data: unknown) => string | null,
  columns: readonly PayloadColumn[],
  text: string,
  value: Json,
): string | null {
  const envelope = envelopeProblem(value);
  if (envelope !== null) return envelope;
  const { type, data } = value as { type: string; data?: Json };
  if (type !== topic.type) return `/type must be ${JSON.stringify(topic.type)}: got ${JSON.stringify(type)}`;
  const problem = check(data);
  if (problem !== null) return problem.startsWith("/") ? `/data${problem}` : problem.replace("the value", "/data");
  const exact = /\d{16}/.test(text) ? (parseExact(text) as { data: unknown }).data : data;
  return columns.map((column) => columnProblem(column, exact)).find((found) => found !== null) ?? null;
}

function envelopeProblem(value: Json): string | null {
  try {
    parseEvent(value);
    return null;
  } catch (cause) {
    if (cause instanceof TypeError) return cause.message.replace("Cannot read CloudEvent as ", "");
    throw cause;
  }
}

function columnProblem({ property, shape, conflict }: PayloadColumn, data: unknown): string | null {
  const value = property === null ? data : isObject(data) && Object.hasOwn(data, property) ? data[property] : undefined;
  const pointer = property === null ? "/data" : `/data/${escape(property)}`;
  if (value === undefined || value === null) return null;
  return conflict === null ? storageProblem(shape, value, pointer) : `${pointer} cannot be stored as ${conflict}`;
}

/** A value may fit its schema and yet no column: an integer past 64 bits, a leap second. */
function storageProblem(shape: Shape, value: unknown, pointer: string): string | null {
  if (value === null || value === undefined) return null;
  if (shape.kind === "list") {
    return firstOf(value as unknown[], (item, index) => storageProblem(shape.item, item, `${pointer}/${index}`));
  }
  if (shape.kind === "struct") {
    const object = value as Record<string, unknown>;
    return firstOf(
      [...shape.fields],
      ([name, field]) =>
        Object.hasOwn(object, name) ? storageProblem(field, object[name], `${pointer}/${escape(name)}`) : null,
    );
  }
  const must = STORABLE[shape.kind];
  return must === undefined || must.test(value) ? null : `${pointer} must be ${must.name}: got ${show(value)}`;
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== null) return found;
  }
  return null;
}

const FULL_TIME = new RegExp(`^(?!0000)${TIME_PATTERN.replace("{1,6}", "+")}$`);

const STORABLE: Readonly<Partial<Record<Shape["kind"], { name: string; test(value: unknown): boolean }>>> = {
  bigint: {
    name: "an integer of 64 bits, in plain digits past 2^53",
    test: (value) => typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value),
  },
  double: { name: "a number of 64 bits", test: (value) => typeof value === "bigint" || Number.isFinite(value) },
  time: { name: "a time as 2001-05-31T12:00:00.5Z", test: (value) => FULL_TIME.test(String(value)) },
  date: { name: "a date as 2001-05-31", test: (value) => /^(?!0000)\d{4}-\d\d-\d\d$/.test(String(value)) },
};

function parse(text: string): { value: Json } | { reason: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (cause) {
    if (cause instanceof SyntaxError) return { reason: `the value must be JSON: ${cause.message}` };
    throw cause;
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Parses integers past 2^53 as BigInt (ECMA-262, JSON.parse source text access). */
function parseExact(text: string): unknown {
  const exact: Reviver = (_, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "") ? BigInt(source!) : value;
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
}

// DuckDB's parser of JSON refuses the whole file for the sake of one lone surrogate.
function surrogateProblem(text: string, value: Json): string | null {
  if (!/\\u[dD]/.test(text)) return null;
  try {
    canonicalJson(value);
    return null;
  } catch (cause) {
    if (cause instanceof TypeError) return `the value must be Unicode text: ${cause.message.replace(/^.*: /, "")}`;
    throw cause;
  }
}

function describe(value: Json): Decision["event"] {
  const event = isObject(value) && value.specversion === "1.0" ? value : {};
  const text = (name: string) => {
    const found = Object.hasOwn(event, name) ? event[name] : null;
    return typeof found === "string" && found.isWellFormed() ? found : null;
  };
  return { id: text("id"), type: text("type"), source: text("source"), subject: text("subject") };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
}

function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
