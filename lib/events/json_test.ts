import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, sha256 } from "./mod.ts";

test("canonicalJson() sorts keys by UTF-16 code unit and leaves out undefined", () => {
  expect(canonicalJson({ "\u20ac": 1, b: [1e21, 0.1, -0, null], a: { z: undefined, y: "é\n" } })).toBe(
    '{"a":{"y":"é\\n"},"b":[1e+21,0.1,0,null],"€":1}',
  );
});

test("canonicalJson() writes equal values alike, whatever the order of their keys", () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (value) => {
    const turned = Object.fromEntries(Object.entries(value).reverse());
    const text = canonicalJson(turned);
    expect(text).toBe(canonicalJson(value));
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  }));
});

test.each([
  [undefined, "got undefined"],
  [() => 1, "got function"],
  [{ a: NaN }, "NaN is not allowed"],
  [[Infinity], "Infinity is not allowed"],
  [{ a: 1n }, "Do not know how to serialize a BigInt"],
  ["\ud800", "Lone surrogate is not allowed"],
])("canonicalJson() refuses %s", (value, found) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
  expect(() => canonicalJson(value)).toThrow(`Cannot write canonical JSON as the value must be JSON: `);
  expect(() => canonicalJson(value)).toThrow(found);
});

test("canonicalJson() refuses a cycle", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(() => canonicalJson(cycle)).toThrow(TypeError);
});

test("sha256() hashes texts as UTF-8", () => {
  expect(sha256("é")).toBe(sha256(new TextEncoder().encode("é")));
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
