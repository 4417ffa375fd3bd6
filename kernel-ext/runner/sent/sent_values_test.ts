import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeValue } from "./decode_value.ts";
import { type Encoded, encodeValue } from "./encode_value.ts";

const throughJson = (encoded: Encoded): Encoded => JSON.parse(JSON.stringify(encoded));
const data = fc.anything({
  withBigInt: true,
  withDate: true,
  withTypedArray: true,
  withNullPrototype: true,
  maxDepth: 4,
});

test("decodeValue() makes the value of what encodeValue() made, through JSON", () => {
  fc.assert(
    fc.property(data, (value) => {
      expect(decodeValue(throughJson(encodeValue(value)))).toStrictEqual(value);
    }),
    { numRuns: 1_000 },
  );
});

test.each<[unknown]>([
  [-0],
  [NaN],
  [-Infinity],
  [{ $: "date", v: 1 }],
  [JSON.parse(`{ "__proto__": { "$": [] } }`)],
  [[undefined, null, 10n ** 30n]],
  [new Date(NaN)],
  [new Float64Array([1.5, NaN, -0])],
  [new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
  [new BigInt64Array([-1n])],
  [new Uint8Array([7]).buffer],
  [new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])], ["b", new Map()]])],
])("encodeValue() loses nothing of %o", (value) => {
  expect(decodeValue(throughJson(encodeValue(value)))).toStrictEqual(value);
});

const cycle: Record<string, unknown> = {};
cycle.self = { back: [cycle] };

test.each<[unknown, string]>([
  [() => 1, "it is a function"],
  [{ a: [1, { "b c": Symbol("x") }] }, `its .a[1]["b c"] is a symbol`],
  [[new WeakMap()], "its [0] is a WeakMap"],
  [Object.assign(new Set(), { size2: 1 }), "it is a collection with keys of its own"],
  [new (class Model {})(), "it is a Model"],
  [{
    get now() {
      return 1;
    },
  }, "its .now is a getter or hidden"],
  [cycle, "its .self.back[0] is a value that holds itself"],
  [Object.assign([1], { columns: ["a"] }), "it is a list with keys of its own"],
  [{ [Symbol.iterator]: 1 }, "it is an object with symbols as keys"],
  [new Proxy({}, { getPrototypeOf: () => RegExp.prototype }), "it is a RegExp"],
  [Array.from({ length: 600 }).reduce((inner: unknown) => [inner], 1), "is more than 500 levels deep"],
  [/x/, "it is a RegExp"],
  [new Error("no"), "it is a Error"],
])("encodeValue() refuses %o", (value, message) => {
  expect(() => encodeValue(value)).toThrow(TypeError);
  expect(() => encodeValue(value)).toThrow(message);
});

test("numbered values keep what is the same object the same, cycles too", () => {
  const row = { at: new Date(0) };
  const rows: unknown[] = [row, row];
  const numbered = new Map<object, number>();
  encodeValue(rows, undefined, numbered);
  const self: Record<string, unknown> = { best: row, view: new Float64Array([1]) };
  self.self = new Map([[self, [self]]]);
  const encoded = throughJson(encodeValue(self, undefined, numbered));
  const decoded = decodeValue(encoded, undefined, [rows, row, row.at]) as typeof self;
  expect(decoded.best).toBe(row);
  expect([...decoded.self as Map<unknown, unknown[]>]).toEqual([[decoded, [decoded]]]);
  expect([...decoded.self as Map<unknown, unknown[]>][0]![1][0]).toBe(decoded);
});

test("numbered values through JSON are those that were encoded", () => {
  fc.assert(fc.property(data, data, (first, second) => {
    const [out, back] = [new Map<object, number>(), []];
    const texts = [first, second, first].map((value) => throughJson(encodeValue(value, undefined, out)));
    const decoded = texts.map((text) => decodeValue(text, undefined, back));
    expect(decoded).toStrictEqual([first, second, first]);
    expect(back).toHaveLength(out.size);
    expect(Object.is(decoded[0], decoded[2])).toBe(true);
  }));
});

test.each<[unknown, string]>([
  [Object.freeze([1]), "it is a frozen or sealed object"],
  [[1, , 2], "it is a list with holes"],
  [Object.defineProperty({}, "a", { value: 1, enumerable: true }), "its .a is a value that cannot be changed"],
  [new Uint8Array(8).subarray(1), "it is a view of memory that others share"],
  [((buffer) => [buffer, new Uint8Array(buffer)])(new ArrayBuffer(8)), "its [1] is a view of memory that others share"],
])("encodeValue() refuses with numbers %o", (value, message) => {
  expect(() => encodeValue(value, undefined, new Map())).toThrow(message);
});

test("encodeValue() hands values of classes to who knows them", () => {
  class Table {
    constructor(readonly rows: number) {}
  }
  const encoded = encodeValue({ t: new Table(3) }, (value) => {
    return value instanceof Table ? { kind: "table", bytes: new Uint8Array([value.rows]) } : null;
  });
  expect(encoded).toEqual({ t: { $: "table", v: "Aw==" } });
  expect(decodeValue(encoded, (kind, [rows]) => [kind, rows])).toEqual({ t: ["table", 3] });
});

test("decodeValue() makes data only, and refuses what encodeValue() never makes", () => {
  expect(decodeValue({ constructor: { prototype: 1 } })).toEqual({ constructor: { prototype: 1 } });
  const hostile: Encoded[] = [
    { $: "Function", v: "cmV0dXJu" },
    { $: "__proto__", v: "AA==" },
    { $: "bigint", v: "1; alert()" },
    { $: "object", v: 5 },
    { $: "Float64Array", v: "AAA=" },
    { $: "ArrayBuffer", v: "%%%" },
    { $: "ArrayBuffer" },
    { $: "ref", v: 0 },
    { $: "ref", v: "__proto__" },
    { $: "map", v: [1] },
  ];
  for (const encoded of hostile) expect(() => decodeValue(encoded), JSON.stringify(encoded)).toThrow();
});

test("the texts of both stand alone", () => {
  const [encode, decode] = [encodeValue, decodeValue].map((f) => (0, eval)(`(${f})`));
  expect(decode(encode([1n, new Date(5)]))).toEqual([1n, new Date(5)]);
});
