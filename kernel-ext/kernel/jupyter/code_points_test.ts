import fc from "fast-check";
import { expect, test } from "vitest";
import { codePointsBefore, utf16Offset } from "./code_points.ts";

test("utf16Offset() and codePointsBefore() count as Array.from() does", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 30 }), (text, count) => {
    const before = Array.from(text).slice(0, count);
    expect(utf16Offset(text, count)).toBe(before.join("").length);
    expect(codePointsBefore(text, before.join("").length)).toBe(before.length);
  }));
});

test("utf16Offset() and codePointsBefore() stay within the text", () => {
  expect(utf16Offset("a😀", 9)).toBe(3);
  expect(utf16Offset("a😀", -1)).toBe(0);
  expect(codePointsBefore("a😀", 9)).toBe(2);
  expect(codePointsBefore("a😀", 2)).toBe(2);
});
