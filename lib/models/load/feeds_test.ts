import { expect, test } from "vitest";
import { tableFromRows } from "../../columns/mod.ts";
import { type PredictInput, readFeeds } from "./feeds.ts";
import type { SignatureColumn } from "../signature.ts";

const SIGNATURE: SignatureColumn[] = [
  { name: "km", type: "double" },
  { name: "hour", type: "long" },
  { name: "route", type: "string" },
];
const ROWS = [{ km: 1.5, hour: 7, route: "a", other: null }, { km: 2, hour: 8n, route: "", other: {} }];

function read(input: PredictInput, signature = SIGNATURE): Record<string, unknown> {
  return Object.fromEntries(readFeeds("m@1", signature, input).columns);
}

const EXPECTED = { km: Float64Array.of(1.5, 2), hour: BigInt64Array.of(7n, 8n), route: ["a", ""] };

test("readFeeds() takes the columns of the signature out of rows and ignores others", () => {
  expect(read(ROWS)).toEqual(EXPECTED);
  expect(read(new Set(ROWS))).toEqual(EXPECTED);
});

test("readFeeds() takes columns, an Arrow table, and what gives one", () => {
  const plain = ROWS.map(({ km, hour, route }) => ({ km, hour, route }));
  expect(read({ km: [1.5, 2], hour: Int32Array.of(7, 8), route: ["a", ""], other: [1] })).toEqual(EXPECTED);
  expect(read(tableFromRows(plain))).toEqual(EXPECTED);
  expect(read({ arrow: () => tableFromRows(plain) })).toEqual(EXPECTED);
});

test("readFeeds() copies, so that what comes after cannot change an answer", () => {
  const km = Float64Array.of(1);
  const feed = read({ km }, [SIGNATURE[0]!]).km;
  km[0] = 2;
  expect(feed).toEqual(Float64Array.of(1));
});

test("readFeeds() counts no rows as none", () => {
  expect(readFeeds("m@1", SIGNATURE, []).count).toBe(0);
  expect(readFeeds("m@1", SIGNATURE, { km: [], hour: [], route: [] }).count).toBe(0);
});

test("readFeeds() keeps 64 and 32 bit values exactly", () => {
  const signature: SignatureColumn[] = [
    { name: "l", type: "long" },
    { name: "i", type: "integer" },
    { name: "f", type: "float" },
  ];
  const feeds = read([{ l: 2n ** 63n - 1n, i: -(2 ** 31), f: 0.1 }], signature);
  expect(feeds).toEqual({ l: BigInt64Array.of(2n ** 63n - 1n), i: Int32Array.of(-(2 ** 31)), f: Float32Array.of(0.1) });
});

const row = { km: 1, hour: 2, route: "a" };
const misfits: [string, PredictInput, string][] = [
  [
    "a missing column",
    [row, { km: 1, route: "a" } as never],
    'column "hour" must be a whole number: got nothing at row 1',
  ],
  ["NaN", [{ ...row, km: NaN }], 'column "km" must be a finite number: got NaN at row 0'],
  ["infinity", [{ ...row, km: -Infinity }], 'column "km" must be a finite number: got -Infinity at row 0'],
  ["NULL", [{ ...row, route: null }], 'column "route" must be a text: got NULL at row 0'],
  ["a text for a number", [{ ...row, km: "12" }], 'column "km" must be a finite number: got "12" at row 0'],
  ["a fraction", [{ ...row, hour: 2.5 }], 'column "hour" must be a whole number: got 2.5 at row 0'],
  [
    "an unsafe integer",
    [{ ...row, hour: 2 ** 53 }],
    'column "hour" must be a whole number: got 9007199254740992 at row 0',
  ],
  [
    "an integer of 65 bits",
    [{ ...row, hour: 2n ** 63n }],
    'column "hour" must be a whole number: got 9223372036854775808',
  ],
  ["a boolean", [{ ...row, km: true }], 'column "km" must be a finite number: got true at row 0'],
  ["a row that is none", [row, null as never], "row 1 must be an object: got null"],
  ["an object in place of rows", row as never, 'column "km" must be a list of values: got 1; rows are a list, [{ … }]'],
  ["a text for a column", { ...row, km: [1], hour: [1] } as never, 'column "route" must be a list of values: got "a"'],
  ["a text", "abc" as never, 'it takes rows or columns: got "abc"'],
  ["nothing", undefined as never, "it takes rows or columns: got undefined"],
  ["a missing array", { km: [1], hour: [1] }, 'column "route" is missing'],
  ["uneven arrays", { km: [1], hour: [1, 2], route: ["a"] }, 'column "hour" must have 1 rows like the others: got 2'],
  [
    "NULL in an Arrow table",
    tableFromRows([row, { ...row, hour: null }]),
    'column "hour" must be a whole number: got NULL at row 1',
  ],
  ["an Arrow table without the column", tableFromRows([{ km: 1 }]), 'column "hour" is missing'],
];

for (const [name, input, message] of misfits) {
  test(`readFeeds() refuses ${name}`, () => {
    expect(() => read(input)).toThrow(TypeError);
    expect(() => read(input)).toThrow(`Cannot predict with "m@1" as ${message}`);
  });
}

test("readFeeds() takes lists as rows where columns are places", () => {
  const places: SignatureColumn[] = [{ name: "0", type: "float" }, { name: "1", type: "float" }];
  expect(read([[1, 2], Float32Array.of(3, 4)] as never, places)).toEqual({
    0: Float32Array.of(1, 3),
    1: Float32Array.of(2, 4),
  });
  expect(() => read([[1, 2], [3]], places)).toThrow('column "1" must be a finite 32 bit number: got nothing at row 1');
});

test("readFeeds() takes a missing value of a nullable column as NaN or an empty text, and refuses it of others", () => {
  const nullable = SIGNATURE.map((column) => ({ ...column, nullable: true as const }));
  const some = nullable.map((column) => column.name === "hour" ? SIGNATURE[1]! : column);
  const hour = BigInt64Array.of(1n, 2n, 3n);
  const expected = { km: Float64Array.of(NaN, NaN, 1.5), hour, route: ["", "a", ""] };
  expect(read([{ hour: 1 }, { km: NaN, hour: 2, route: "a" }, { km: 1.5, hour: 3, route: null }], some)).toEqual(
    expected,
  );
  expect(read({ hour, route: ["", "a", null] }, some)).toEqual({ ...expected, km: Float64Array.of(NaN, NaN, NaN) });
  expect(read(tableFromRows([{ hour: 1 }]), some)).toEqual({
    km: Float64Array.of(NaN),
    hour: hour.slice(0, 1),
    route: [""],
  });
  expect(() => read([{ ...row, km: "12" }], some)).toThrow('column "km" must be a finite number: got "12" at row 0');
  expect(() => read([{ ...row, km: Infinity }], some)).toThrow("must be a finite number: got Infinity");
  expect(() => read([row, { ...row, hour: null }], nullable)).toThrow(
    'Cannot predict with "m@1" as its optional column "hour" must have a value where its graph takes a whole number, ' +
      "which cannot be missing: got none at row 1; give a value that stands for it",
  );
});

test("readFeeds() refuses what 32 bits cannot hold", () => {
  expect(() => read([{ i: 2 ** 31 }], [{ name: "i", type: "integer" }])).toThrow(
    '"i" must be a whole number of 32 bits',
  );
  expect(() => read([{ f: 1e39 }], [{ name: "f", type: "float" }])).toThrow(
    '"f" must be a finite 32 bit number: got 1e+39',
  );
});

const KINDS = [
  Float64Array,
  Float32Array,
  Int32Array,
  Int16Array,
  Uint8Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];
const NUMBERS = [0, -0, 1, -1, 0.1, 127, 2 ** 31, 3.4028234663852886e38, 1e39, -1e300, NaN, Infinity];
for (const type of ["double", "float", "integer", "long"] as const) {
  test(`readFeeds() takes a typed array as ${type} by the rules of single values`, () => {
    const outcome = (values: ArrayLike<unknown>, nullable: boolean) => {
      try {
        return read({ x: values }, [{ name: "x", type, ...(nullable && { nullable: true as const }) }]);
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const Kind of KINDS) {
      const isBig = Kind === BigInt64Array || Kind === BigUint64Array;
      for (const number of NUMBERS.filter((one) => !isBig || Number.isSafeInteger(one))) {
        const values = isBig ? Kind.of(7n as never, BigInt(number) as never) : Kind.of(7 as never, number as never);
        for (const nullable of [false, true]) {
          const alike = outcome(values, nullable);
          expect(alike, `${Kind.name} ${number}`).toEqual(outcome(Array.from(values as ArrayLike<unknown>), nullable));
        }
      }
    }
  });
}
