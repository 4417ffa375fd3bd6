import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeMarkdown, fence, relink, splitFences } from "./_markdown.ts";

test.each([
  ["a_b and _c_", "a_b and \\_c\\_"],
  ["1. one", "1\\. one"],
  ["- one", "\\- one"],
  ["# one", "\\# one"],
  ["a - b # c 1. d", "a - b # c 1. d"],
  ["a\nb", "a b"],
  ["[x](y) `z` *e* ~s~ $m$ |", "\\[x\\](y) \\`z\\` \\*e\\* \\~s\\~ \\$m\\$ \\|"],
  ["<b>&amp;", "&lt;b&gt;&amp;amp;"],
])("escapeMarkdown(%o)", (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped);
});

test("splitFences() loses nothing", () => {
  const line = fc.constantFrom("text\n", "```\n", "```ts\n", "~~~\n", "````\n", "  # x\n", "\n", "end");
  fc.assert(fc.property(fc.array(line), (lines) => {
    const text = lines.join("");
    expect(splitFences(text).map((part) => part.text).join("")).toBe(text);
  }));
});

test("fence() cannot be left", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("`", "``", "\n", "a", "~")), (parts) => {
    const [first, ...rest] = splitFences(`${fence(parts.join(""), "ts")}\n`);
    expect([first?.code, rest.every((part) => part.text.trim() === "")]).toEqual([true, true]);
  }));
});

test.each([
  ["[a](b.md)", "[a](../x/b.md)"],
  ["[a](./b.md#c)", "[a](../x/b.md#c)"],
  ["[a](../b/)", "[a](../b/)"],
  ['![a](b.png "t")', '![a](../x/b.png "t")'],
  [
    "[a](https://example.org) [b](#c) [d](/e) [f](mailto:g@h.i)",
    "[a](https://example.org) [b](#c) [d](/e) [f](mailto:g@h.i)",
  ],
  ["`[a](b)` and ``[a`](b)``", "`[a](b)` and ``[a`](b)``"],
  ["```\n[a](b)\n```\n[a](b)", "```\n[a](b)\n```\n[a](../x/b)"],
])("relink(%o)", (markdown, linked) => {
  expect(relink(markdown, "../x")).toBe(linked);
});

test("fence() takes a text with more backticks than a call takes arguments", () => {
  expect(fence("` ".repeat(300_000), "ts").startsWith("```ts\n")).toBe(true);
});
