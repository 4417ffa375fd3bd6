import fc from "fast-check";
import { expect, test } from "vitest";
import { notebookText } from "../mod.ts";
import { baseNotebook, code, show, tableOutput } from "./testdata/base.ts";

test("notebookText() writes the golden text", async () => {
  expect(notebookText(baseNotebook())).toBe(
    await Deno.readTextFile(new URL("./testdata/notebook.txt", import.meta.url)),
  );
});

test("notebookText() leaves out what a run alone changes", () => {
  const again = baseNotebook();
  for (const cell of again.cells) Object.assign(cell, cell.cell_type === "code" ? { execution_count: 99 } : {});
  expect(notebookText(again)).toBe(notebookText(baseNotebook()));
});

test("notebookText() keeps every digit of a table, and rows on lines of their own", () => {
  const rows = [{ "a\nb": 0.1234567890123, text: "x\ny" }, { "a\nb": 2, text: "\u001b[31m" }];
  const text = notebookText({
    ...baseNotebook(),
    cells: [code("a", "x", [tableOutput({ "a\nb": "number", text: "string" }, rows)])],
  });
  expect(text.split("\n").slice(2, 5)).toEqual([
    "-> table of 2 rows: a\\nb, text",
    "a\\nb 0.1234567890123, text x\\ny",
    "a\\nb 2, text \\u001b[31m",
  ]);
});

test("notebookText() has no character that a terminal obeys", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, text, (source, shown) => {
    const cells = [
      code("a", source, [show({ "text/plain": shown }), { output_type: "stream", name: "stdout", text: shown }]),
    ];
    // deno-lint-ignore no-control-regex
    expect(notebookText({ ...baseNotebook(), cells })).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  }));
});
