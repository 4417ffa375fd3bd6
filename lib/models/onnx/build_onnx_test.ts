import fc from "fast-check";
import { expect, test } from "vitest";
import { type AdditiveSpec, buildOnnx } from "./build_onnx.ts";
import { readFeeds } from "../load/feeds.ts";
import { openOnnx } from "../load/onnx_session.ts";

type Row = Record<string, number | string>;

function expected({ intercept, slopes = {}, effects = {}, unknown = {} }: AdditiveSpec, row: Row): number {
  let sum = intercept;
  for (const [column, slope] of Object.entries(slopes)) sum += slope * (row[column] as number);
  for (const [column, map] of Object.entries(effects)) sum += map.get(row[column]!) ?? unknown[column] ?? 0;
  return sum;
}

async function answers(spec: AdditiveSpec, rows: Row[]): Promise<number[]> {
  await using session = await openOnnx(buildOnnx(spec), "test");
  return await session.run(readFeeds("test", session.inputs, rows), [session.outputs[0]!.name]) as number[];
}

/** ONNX Runtime's optimizer drops an intercept that is zero as a 32 bit number. */
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.abs(value) < 1e-40 ? 0 : value);
const texts = fc.uniqueArray(fc.string({ unit: "grapheme", maxLength: 8 }), { minLength: 1, maxLength: 20 });
const integers = fc.uniqueArray(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 });

const cases = fc.record({
  intercept: number,
  slopes: fc.tuple(number, number),
  texts: texts.chain((keys) =>
    fc.tuple(fc.constant(keys), fc.array(number, { minLength: keys.length, maxLength: keys.length }))
  ),
  integers: integers.chain((keys) =>
    fc.tuple(fc.constant(keys), fc.array(number, { minLength: keys.length, maxLength: keys.length }))
  ),
  unknown: number,
  rows: fc.array(fc.tuple(number, fc.nat(25), fc.nat(25), fc.string(), fc.maxSafeInteger()), {
    minLength: 0,
    maxLength: 30,
  }),
});

test("buildOnnx() answers as the plain sum does, keys that it never saw included", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ intercept, slopes, texts, integers, unknown, rows }) => {
      const spec = {
        intercept,
        slopes: { km: slopes[0], hour: slopes[1] },
        effects: {
          route: new Map(texts[0].map((key, i) => [key, texts[1][i]!])),
          hour: new Map(integers[0].map((key, i) => [key, integers[1][i]!])),
        },
        unknown: { route: unknown },
        output: "minutes",
      };
      const data = rows.map(([km, route, hour, strange, other]) => ({
        km,
        route: texts[0][route] ?? strange,
        hour: integers[0][hour] ?? other,
      }));
      const found = await answers(spec, data);
      expect(found).toEqual(data.map((row) => expected(spec, row) + 0));
    }),
    { numRuns: 60 },
  );
});

test("buildOnnx() names the output, and its inputs by column and type", async () => {
  const effects = { route: new Map([["a", 1]]), hour: new Map([[7, 1]]) };
  await using session = await openOnnx(
    buildOnnx({ intercept: 1, slopes: { km: 2 }, effects, output: "minutes" }),
    "test",
  );
  expect(session.outputs).toEqual([{ name: "minutes", type: "double" }]);
  expect(session.inputs.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: "hour", type: "long" },
    { name: "km", type: "double" },
    { name: "route", type: "string" },
  ]);
});

test("buildOnnx() gives the same bytes whatever the order of an effect's keys", () => {
  const keys: [string, number][] = [["b", 2], ["a", 1], ["ä", 3]];
  const build = (entries: [string, number][]) => buildOnnx({ intercept: 1, effects: { route: new Map(entries) } });
  expect(build(keys)).toEqual(build(keys.toReversed()));
  expect(build(keys)).not.toEqual(build([["b", 1], ["a", 2], ["ä", 3]]));
});

test("buildOnnx() tells the largest safe integers apart", async () => {
  const last = Number.MAX_SAFE_INTEGER;
  const effects = { id: new Map([[last, 1], [last - 1, 2], [-last, 3], [0, 4]]) };
  expect(await answers({ intercept: 0, effects }, [last, last - 1, -last, 0, 1].map((id) => ({ id })))).toEqual([
    1,
    2,
    3,
    4,
    0,
  ]);
});

test("buildOnnx() takes columns that are named like members of every object", async () => {
  const effects = { constructor: new Map([["a", 1]]), toString: new Map([["b", 2]]) };
  expect(await answers({ intercept: 0, effects }, [{ constructor: "a", toString: "x" }])).toEqual([1]);
});

const one = new Map([["a", 1]]);
const refusals: [string, AdditiveSpec, typeof TypeError | typeof RangeError, string][] = [
  ["no column", { intercept: 1 }, RangeError, "the model must use a column: got no slopes and no effects"],
  ["NaN", { intercept: NaN, slopes: { a: 1 } }, RangeError, "the intercept must be a finite number: got NaN"],
  [
    "infinite slope",
    { intercept: 1, slopes: { a: Infinity } },
    RangeError,
    'the slope of column "a" must be a finite number',
  ],
  [
    "NaN effect",
    { intercept: 1, effects: { a: new Map([["x", NaN]]) } },
    RangeError,
    'the effect of "x" in column "a"',
  ],
  [
    "no key",
    { intercept: 1, effects: { a: new Map() } },
    RangeError,
    'the effects of column "a" must have a key: got none',
  ],
  [
    "keys of two kinds",
    { intercept: 1, effects: { a: new Map<string | number, number>([["x", 1], [1, 1]]) } },
    TypeError,
    'the keys of column "a" must be all texts or all numbers: got both',
  ],
  [
    "fraction as key",
    { intercept: 1, effects: { a: new Map([[0.5, 1]]) } },
    RangeError,
    "texts or safe integers: got 0.5",
  ],
  [
    "a bigint as key",
    { intercept: 1, effects: { a: new Map([[7n as never, 1]]) } },
    RangeError,
    "texts or safe integers: got 7",
  ],
  [
    "lone surrogate",
    { intercept: 1, effects: { a: new Map([["\ud800", 1]]) } },
    RangeError,
    "must be well-formed texts",
  ],
  [
    "slope of texts",
    { intercept: 1, slopes: { a: 1 }, effects: { a: one } },
    TypeError,
    "its effects have texts as keys",
  ],
  ["empty name", { intercept: 1, slopes: { "": 1 } }, RangeError, 'names must not be empty: got ""'],
  ["empty output", { intercept: 1, slopes: { a: 1 }, output: "" }, RangeError, 'names must not be empty: got ""'],
  [
    "output as column",
    { intercept: 1, slopes: { a: 1 }, output: "a" },
    RangeError,
    'not be named like a column: got "a"',
  ],
  ["inner name", { intercept: 1, slopes: { "additive/x": 1 } }, RangeError, 'must not start with "additive/"'],
  [
    "stray unknown",
    { intercept: 1, slopes: { a: 1 }, unknown: { b: 1 } },
    RangeError,
    'must name a column with effects: got "b"',
  ],
  ["NaN unknown", { intercept: 1, effects: { a: one }, unknown: { a: NaN } }, RangeError, 'unknown keys of column "a"'],
];

for (const [name, spec, type, message] of refusals) {
  test(`buildOnnx() refuses ${name}`, () => {
    expect(() => buildOnnx(spec)).toThrow(type);
    expect(() => buildOnnx(spec)).toThrow(message);
  });
}

test("buildOnnx() takes an only column as [N, 1], as Python's MLflow feeds it, and several as [N] each", async () => {
  const { InferenceSession } = await import("onnxruntime-node");
  const shapes = async (spec: AdditiveSpec) =>
    (await InferenceSession.create(buildOnnx(spec))).inputMetadata.map((value) => value.isTensor && value.shape);
  expect(await shapes({ intercept: 1, slopes: { km: 2 } })).toEqual([["N", 1]]);
  expect(await shapes({ intercept: 1, effects: { route: one } })).toEqual([["N", 1]]);
  expect(await shapes({ intercept: 1, slopes: { km: 2, hour: 1 } })).toEqual([["N"], ["N"]]);
});
