import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLine } from "./parse_line.ts";

test("parseLine() makes all texts well-formed, and changes nothing else", () => {
  const text = fc.string({
    unit: fc.constantFrom("\\", "u", "d83d", "\ud83d", "\udea3", '"', "é", "\ufffd", "\ud7ff"),
  });
  fc.assert(fc.property(fc.dictionary(text, text), (value) => {
    const wellFormed = Object.entries(value).map(([key, one]) => [key.toWellFormed(), one.toWellFormed()]);
    expect(parseLine(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(wellFormed))));
  }));
  expect(parseLine('["\\ud83d", "🚣", "\\\\ud83d", "\\udea3\\ud83d"]')).toEqual([
    "\ufffd",
    "🚣",
    "\\ud83d",
    "\ufffd\ufffd",
  ]);
  expect(() => parseLine("{")).toThrow(SyntaxError);
});
