import { expect, test } from "vitest";
import { z } from "zod";
import { decodeValue } from "./decode_value.ts";
import { encodeValue } from "./encode_value.ts";
import { type AskedParameters, READ_PARAMETERS, readParameters } from "./read_parameters.ts";

async function read(schema: unknown, asked: Partial<Omit<AskedParameters, "schema">> = {}) {
  const answer = await readParameters({
    texts: {},
    values: {},
    declared: {},
    encode: encodeValue,
    ...asked,
    schema: () => schema,
  });
  return { ...answer, values: decodeValue(answer.values) as Record<string, unknown> };
}

const TYPES: [z.ZodType, string, unknown, string][] = [
  [z.string(), "12", "12", "string"],
  [z.number(), " 1e3 ", 1000, "number"],
  [z.int().min(0).max(23), "18", 18, "integer, 0 to 23"],
  [z.iso.date(), "2001-05-31", "2001-05-31", "string (date)"],
  [z.iso.datetime().optional(), "2001-05-31T00:00:00Z", "2001-05-31T00:00:00Z", "string (date-time)"],
  [z.string().regex(/^a/), "ab", "ab", "string"],
  [z.number().positive().default(1), "0.5", 0.5, "number, at least 0"],
  [z.boolean(), "false", false, "boolean"],
  [z.bigint(), "90071992547409930", 90071992547409930n, "bigint"],
  [z.coerce.date(), "2001-05-31", new Date("2001-05-31"), "date"],
  [z.date().optional(), "2001-05-31T12:00:00Z", new Date("2001-05-31T12:00:00Z"), "date"],
  [z.enum(["A", "B"]), "B", "B", `"A" | "B"`],
  [z.literal([1, 2]), "2", 2, "1 | 2"],
  [z.nullable(z.number()), "null", null, "number | null"],
  [z.union([z.number(), z.enum(["all"])]), "all", "all", `number | "all"`],
  [z.union([z.number(), z.string()]), "5", 5, "number | string"],
  [z.array(z.string()), "A, B", ["A", "B"], "list of string"],
  [z.array(z.number()), "1,2.5", [1, 2.5], "list of number"],
  [z.array(z.string()), `["A,B"]`, ["A,B"], "list of string"],
  [z.array(z.date()), `["2001-05-31"]`, [new Date("2001-05-31")], "list of date"],
  [z.array(z.string()), "", [], "list of string"],
  [z.object({ at: z.date(), n: z.int() }), `{"at":"2001-05-31","n":2}`, { at: new Date("2001-05-31"), n: 2 }, "JSON"],
  [z.any(), "[1]", [1], "JSON"],
  [z.any(), "word", "word", "JSON"],
  [z.stringbool(), "yes", true, "string"],
  [z.string().transform((text) => text.length), "abc", 3, "string"],
  [z.preprocess((value) => value, z.number()), "4", 4, "number"],
  [z.lazy(() => z.number()), "4", 4, "number"],
];

test.each(TYPES)("readParameters() reads a text by its type (%#)", async (schema, text, value, type) => {
  const { values, problems, fields } = await read(z.object({ p: schema }), { texts: { p: text } });
  expect(problems).toEqual([]);
  expect(values).toStrictEqual({ p: value });
  expect(fields[0]).toMatchObject({ name: "p", type });
});

test("readParameters() names each problem with its path and what was found", async () => {
  const schema = z.object({
    n: z.int().max(9),
    until: z.date(),
    routes: z.array(z.enum(["A", "B"])),
    left: z.string(),
  });
  const { problems } = await read(schema, { texts: { n: "ten", until: "soon", routes: "A,C", nn: "1" } });
  expect(problems).toEqual([
    { path: "nn", message: "it must be one of n, until, routes, left" },
    { path: "n", message: `expected number, received string, got "ten"` },
    { path: "until", message: `expected date, received string, got "soon"` },
    { path: "routes.1", message: `Invalid option: expected one of "A"|"B"` },
    { path: "left", message: "expected string, received undefined" },
  ]);
});

test("readParameters() checks rules over several parameters, with defaults and the cell's own variables", async () => {
  const schema = z.object({ from: z.int().default(3), until: z.int() }).refine(({ from, until }) => from < until, {
    message: "it must be later than from",
    path: ["until"],
  });
  const declared = { until: () => 5 };
  expect((await read(schema, { declared })).problems).toEqual([]);
  expect((await read(schema, { declared, texts: { from: "7" } })).problems).toEqual([
    { path: "until", message: "it must be later than from" },
  ]);
  expect((await read(schema)).problems).toEqual([{ path: "until", message: "expected number, received undefined" }]);
});

test("readParameters() tells names, types, defaults and descriptions", async () => {
  const schema = z.object({
    rows: z.int().min(1).default(100).describe("How many rows"),
    until: z.date().describe("First day left out"),
    route: z.string().optional(),
    key: z.string(),
    odd: z.any().default(() => () => 1),
  });
  const { fields } = await read(schema, { declared: { until: () => new Date(0) } });
  expect(fields).toEqual([
    { name: "rows", type: "integer, at least 1", required: false, fallback: 100, description: "How many rows" },
    { name: "until", type: "date", required: false, fallback: { $: "date", v: 0 }, description: "First day left out" },
    { name: "route", type: "string", required: false },
    { name: "key", type: "string", required: true },
    { name: "odd", type: "JSON", required: false, fallback: expect.any(String) },
  ]);
});

test("readParameters() takes values of JSON as they are, and dates and bigints from their texts", async () => {
  const schema = z.object({ n: z.number(), b: z.bigint(), at: z.date().nullable(), text: z.string() });
  const { values, problems } = await read(schema, { values: { n: 1, b: 2, at: "2001-05-31", text: "1" } });
  expect(problems).toEqual([]);
  expect(values).toStrictEqual({ n: 1, b: 2n, at: new Date("2001-05-31"), text: "1" });
  expect((await read(schema, { values: { n: "1", b: 2, at: null, text: 1 } })).problems.map(({ path }) => path))
    .toEqual([
      "n",
      "text",
    ]);
});

test("readParameters() says what is no schema, and what is no data", async () => {
  expect((await read({ n: 1 })).problems).toEqual([{ path: "Parameters", message: "it must be a zod schema" }]);
  const map = z.object({ m: z.string().transform((text) => new WeakMap([[{}, text]])) });
  expect((await read(map, { texts: { m: "a" } })).problems).toEqual([
    { path: "m", message: "it must be data: it is a WeakMap" },
  ]);
});

test("the text of readParameters() stands alone", async () => {
  const alone = (0, eval)(`(() => { ${READ_PARAMETERS}\nreturn readParameters; })()`) as typeof readParameters;
  const asked = {
    texts: { n: "4" },
    values: {},
    declared: {},
    encode: encodeValue,
    schema: () => z.object({ n: z.int() }),
  };
  expect(await alone(asked)).toEqual(await readParameters(asked));
});
