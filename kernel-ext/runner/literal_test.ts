import { expect, test } from "vitest";
import { jsonOf, literalText } from "./literal.ts";
import { encodeValue } from "./sent/encode_value.ts";

test.each<[unknown, string, unknown]>([
  ["a\u2028'\"", `"a\u2028'\\""`, "a\u2028'\""],
  [[1, null, true], "[1,null,true]", [1, null, true]],
  [{ a: { "b c": [] } }, `{"a":{"b c":[]}}`, { a: { "b c": [] } }],
  [10n, "10n", "10"],
  [-0, "-0", "-0"],
  [NaN, "NaN", "NaN"],
  [undefined, "undefined", null],
  [new Date("2001-05-31"), `new Date("2001-05-31T00:00:00.000Z")`, "2001-05-31T00:00:00.000Z"],
  [new Date(NaN), "new Date(NaN)", null],
  [{ $: "date" }, `{"$":"date"}`, { $: "date" }],
  [JSON.parse(`{"__proto__":1}`), `{["__proto__"]:1}`, JSON.parse(`{"__proto__":1}`)],
])("literalText() and jsonOf() write %o", (value, text, json) => {
  const encoded = encodeValue(value);
  expect(literalText(encoded)).toBe(text);
  expect((0, eval)(`(${text})`)).toStrictEqual(value);
  expect(jsonOf(encoded)).toEqual(json);
});

test("literalText() refuses what a cell should not hold as text", () => {
  expect(() => literalText(encodeValue([new Uint8Array(2)]))).toThrow(TypeError);
  expect(() => literalText(encodeValue([new Uint8Array(2)]))).toThrow("it is a Uint8Array");
});
