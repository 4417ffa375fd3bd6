import type { Json } from "../events/mod.ts";
import { type Field, quoteName, quoteText } from "../lake/mod.ts";
import { conditionsOf } from "./_accept.ts";
import { accessOf, ENVELOPE, type PayloadColumn, payloadColumns } from "./_columns.ts";
import { decider, type Decision } from "./_decide.ts";
import { canBeName, isObject, type Shape, shapeOf } from "./_shape.ts";
import { fieldOf, structureOf } from "./_shape_sql.ts";
import { framesSource, textSource } from "./_source.ts";
import type { SpoolFile } from "./_spool.ts";
import { isAlways, keysOf, templateOf, valuesOf } from "./_template.ts";
import type { TopicSchema } from "./topic_schema.ts";

export type { Decision } from "./_decide.ts";

/**
 * The fit of one topic: SQL accepts what certainly fits, the exact check decides on the rest. A source is a SELECT of
 * lines: "partition", "day", o, m, p, s, k, t, h, v (docs/architecture.md, "Bus").
 */
export interface Fit {
  /** Columns of the rows, without the partition columns. */
  fields: readonly Field[];
  /**
   * SELECT of one row per line of files of frames, with "day", and with "fit" true where the record certainly fits. Some
   * of the records show it in which order keys are written.
   */
  judged(files: readonly SpoolFile[], samples: readonly Json[]): string;
  /** SELECT of one row per decided line, with "day" and "fit". */
  decided(source: string): string;
  /** The exact check. */
  decide(value: string | Uint8Array): Decision;
}

/**
 * Compiles the fit of a topic.
 *
 * @param topic What its events must look like; null takes any text.
 * @param stored Columns that its table has already; their types prevail.
 * @returns The fit.
 */
export function compileFit(topic: TopicSchema | null, stored: readonly Field[] = []): Fit {
  return topic === null ? openFit() : schemaFit(topic, stored);
}

function schemaFit(topic: TopicSchema, stored: readonly Field[]): Fit {
  const data = shapeOf(topic.schema);
  const all = payloadColumns(data, stored);
  const columns = all.filter(({ conflict }) => conflict === null);
  const decide = decider(topic, all);
  const payload = columns.map(({ field }) => field);
  const isOpen = columns.some(({ shape }) => holdsOpen(shape));

  function judged(files: readonly SpoolFile[], samples: readonly Json[]): string {
    const payloads = valuesOf(samples, "data");
    const event = eventShape(topic, widen(data, payloads), samples);
    const attributes = [...event.fields.keys()].filter((name) => !STORED.includes(name));
    const extras = [
      ...attributes.map((name) => fieldOf("x", name)),
      ...extrasOf(data, payloads, fieldOf("x", "data")),
    ];
    const keepsText = isOpen || extras.length > 0; // else read_json, which is faster
    const raw = extras.length === 0
      ? "NULL"
      : `CASE WHEN coalesce(${extras.join(", ")}) IS NULL THEN NULL ELSE encode(text) END`;
    const attributeOf = (name: Attribute) =>
      name === "type" ? quoteText(topic.type) : event.fields.has(name) ? fieldOf("x", name) : "CAST(NULL AS VARCHAR)";
    const row = rowSql(columns, attributeOf, "NULL", raw);
    const conditions = [
      keepsText ? sameText(isOpen) : `${templateOf(event, "x", samples)} = CAST(v AS VARCHAR)`,
      ...conditionsOf(event, "x", samples),
      ...(event.fields.has("time") ? [`coalesce(${fieldOf("x", "time")} ${SAFE_YEARS}, true)`] : []),
      ...all.filter(({ conflict }) => conflict !== null).map((column) =>
        `${accessOf(column, fieldOf("x", "data"))} IS NULL`
      ),
    ];
    const lines = keepsText
      ? `SELECT *, v AS x, ${templateOf(event, "v", samples)} AS template FROM (${
        textSource(files, structureOf(event))
      })`
      : `SELECT *, ${transform(event)} AS x FROM (${framesSource(files)})`;
    return `SELECT ${row}, "day", ${conditions.join(" AND ")} AS "fit" FROM (${lines})`;
  }

  function decided(source: string): string {
    const shape = eventShape(topic, data, []);
    const row = rowSql(columns, decidedAttribute, "r", "from_base64(w)");
    return `SELECT ${row}, "day", "fit" FROM (SELECT *, ${transform(shape)} AS x FROM (${source}))`;
  }

  return { fields: [...ENVELOPE, ...payload], judged, decided, decide };
}

function openFit(): Fit {
  const value: Field = { name: "value", type: "string", nullable: true };
  const decide = decider(null, []);
  const attributes = { specversion: "VARCHAR", id: "VARCHAR", type: "VARCHAR", source: "VARCHAR", subject: "VARCHAR" };
  return {
    fields: [...ENVELOPE, value],
    judged: (files) =>
      `SELECT ${envelopeSql(attribute, "NULL", "NULL")}, text AS "value", "day", text IS NOT NULL AS "fit" ` +
      `FROM (${textSource(files, attributes)})`,
    decided: (source) =>
      `SELECT ${envelopeSql(decidedAttribute, "r", "from_base64(w)")}, q AS "value", "day", "fit" FROM (${source})`,
    decide,
  };
}

const attribute = (name: string): string => `CASE WHEN v.specversion = '1.0' THEN v.${quoteName(name)} END`;
const DECIDED = { id: "i", type: "y", source: "c", subject: "j" };
const decidedAttribute = (name: Attribute): string => DECIDED[name];

type Attribute = keyof typeof DECIDED;

function rowSql(
  columns: readonly PayloadColumn[],
  attributeOf: (name: Attribute) => string,
  reason: string,
  raw: string,
): string {
  const payload = columns.map((column) =>
    `${valueSql(column.shape, accessOf(column, fieldOf("x", "data")), 0)} AS ${quoteName(column.field.name)}`
  );
  return [envelopeSql(attributeOf, reason, raw), ...payload].join(", ");
}

function envelopeSql(attributeOf: (name: Attribute) => string, reason: string, raw: string): string {
  const values: Record<string, string> = {
    _partition: `"partition"`,
    _offset: "o",
    _key: "k",
    _bus_time: "make_timestamptz(m)",
    _event_time: "make_timestamptz(t)",
    _headers: HEADERS,
    _producer: "p",
    _sequence: "s",
    _id: attributeOf("id"),
    _type: attributeOf("type"),
    _source: attributeOf("source"),
    _subject: attributeOf("subject"),
    _reason: `CAST(${reason} AS VARCHAR)`,
    _raw: `CAST(${raw} AS BLOB)`,
  };
  return ENVELOPE.map(({ name }) => `${values[name]} AS ${quoteName(name)}`).join(", ");
}

const HEADERS = `CASE WHEN h IS NULL THEN NULL ELSE list_transform(json_transform(h, '[["VARCHAR"]]'), ` +
  `lambda pair: struct_pack("key" := pair[1], "value" := from_base64(pair[2]))) END`;

function holdsOpen(shape: Shape): boolean {
  if (shape.kind === "list") return holdsOpen(shape.item);
  return shape.kind === "struct" ? [...shape.fields.values()].some(holdsOpen) : shape.kind === "json";
}

// DuckDB writes numbers of JSON anew; those that may lose a digit by it are left to the exact check, which keeps the bytes.
const CHANGED_NUMBER = String
  .raw`[:,\[\s](?:-0[,}\]\s]|-?(?:0\.0000|\d+(?:\.\d+)?[eE]|\d{8,}\.|\d+\.(?:\d{8}|\d+0[,}\]\s])))`;

/** Compares with the text, and where spaces or escapes differ with DuckDB's own. */
function sameText(isOpen: boolean): string {
  const keeps = isOpen ? `NOT regexp_matches(text, ${quoteText(CHANGED_NUMBER)})` : "true";
  return `CASE WHEN template = text THEN true WHEN template = CAST(json(text) AS VARCHAR) THEN ${keeps} ELSE false END`;
}

function transform(shape: Shape): string {
  return `json_transform(v, ${quoteText(JSON.stringify(structureOf(shape)))})`;
}

/** Converts what json_transform took out: numbers and times come as text. */
function valueSql(shape: Shape, access: string, depth: number): string {
  switch (shape.kind) {
    case "double":
      return `TRY_CAST(CAST(${access} AS VARCHAR) AS DOUBLE)`;
    case "time":
      return `TRY_CAST(${access} AS TIMESTAMPTZ)`;
    case "json":
      return `CAST(${access} AS VARCHAR)`;
    case "list": {
      const inner = valueSql(shape.item, `i${depth}`, depth + 1);
      return `list_transform(${access}, lambda i${depth}: ${inner})`;
    }
    case "struct": {
      const fields = [...shape.fields].map(([name, field]) =>
        `${quoteName(name)} := ${valueSql(field, fieldOf(access, name), depth)}`
      );
      return `CASE WHEN ${access} IS NULL THEN NULL ELSE struct_pack(${fields.join(", ")}) END`;
    }
    default:
      return access;
  }
}

const text = (schema: Record<string, unknown>): Shape => ({
  kind: "text",
  nullable: false,
  schema: { type: "string", ...schema },
});
const literal = (value: Json): Shape => ({ kind: "literal", nullable: false, schema: {}, text: JSON.stringify(value) });
// Microseconds of the years 1700 to 2199 are safe integers, whatever the zone.
const SAFE_YEARS = "BETWEEN '17' AND '22'";

/** The shape of a whole CloudEvent, as far as samples show which attributes records have. */
function eventShape(topic: TopicSchema, data: Shape, samples: readonly Json[]): Shape & { kind: "struct" } {
  const fixed = (name: string, value: string): Shape =>
    isAlways(samples, name) && valuesOf(samples, name).includes(value) ? literal(value) : text({ const: value });
  const known = new Map<string, Shape>([
    ["specversion", fixed("specversion", "1.0")],
    ["id", text({ minLength: 1 })],
    ["source", text({ minLength: 1 })],
    ["type", fixed("type", topic.type)],
    ["subject", text({ minLength: 1 })],
    ["time", { kind: "time", nullable: false, schema: { type: "string", format: "date-time" } }],
    ["datacontenttype", fixed("datacontenttype", "application/json")],
    ["dataschema", text({ minLength: 1 })],
    ["data", data],
  ]);
  const shown = keysOf(samples).filter((key) => known.has(key) || isExtension(key));
  const fields = new Map([...REQUIRED, "data", ...shown].map((name) => [name, known.get(name) ?? text({})]));
  const required = data.nullable ? REQUIRED : [...REQUIRED, "data"];
  return { kind: "struct", nullable: false, schema: { type: "object", required }, fields };
}

const REQUIRED = ["specversion", "id", "source", "type"];
const STORED = [...REQUIRED, "subject", "time", "datacontenttype", "data"];

function isExtension(key: string): boolean {
  return /^[a-z0-9]+$/.test(key);
}

/** Adds the properties that samples have and a schema allows without naming them; lists are left to the exact check. */
function widen(shape: Shape, samples: readonly Json[]): Shape {
  if (shape.kind !== "struct") return shape;
  const fields = new Map([...shape.fields].map(([name, field]) => [name, widen(field, valuesOf(samples, name))]));
  for (const name of extraKeys(shape, samples)) fields.set(name, { kind: "json", nullable: false, schema: {} });
  return { ...shape, fields };
}

function extrasOf(shape: Shape, samples: readonly Json[], access: string): string[] {
  if (shape.kind !== "struct") return [];
  const nested = [...shape.fields].flatMap(([name, field]) =>
    extrasOf(field, valuesOf(samples, name), fieldOf(access, name))
  );
  return [...nested, ...extraKeys(shape, samples).map((name) => fieldOf(access, name))].map((sql) =>
    `CAST(${sql} AS VARCHAR)`
  );
}

const MAX_EXTRAS = 100; // a payload whose keys are values is no table; it is left to the exact check

function extraKeys(shape: Shape & { kind: "struct" }, samples: readonly Json[]): string[] {
  const { additionalProperties = true } = shape.schema;
  if (additionalProperties !== true) return [];
  const taken = new Set([...shape.fields.keys()].map((name) => name.toLowerCase()));
  return keysOf(samples.filter(isObject) as Json[]).filter((name) => {
    if (!canBeName(name) || taken.has(name.toLowerCase()) || taken.size > MAX_EXTRAS + shape.fields.size) return false;
    taken.add(name.toLowerCase());
    return true;
  });
}
