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
])("encodeValue() loses nothing of %o", (value) => {
  expect(decodeValue(throughJson(encodeValue(value)))).toStrictEqual(value);
});

const cycle: Record<string, unknown> = {};
cycle.self = { back: [cycle] };

test.each<[unknown, string]>([
  [() => 1, "it is a function"],
  [{ a: [1, { "b c": Symbol("x") }] }, `its .a[1]["b c"] is a symbol`],
  [[new Map()], "its [0] is a Map"],
  [new (class Model {})(), "it is a Model"],
  [{
    get now() {
      return 1;
    },
  }, "its .now is a getter or hidden"],
  [cycle, "its .self.back[0] is a value that holds itself"],
  [Object.assign([1], { columns: ["a"] }), "it is a list with keys of its own"],
  [{ [Symbol.iterator]: 1 }, "it is an object with symbols as keys"],
  [new Proxy({}, { getPrototypeOf: () => Map.prototype }), "it is a Map"],
  [Array.from({ length: 600 }).reduce((inner: unknown) => [inner], 1), "is more than 500 levels deep"],
  [/x/, "it is a RegExp"],
  [new Error("no"), "it is a Error"],
])("encodeValue() refuses %o", (value, message) => {
  expect(() => encodeValue(value)).toThrow(TypeError);
  expect(() => encodeValue(value)).toThrow(message);
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
  ];
  for (const encoded of hostile) expect(() => decodeValue(encoded), JSON.stringify(encoded)).toThrow();
});

test("the texts of both stand alone", () => {
  const [encode, decode] = [encodeValue, decodeValue].map((f) => (0, eval)(`(${f})`));
  expect(decode(encode([1n, new Date(5)]))).toEqual([1n, new Date(5)]);
});
