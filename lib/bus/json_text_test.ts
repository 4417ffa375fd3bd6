import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonText } from "./json_text.ts";

test("JsonText keeps any JSON on one line, with the same meaning", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom("", " ", "\n", "\r\n\t"), (value, space) => {
    const { text } = new JsonText(space + JSON.stringify(value, null, space));
    expect(text).not.toMatch(/[\r\n]/);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
  }));
});

test("JsonText refuses what is not JSON, and half of a surrogate pair that is not escaped", () => {
  for (const text of ["", "{", "{'a': 1}", "NaN", "1 2", '"\n"', "\ufeff1"]) {
    expect(() => new JsonText(text), text).toThrow(SyntaxError);
    expect(() => new JsonText(text), text).toThrow(/^Cannot publish text as it must be JSON: /);
  }
  expect(() => new JsonText('"\ud800"')).toThrow(SyntaxError);
  expect(() => new JsonText('"\ud800"')).toThrow(
    "Cannot publish text as it must be Unicode: half of a surrogate pair; escape it",
  );
});

test("JsonText.of() writes a value at once, and refuses what is not JSON", () => {
  const value = { n: [1, 2] };
  const written = JsonText.of(value);
  value.n.push(3);
  expect(written).toBeInstanceOf(JsonText);
  expect(written.text).toBe('{"n":[1,2]}');
  expect(() => JsonText.of(undefined as unknown as null)).toThrow(
    new TypeError("Cannot publish value as it must be JSON: got undefined"),
  );
});
