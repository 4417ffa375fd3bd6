import fc from "fast-check";
import { expect, test } from "vitest";
import { offsetAt, positionAt } from "./positions.ts";

test("positionAt() counts UTF-16 units from the start of the line", () => {
  expect(positionAt("a\n😀é|", 5)).toEqual({ line: 1, character: 3 });
  expect(positionAt("a\n", 2)).toEqual({ line: 1, character: 0 });
  expect(positionAt("ab", 99)).toEqual({ line: 0, character: 2 });
  expect(positionAt("ab", -1)).toEqual({ line: 0, character: 0 });
});

test("offsetAt() undoes positionAt(), and stays in the line", () => {
  const text = fc.array(fc.constantFrom("a", "\n", "😀", "\r\n", "e\u0301")).map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.nat(30), (text, offset) => {
    const within = Math.min(offset, text.length);
    expect(offsetAt(text, positionAt(text, within))).toBe(within);
  }));
  expect(offsetAt("ab\ncd", { line: 0, character: 9 })).toBe(2);
  expect(offsetAt("ab\ncd", { line: 9, character: 0 })).toBe(5);
});
