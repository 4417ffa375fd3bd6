import fc from "fast-check";
import { expect, test } from "vitest";
import { type Notebook, readNotebook, writeNotebook } from "./mod.ts";

const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
// Reading drops a key of this name: it is no data of Jupyter.
const key = fc.string().filter((name) => name !== "__proto__");
const metadata = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }));
const output = fc.oneof(
  fc.record({ output_type: fc.constant("stream"), name: fc.constantFrom("stdout", "stderr"), text: fc.string() }),
  fc.record({
    output_type: fc.constant("display_data"),
    metadata,
    data: fc.record({ "text/plain": fc.string(), "application/json": fc.jsonValue({ maxDepth: 3 }) }),
  }),
  fc.record({
    output_type: fc.constant("error"),
    ename: fc.string(),
    evalue: fc.string(),
    traceback: fc.array(fc.string()),
  }),
);
const code = fc.record({
  cell_type: fc.constant("code"),
  id,
  metadata,
  source: fc.string(),
  outputs: fc.array(output, { maxLength: 3 }),
  execution_count: fc.option(fc.nat()),
});
const markdown = fc.record({ cell_type: fc.constant("markdown"), id, metadata, source: fc.string() });
const notebooks = fc.record({
  cells: fc.uniqueArray(fc.oneof(code, markdown), { maxLength: 4, selector: (cell) => cell.id }),
  metadata,
  nbformat: fc.constant(4),
  nbformat_minor: fc.constant(5),
}) as unknown as fc.Arbitrary<Notebook>;

test("writeNotebook() is undone by readNotebook(), and gives the same bytes again", () => {
  fc.assert(
    fc.property(notebooks, (notebook) => {
      const text = writeNotebook(notebook);
      const again = readNotebook(text, "x.ipynb");
      expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(notebook)));
      expect(writeNotebook(again)).toBe(text);
    }),
    { numRuns: 200 },
  );
});

test("writeNotebook() writes the bytes that Jupyter's nbformat writes", async () => {
  const text = await Deno.readTextFile(new URL("./testdata/written_by_jupyter.ipynb", import.meta.url));
  expect(writeNotebook(readNotebook(text, "written_by_jupyter.ipynb"))).toBe(text);
});

test("writeNotebook() does not depend on the order of keys", () => {
  const notebook: Notebook = { nbformat_minor: 5, nbformat: 4, metadata: { b: { d: 1, c: 2 }, a: 1 }, cells: [] };
  expect(writeNotebook(notebook)).toBe(
    `{\n "cells": [],\n "metadata": {\n  "a": 1,\n  "b": {\n   "c": 2,\n   "d": 1\n  }\n },\n "nbformat": 4,\n "nbformat_minor": 5\n}\n`,
  );
});

test("writeNotebook() keeps attachments", () => {
  const cell = {
    cell_type: "markdown" as const,
    id: "a",
    metadata: {},
    source: "![x](attachment:x.png)",
    attachments: { "x.png": { "image/png": "AAAA" } },
  };
  const notebook: Notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  expect(readNotebook(writeNotebook(notebook), "x").cells).toEqual([cell]);
});
