import { expect, test } from "vitest";
import { finding, findingsOf, questionOf } from "./mod.ts";
import { notebookOf } from "./testdata/sketch.ts";

test.each([
  ["# Why are flights late?", "Why are flights late?"],
  ["Intro\n\n### Why? ###\ntext", "Why?"],
  ["Why are\nflights late?\n==========\n", "flights late?"],
  ["```sh\n# not this\n```\n\n# This", "This"],
  ["~~~\n# not this\n```\n# nor this\n~~~\n## This", "This"],
  ["#hashtag\n\n    # code\n", null],
  ["", null],
])("questionOf() of %o", (markdown, question) => {
  expect(questionOf(notebookOf([{ id: "c", code: "# x" }, { id: "a", markdown }]))).toBe(question);
});

test("questionOf() takes the first of several", () => {
  expect(questionOf(notebookOf([{ id: "a", markdown: "text" }, { id: "b", markdown: "# One\n# Two" }]))).toBe("One");
});

test("findingsOf() reads what is shown where no run is recorded, and leaves out what is none", () => {
  const notebook = notebookOf([{ id: "a", code: "x" }]);
  const show = (data: Record<string, unknown>) => ({ output_type: "display_data" as const, data, metadata: {} });
  const outputs = [
    show(finding`n = ${1}`[Symbol.for("Jupyter.display")]!()),
    show({ "application/vnd.boathouse.finding+json": { text: 5 } }),
    show({ "text/plain": "x" }),
  ];
  const shown = { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, outputs })) } as typeof notebook;
  expect(findingsOf(shown)).toEqual([{ cell: "a", text: "n = 1", values: { 0: 1 } }]);
});
