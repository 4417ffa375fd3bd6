import fc from "fast-check";
import { expect, test } from "vitest";
import { cellMarkdown, diffNotebooks, findingMarkdown, forgeText, valueMarkdown } from "../mod.ts";
import { baseNotebook, code } from "./testdata/base.ts";
import { editedNotebook } from "./testdata/edited.ts";

test("findingMarkdown(), valueMarkdown() and cellMarkdown() write the golden Markdown", async () => {
  const { findings, parameters, cells } = diffNotebooks(baseNotebook(), editedNotebook());
  const blocks = [
    ...findings.map(findingMarkdown),
    ...parameters.map(valueMarkdown),
    ...cells.flatMap((cell) => cell.state === "unchanged" ? [] : [cellMarkdown(cell)]),
  ];
  const golden = await Deno.readTextFile(new URL("./testdata/diff.md", import.meta.url));
  expect(`${blocks.join("\n\n")}\n`).toBe(golden);
});

test.each([
  ["@ann and mail@example.org", "@&#8203;ann and mail@&#8203;example.org"],
  ["#12, o/r#12, gh-12, # 12", "\\#&#8203;12, o/r#&#8203;12, gh&#8203;-12, # 12"],
  ["!12 and 50%12", "!&#8203;12 and 50%12"],
  ["https://example.org www.example.org", "https:&#8203;//example.org www&#8203;.example.org"],
  ["a|b `c` <d> &e; *f* _g_ [h](i)", "a\\|b \\`c\\` &lt;d&gt; &amp;e; \\*f\\* \\_g\\_ \\[h\\](i)"],
  ["one\ntwo\u202e\u0000", "one two\\\\u202e\\\\u0000"],
  ["1. one", "1\\. one"],
  ["1.5 one", "1.5 one"],
  ["- one", "\\- one"],
])("forgeText(%j)", (text, markdown) => {
  expect(forgeText(text)).toBe(markdown);
});

test("cellMarkdown() is bounded, and its fence is longer than any in the cell", async () => {
  const empty = { ...baseNotebook(), cells: [] };
  const ticks = fc.nat(200).map((count) => "`".repeat(count));
  await fc.assert(
    fc.property(ticks, (run) => {
      const cells = [code("a", `${run}\n${"x".repeat(9_000)}\n`.repeat(300))];
      const [cell] = diffNotebooks(empty, { ...empty, cells }).cells;
      const markdown = cell!.state === "unchanged" ? "" : cellMarkdown(cell!);
      expect(markdown.length).toBeLessThan(25_000);
      const [open, close] = [...markdown.matchAll(/^(`+)(diff)?$/gm)].map(([, fence]) => fence!.length);
      expect([open === close, open! > run.length]).toEqual([true, true]);
    }),
    { numRuns: 30 },
  );
});
