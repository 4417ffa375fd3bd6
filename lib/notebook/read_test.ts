import fc from "fast-check";
import { expect, test } from "vitest";
import { isCode, readNotebook } from "./mod.ts";

const EMPTY = { cells: [] as unknown[], metadata: {}, nbformat: 4, nbformat_minor: 5 };
const CODE = { cell_type: "code", id: "a", metadata: {}, source: "1", outputs: [] as unknown[], execution_count: null };
const MARKDOWN = { cell_type: "markdown", id: "b", metadata: {}, source: ["# Why\n", "late?"] };

function read(value: unknown): ReturnType<typeof readNotebook> {
  return readNotebook(JSON.stringify(value), "x.ipynb");
}

function withCells(...cells: unknown[]): unknown {
  return { ...EMPTY, cells };
}

function withOutput(output: unknown): unknown {
  return withCells(MARKDOWN, { ...CODE, outputs: [output] });
}

test("readNotebook() joins lines of sources, outputs and bundles, and leaves JSON alone", () => {
  const notebook = read(withCells(MARKDOWN, {
    ...CODE,
    source: ["a\n", "b"],
    outputs: [
      { output_type: "stream", name: "stdout", text: ["1\n", "2\n"] },
      { output_type: "stream", name: "stdin", text: "Which boat? a" }, // as JupyterLab keeps a question
      {
        output_type: "display_data",
        metadata: {},
        data: { "text/plain": ["x\n", "y"], "application/vnd.a+json": ["x"] },
      },
    ],
  }));
  const [markdown, code] = notebook.cells;
  expect(markdown!.source).toBe("# Why\nlate?");
  expect(isCode(code!) && code.outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "1\n2\n" },
    { output_type: "stream", name: "stdin", text: "Which boat? a" },
    { output_type: "display_data", metadata: {}, data: { "text/plain": "x\ny", "application/vnd.a+json": ["x"] } },
  ]);
});

test.each([
  [
    "a number for a source",
    withCells({ ...CODE, source: 5 }),
    `source of cell 1 ("a") must be a text or a list of lines`,
  ],
  ["no id", withCells({ ...CODE, id: undefined }), "id of cell 1 must be a text"],
  [
    "an id with a space",
    withCells({ ...CODE, id: "a b" }),
    `id of cell 1 ("a b") must be 1 to 64 letters, digits, - and _`,
  ],
  ["an empty id", withCells({ ...CODE, id: "" }), `id of cell 1 ("") must be 1 to 64 letters, digits, - and _`],
  ["duplicate ids", withCells(CODE, MARKDOWN, CODE), `ids of cells must be unique: cells 1 and 3 are both "a"`],
  [
    "an unknown kind of cell",
    withCells({ ...CODE, cell_type: "sql" }),
    `cell_type of cell 1 ("a") must have a known cell_type`,
  ],
  ["a cell that is no object", withCells(7), "cell 1 must be an object"],
  ["an unknown key", withCells({ ...CODE, extra: 1 }), `cell 1 ("a") must not have "extra"`],
  ["cells that are no list", { ...EMPTY, cells: {} }, "cells must be a list"],
  ["metadata that is no object", { ...EMPTY, metadata: [] }, "metadata must be an object"],
  [
    "a negative count",
    withCells({ ...CODE, execution_count: -1 }),
    `execution_count of cell 1 ("a") must be a whole number or null`,
  ],
  ["outputs that are no list", withCells({ ...CODE, outputs: null }), `outputs of cell 1 ("a") must be a list`],
  [
    "an unknown output",
    withOutput({ output_type: "hologram" }),
    `outputs[0].output_type of cell 2 ("a") must have a known output_type`,
  ],
  [
    "a stream to nowhere",
    withOutput({ output_type: "stream", name: 3, text: "" }),
    `outputs[0].name of cell 2 ("a") must be a text`,
  ],
  [
    "a bundle with a number",
    withOutput({ output_type: "display_data", metadata: {}, data: { "text/plain": 1 } }),
    `outputs[0].data.text/plain of cell 2 ("a") must be a text or a list of lines`,
  ],
  ["a list", [], "it must be a JSON object: got a list"],
  ["null", null, "it must be a JSON object: got null"],
  ["a version in words", { ...EMPTY, nbformat: "four" }, "nbformat must be a number: got a string"],
])("readNotebook() refuses %s", (_what, value, found) => {
  expect(() => read(value)).toThrow(new TypeError(`Cannot read notebook "x.ipynb" as ${found}`));
});

test.each([[{ nbformat: 5, nbformat_minor: 0 }, "5"], [{ nbformat: 4, nbformat_minor: 6 }, "4.6"], [
  { nbformat: 2 },
  "2",
]])(
  "readNotebook() refuses the version %o",
  (version, found) => {
    expect(() => read({ ...EMPTY, ...version })).toThrow(
      new RangeError(`Cannot read notebook "x.ipynb" as nbformat must be 3 or 4.0 to 4.5: got ${found}`),
    );
  },
);

test("readNotebook() says where a truncated file ends", () => {
  const text = JSON.stringify(withCells(CODE), null, 1);
  for (const length of [text.length - 30, text.length - 2]) {
    const cut = text.slice(0, length);
    expect(() => readNotebook(cut, "x.ipynb")).toThrow(SyntaxError);
    expect(() => readNotebook(cut, "x.ipynb")).toThrow(
      /^Cannot read notebook "x\.ipynb" as its text must be JSON: it ends within a value at line \d+; restore the file$/,
    );
  }
});

test.each([
  ["", "it is empty; restore the file"],
  ["\n\n# Flights\n\nText", 'it begins with "# Flights" at line 3; name a notebook (.ipynb)'],
  ["hello\u202e", String.raw`it begins with "hello\u202e" at line 1; name a notebook (.ipynb)`],
  [
    '{\n "cells": [],\n "metadata": x\n}',
    `line 3 breaks it with "\\"metadata\\": x"; mend that line or restore the file`,
  ],
  ['{"cells": []}\n}\n', 'line 2 breaks it with "}"; mend that line or restore the file'],
  ['{\n "cells": [],\n}', 'line 3 breaks it with "}"; mend that line or restore the file'],
  ['{\n "cells": []', "it ends within a value at line 2; restore the file"],
  ['{\n "cells": ["\\\\u12', "it ends within a value at line 2; restore the file"],
])("readNotebook() says where %j is no JSON, and the way out", (text, found) => {
  expect(() => readNotebook(text, "x.ipynb")).toThrow(
    new SyntaxError(`Cannot read notebook "x.ipynb" as its text must be JSON: ${found}`),
  );
});

test("readNotebook() shows the line of a merge conflict", () => {
  const text = `{\n "cells": [\n<<<<<<< HEAD\n`;
  expect(() => readNotebook(text, "x.ipynb")).toThrow(
    new SyntaxError(
      `Cannot read notebook "x.ipynb" as its text must be JSON: conflict mark of a merge at line 3; resolve the merge`,
    ),
  );
});

test("readNotebook() bounds size, cells and depth", () => {
  expect(() => readNotebook(" ".repeat(64 * 1024 * 1024 + 1), "x.ipynb")).toThrow(
    new RangeError(`Cannot read notebook "x.ipynb" as its text must be at most 67108864 characters: got 67108865`),
  );
  expect(() => read(withCells(...Array.from({ length: 10_001 }, () => 0)))).toThrow(
    new RangeError(`Cannot read notebook "x.ipynb" as it must have at most 10000 cells: got 10001`),
  );
  const deep = `{"metadata": {"a": ${"[".repeat(100_000)}`;
  expect(() => readNotebook(deep, "x.ipynb")).toThrow(
    new RangeError(`Cannot read notebook "x.ipynb" as JSON must nest at most 200 deep: got 100002`),
  );
  const brackets = JSON.stringify(withCells({ ...CODE, source: `${"[".repeat(500)}"\\"` }));
  expect(readNotebook(brackets, "x.ipynb").cells).toHaveLength(1);
});

test("readNotebook() never fails in another way than by its own errors", () => {
  const messages = fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (json, cut) => {
    for (const text of [json, JSON.stringify(withCells(JSON.parse(json))), json.slice(0, cut % (json.length + 1))]) {
      try {
        readNotebook(text, "x.ipynb");
      } catch (error) {
        expect((error as Error).message).toMatch(/^Cannot read notebook "x\.ipynb" as /);
      }
    }
  });
  fc.assert(messages, { numRuns: 300 });
});

test("readNotebook() upgrades nbformat 3 as Jupyter does", async () => {
  const text = await Deno.readTextFile(new URL("./testdata/nbformat_3.ipynb", import.meta.url));
  const { cells, metadata } = readNotebook(text, "nbformat_3.ipynb");
  expect(metadata).toEqual({});
  expect(cells.map((cell) => [cell.cell_type, cell.source])).toEqual([
    ["markdown", "## Old question"],
    ["markdown", "text"],
    ["code", "1+1"],
  ]);
  const code = cells[2]!;
  expect(isCode(code) && [code.execution_count, code.outputs]).toEqual([4, [
    { output_type: "execute_result", data: { "text/plain": "2" }, metadata: {}, execution_count: 4 },
    { output_type: "stream", name: "stderr", text: "hi\n" },
    { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
    { output_type: "display_data", data: { "image/svg+xml": "<svg/>" }, metadata: {} },
  ]]);
});

test("readNotebook() gives cells of nbformat 4.0 to 4.4 ids that stay, and keeps those there are", () => {
  const { id: _, ...bare } = CODE;
  const old = { ...EMPTY, nbformat_minor: 4, cells: [bare, bare, { ...bare, id: "kept" }] };
  const ids = read(old).cells.map(({ id }) => id);
  expect(ids[2]).toBe("kept");
  expect(new Set(ids).size).toBe(3);
  expect(read({ ...old, cells: [{ ...bare, source: "new" }, ...old.cells] }).cells.slice(1).map(({ id }) => id))
    .toEqual(ids);
});

test("readNotebook() accepts a byte order mark", () => {
  expect(readNotebook(`\uFEFF${JSON.stringify(EMPTY)}`, "x.ipynb").cells).toEqual([]);
});
