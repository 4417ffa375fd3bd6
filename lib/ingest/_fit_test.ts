import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { compileFit, type Fit } from "./_fit.ts";

const dir = Deno.makeTempDirSync();
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection.run("SET TimeZone='UTC'");
await connection.run("SET disabled_optimizers='filter_pushdown'");
afterAll(() => Deno.remove(dir, { recursive: true }));

const TYPE = "test.thing.v1";

function eventOf(data: Json, more: Record<string, Json> = {}): Json {
  return { specversion: "1.0", id: "1", source: "/t", type: TYPE, ...more, data };
}

/** Runs values through the SQL of a fit; answers the accepted rows by index. */
async function accepted(
  fit: Fit,
  values: readonly Json[],
  samples = values,
): Promise<Map<number, Record<string, unknown>>> {
  const lines = values.map((v, o) => JSON.stringify({ o, m: 1, k: null, t: null, v }) + "\n").join("");
  const path = join(dir, "f.ndjson.zst");
  Deno.writeFileSync(path, zstdCompressSync(new TextEncoder().encode(lines)));
  const files = [{
    path,
    partition: 0,
    day: "2001-05-31",
    from: 0,
    to: values.length,
    frames: [{ baseOffset: 0, endOffset: values.length, count: values.length, start: 0, bytes: 0 }],
    without: [],
  }];
  const rows =
    (await connection.runAndReadAll(`SELECT * FROM (${fit.judged(files, samples.slice(0, 20))}) WHERE "fit"`))
      .getRowObjectsJson();
  return new Map(rows.map((row) => [Number(row._offset), row]));
}

async function acceptsData(schema: Record<string, unknown>, data: readonly Json[]): Promise<boolean[]> {
  const fit = compileFit({ type: TYPE, schema });
  const values = data.map((each) => eventOf(each));
  const rows = await accepted(fit, values);
  for (const [index, value] of values.entries()) {
    const { reason } = fit.decide(JSON.stringify(value));
    if (rows.has(index)) expect(reason, JSON.stringify(value)).toBe(null);
  }
  return values.map((_, index) => rows.has(index));
}

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});

test.each<[string, Record<string, unknown>, Json[], boolean[]]>([
  ["integers", { type: "integer" }, [1, -5, 9007199254740991, 1.5, "1", true, null], [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]],
  ["bounds", { type: "integer", minimum: 1, maximum: 3, multipleOf: 2 }, [2, 1, 4, 0], [true, false, false, false]],
  ["exclusive bounds", { type: "number", exclusiveMinimum: 0.5, exclusiveMaximum: 2 }, [1, 0.5, 2], [
    true,
    false,
    false,
  ]],
  ["numbers", { type: "number" }, [1, 1.5, -1e-7, "1", false, null], [true, true, true, false, false, false]],
  ["numbers past 2^53", { type: "number" }, [2 ** 53 + 2, 1e300], [false, false]],
  ["texts", { type: "string" }, ["a", "", "é🙂", 1, true, null, ["a"]], [true, true, true, false, false, false, false]],
  ["lengths", { type: "string", minLength: 2, maxLength: 3 }, ["é🙂", "abc", "a", "abcd"], [true, true, false, false]],
  ["patterns", { type: "string", pattern: "^[A-Z]{3}$" }, ["ORD", "ORDX", "ord", "ORD\n"], [true, false, false, false]],
  ["enums", { enum: ["a", "b"] }, ["a", "c"], [true, false]],
  ["constants", { const: 5 }, [5, 6], [true, false]],
  ["booleans", { type: "boolean" }, [true, false, "true", 1], [true, true, false, false]],
  ["constant booleans", { const: true }, [true, false], [true, false]],
  [
    "times",
    { type: "string", format: "date-time" },
    [
      "2001-05-31T12:00:00Z",
      "2001-05-31T12:00:00.123456+02:00",
      "2001-05-31",
      "2001-02-30T12:00:00Z",
      "2001-05-31T12:00:60Z",
      "2001-05-31T12:00:00",
    ],
    [true, true, false, false, false, false],
  ],
  ["dates", { type: "string", format: "date" }, ["2001-05-31", "2001-5-31", "2001-02-30", "x", 3], [
    true,
    false,
    false,
    false,
    false,
  ]],
  ["nullable", { type: ["integer", "null"] }, [1, null, "1"], [true, true, false]],
  ["nullable by anyOf", { anyOf: [{ type: "string" }, { type: "null" }] }, ["a", null, 1], [true, true, false]],
  ["anything", {}, [1, "a", null, { b: [1] }, [1]], [true, true, true, true, true]],
  ["open objects", { type: "object" }, [{ a: 1 }, {}, [1], 1, null], [true, true, false, false, false]],
  ["open lists", { type: "array" }, [[1], [], { a: 1 }], [true, true, false]],
  ["lists", { type: "array", items: { type: "integer" } }, [[1, 2], [], ["1"], [1.5], [null], 3], [
    true,
    true,
    false,
    false,
    false,
    false,
  ]],
  ["bounded lists", { type: "array", items: { type: "string", minLength: 1 }, minItems: 1, maxItems: 2 }, [["a"], [], [
    "a",
    "b",
    "c",
  ], [""]], [true, false, false, false]],
  ["lists with null", { type: "array", items: { type: ["integer", "null"] } }, [[1, null], [null]], [true, true]],
  ["objects", object({ b: { type: "integer" } }), [{ b: 1 }, { b: "1" }, {}, 1], [true, false, false, false]],
  ["lists of objects", { type: "array", items: object({ b: { type: "number" } }) }, [[{ b: 1 }], [{ b: "1" }], [{}]], [
    true,
    false,
    false,
  ]],
  ["unknown keywords", { type: "integer", "x-unit": "min" }, [1], [false]],
  ["negations", { not: { type: "string" } }, [1, "a"], [false, false]],
  ["patterns of other dialects", { type: "string", pattern: "^(?=a)" }, ["a"], [false]],
  ["other formats", { type: "string", format: "email" }, ["a@b.org"], [false]],
])("the SQL of a fit decides on %s", async (_, schema, values, expected) => {
  expect(await acceptsData(object({ x: schema }), values.map((x) => ({ x })))).toEqual(expected);
});

test("the SQL of a fit follows references", async () => {
  const schema = { ...object({ x: { $ref: "#/$defs/n" } }), $defs: { n: { type: "integer", minimum: 1 } } };
  expect(await acceptsData(schema, [{ x: 1 }, { x: 0 }, { x: "1" }])).toEqual([true, false, false]);
});

test("the SQL of a fit knows absent from null", async () => {
  const schema = object({ a: { type: "integer" }, b: { type: "string" }, c: { type: ["string", "null"] } }, ["a", "c"]);
  const values = [{ a: 1, b: "x", c: "y" }, { a: 1, c: "y" }, { a: 1, b: null, c: "y" }, { a: 1, c: null }, { a: 1 }];
  expect(await acceptsData(schema, values)).toEqual([true, true, false, true, false]);
});

test("the SQL of a fit refuses additional properties where the schema does", async () => {
  const schema = { ...object({ a: { type: "integer" } }), additionalProperties: false };
  expect(await acceptsData(schema, [{ a: 1 }, { a: 1, z: 2 }])).toEqual([true, false]);
});

test("the SQL of a fit keeps the text of a record that has more than its columns hold", async () => {
  const fit = compileFit({ type: TYPE, schema: object({ a: object({ b: { type: "integer" } }) }) });
  const values = [
    eventOf({ a: { b: 1 } }),
    eventOf({ a: { b: 1, c: [2] } }),
    eventOf({ a: { b: 1 }, z: "é" }, { trace: "x" }),
  ];
  const rows = await accepted(fit, values);
  const blob = (value?: Json) => JSON.stringify(value).replaceAll('"', "\\x22").replace("é", "\\xC3\\xA9");
  expect([0, 1, 2].map((index) => rows.get(index)?._raw)).toEqual([null, blob(values[1]), blob(values[2])]);
});

test("the SQL of a fit leaves records to the exact check that are written unlike the samples", async () => {
  const fit = compileFit({ type: TYPE, schema: object({ a: { type: "integer" }, b: { type: "integer" } }) });
  const values = [eventOf({ a: 1, b: 2 }), eventOf({ b: 2, a: 1 })];
  expect([...(await accepted(fit, values, values.slice(0, 1))).keys()]).toEqual([0]);
});

test("the SQL of a fit proves records also beside samples of any shape", async () => {
  const fit = compileFit({ type: TYPE, schema: object({ a: { type: "integer" }, b: { type: "string" } }, ["a"]) });
  const values = [
    eventOf({ a: 1 }, { time: "2001-05-31T12:00:00Z" }),
    { id: 5, trace: "t", a: 1 },
    eventOf({ a: 1, b: "x" }, { datacontenttype: "application/json" }),
    3,
    eventOf({ b: "x" }),
    { ...eventOf({ a: 1 }) as Record<string, Json>, specversion: "0.3" },
    { ...eventOf({ a: 1 }) as Record<string, Json>, datacontenttype: "text/json" },
    { ...eventOf({ a: 1 }) as Record<string, Json>, data: null },
    eventOf({ a: 1 }),
  ];
  expect([...(await accepted(fit, values)).keys()]).toEqual([0, 2, 8]);
});

test("the SQL of a fit proves the envelope", async () => {
  const fit = compileFit({ type: TYPE, schema: object({ a: { type: "integer" } }) });
  const values = [
    eventOf({ a: 1 }, { subject: "s", time: "2001-05-31T12:00:00.5Z", datacontenttype: "application/json" }),
    eventOf({ a: 1 }, { subject: "s", time: "2001-05-31T12:00:00.5Z" }),
    ...["specversion", "id", "source", "type"].map((name) => ({
      ...eventOf({ a: 1 }) as Record<string, Json>,
      [name]: "",
    })),
    eventOf({ a: 1 }, { type: "another" }),
    eventOf({ a: 1 }, { time: "noon" }),
    eventOf({ a: 1 }, { time: "9999-05-31T12:00:00Z" }),
    eventOf({ a: 1 }, { subject: "" }),
    eventOf({ a: 1 }, { subject: null }),
    eventOf({ a: 1 }, { Trace: "x" }),
    eventOf({ a: 1 }, { trace: { b: 1 } }),
    { specversion: "1.0", id: "1", source: "/t", type: TYPE },
    3,
    null,
    "text",
    [],
  ];
  expect([...(await accepted(fit, values, values.slice(0, 2))).keys()]).toEqual([0, 1]);
  expect(values.slice(2).map((value) => fit.decide(JSON.stringify(value)).reason)).toEqual([
    'attribute "specversion" must be "1.0": got ""',
    'attribute "id" must be a text that is not empty: got ""',
    'attribute "source" must be a text that is not empty: got ""',
    'attribute "type" must be a text that is not empty: got ""',
    '/type must be "test.thing.v1": got "another"',
    'attribute "time" must be an RFC 3339 time of the years 1684 to 2255: got "noon"',
    'attribute "time" must be an RFC 3339 time of the years 1684 to 2255: got "9999-05-31T12:00:00Z"',
    'attribute "subject" must be a text that is not empty: got ""',
    'attribute "subject" must be a text that is not empty: got null',
    'attribute names must be lower-case letters and digits: got "Trace"',
    'attribute "trace" must be a text, a boolean or an integer: got {"b":1}',
    "/data must be object: got undefined",
    "it must be an object: got 3",
    "it must be an object: got null",
    'it must be an object: got "text"',
    "it must be an object: got []",
  ]);
});

const name = fc.constantFrom("a", "b", "c", "A", "d e", 'q"', "day", "_offset", "é");
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom("", "12", "1.5", "true", "null", '"', "\\", "a,b"),
);
const leaf = fc.oneof(
  fc.constantFrom<Record<string, unknown>>(
    { type: "string" },
    { type: "string", minLength: 1, maxLength: 3 },
    { type: "string", pattern: "^[a-z]*$" },
    { type: "string", format: "date-time" },
    { type: "string", format: "date" },
    { type: "integer" },
    { type: "integer", minimum: 0, maximum: 12 },
    { type: "number" },
    { type: "number", minimum: -1.5 },
    { type: "boolean" },
    { type: ["integer", "null"] },
    { type: ["string", "null"] },
    { enum: ["12", "true", "a,b"] },
    { type: "object" },
    { type: "array" },
    {},
  ),
);
const schemaOf = fc.letrec<{ any: Record<string, unknown>; object: Record<string, unknown> }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    leaf,
    fc.record({ type: fc.constant("array"), items: tie("any") }),
    tie("object"),
  ),
  object: fc.tuple(
    fc.dictionary(name, tie("any"), { maxKeys: 4 }),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.boolean(),
  )
    .map(([properties, isRequired, isClosed]) => ({
      type: "object",
      properties,
      required: Object.keys(properties).filter((_, index) => isRequired[index]),
      ...(isClosed ? { additionalProperties: false } : {}),
    })),
})).object;
const time = fc.constantFrom(
  "2001-05-31T12:00:00Z",
  "2001-05-31T12:00:00.1234567Z",
  "2001-05-31",
  "2001-02-29",
  "0000-01-01",
  "24:00",
);
const valueOf = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.oneof(text, time) as fc.Arbitrary<Json>,
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
    ) as fc.Arbitrary<Json>,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4 }) as fc.Arbitrary<Json>,
  ),
})).value;

/** A value that often fits, and often nearly. */
function near(schema: Record<string, unknown>, wild: Json, dice: () => number): Json {
  if (dice() < 0.12) return wild;
  if (Array.isArray(schema.enum)) return schema.enum[0] as Json;
  switch (Array.isArray(schema.type) ? schema.type[Math.floor(dice() * 2)] : schema.type) {
    case "string":
      return schema.format === "date"
        ? "2001-05-31"
        : schema.format
        ? "2001-05-31T12:00:00Z"
        : dice() < 0.5
        ? "12"
        : "ab";
    case "integer":
      return Math.floor(dice() * 20);
    case "number":
      return dice() < 0.5 ? Math.floor(dice() * 20) : dice() * 1e6;
    case "boolean":
      return dice() < 0.5;
    case "null":
      return null;
    case "array":
      return Array.from(
        { length: Math.floor(dice() * 3) },
        () => schema.items ? near(schema.items as Record<string, unknown>, wild, dice) : wild,
      );
    case "object": {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
      const required = (schema.required ?? []) as string[];
      const kept = properties.filter(([key]) => required.includes(key) || dice() < 0.7);
      const extra: [string, Json][] = dice() < 0.1 ? [["extra", wild]] : [];
      return Object.fromEntries([
        ...kept.map(([key, inner]): [string, Json] => [key, near(inner, wild, dice)]),
        ...extra,
      ]);
    }
    default:
      return wild;
  }
}

test("the SQL of a fit accepts no record that the exact check refuses, and stores what it says", async () => {
  let fits = 0, proven = 0;
  const cases = fc.tuple(
    schemaOf,
    fc.array(valueOf, { minLength: 8, maxLength: 8 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 97, maxLength: 97 }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([schema, wild, rolls]) => {
      let roll = 0;
      const dice = () => rolls[roll++ % rolls.length]!;
      const values = wild.map((each) => eventOf(near(schema, each, dice)));
      const fit = compileFit({ type: TYPE, schema });
      const rows = await accepted(fit, values);
      for (const [index, value] of values.entries()) {
        const { reason } = fit.decide(JSON.stringify(value));
        if (reason === null) fits++;
        if (!rows.has(index)) continue;
        proven++;
        expect(reason, JSON.stringify(value)).toBe(null);
        checkRow(schema, (value as { data: Record<string, Json> }).data, rows.get(index)!);
      }
    }),
    { numRuns: 150 },
  );
  expect(proven / fits).toBeGreaterThan(0.15);
});

/** Compares the plain columns of a row with the payload that they came from. */
function checkRow(schema: Record<string, unknown>, data: Record<string, Json>, row: Record<string, unknown>): void {
  for (const [key, property] of Object.entries(schema.properties as Record<string, Record<string, unknown>>)) {
    const value = data[key] ?? null;
    const stored = row[key];
    if (stored === undefined || key === "_offset" || key === "day") continue;
    if (property.type === "integer") expect(Number(stored)).toBe(value ?? 0);
    if (property.type === "boolean" || (property.type === "string" && !property.format)) expect(stored).toBe(value);
    if (property.type === "number" && value !== null) expect(stored).toBe(value);
  }
}
