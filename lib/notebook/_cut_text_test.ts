import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText, plainText } from "./_cut_text.ts";

const WIDE = { lines: 100, width: 100 };

test.each([
  ["a\nb\n\n", ["a", "b"]],
  ["\n a", ["", " a"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["10 %\r50 %\r100 %\ndone", ["100 %", "done"]],
  ["\x1b[31mred\x1b[0m \x1b]8;;https://x\x07link\x1b]8;;\x07 \x00\ud800", ["red link \ufffd"]],
  ["", []],
  ["\n\n", []],
])("cutText(%j)", (text, lines) => {
  expect(cutText(text, WIDE)).toEqual({ lines, more: 0 });
});

test("cutText() counts what it leaves out", () => {
  expect(cutText("a\nb\nc\nd\n", { lines: 2, width: 9 })).toEqual({ lines: ["a", "b"], more: 2 });
  expect(cutText("abcdef", { lines: 2, width: 3 })).toEqual({ lines: ["abc…"], more: 0 });
  expect(cutText("\x1b[1m".repeat(30) + "abc", { lines: 2, width: 3 }).lines).toEqual(["…"]);
});

test("cutText() counts every line once", () => {
  const text = fc.array(fc.constantFrom("a", "b", "\n", "\r\n", "\n\n")).map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 5 }), (text, lines) => {
    const cut = cutText(text, { lines, width: 50 });
    const whole = text.replace(/[\r\n]+$/, "");
    expect(cut.lines.length + cut.more).toBe(whole === "" ? 0 : whole.split("\n").length);
  }));
});

test("plainText() keeps tabs and line breaks", () => {
  expect(plainText("a\tb\nc\x07")).toBe("a\tb\nc");
});
