import { expect, test } from "vitest";
import type { CodeCell, Notebook } from "../../lib/notebook/mod.ts";
import { checkNames, guessParameters, injectParameters, parametersCell } from "./parameters.ts";

const code = (id: string, source: string, ...tags: string[]): CodeCell => {
  return {
    cell_type: "code",
    id,
    metadata: tags.length > 0 ? { tags } : {},
    source,
    outputs: [],
    execution_count: null,
  };
};
const notebook = (...cells: CodeCell[]): Notebook => ({ cells, metadata: { kept: 1 }, nbformat: 4, nbformat_minor: 5 });
const sources = ({ cells }: Notebook) => cells.map(({ source }) => source);

test("injectParameters() puts a cell behind the one tagged parameters, as papermill does", () => {
  const made = injectParameters(
    notebook(code("a", "import 'x'"), code("b", `const until = "2001", n = 1`, "parameters"), code("c", "until")),
    { until: "2002-01-01", n: null },
  );
  expect(made.cells[2]).toEqual(
    code("injected-parameters", `// Parameters\nconst until = "2002-01-01";\nconst n = null;`, "injected-parameters"),
  );
  expect(made.cells.map(({ id }) => id)).toEqual(["a", "b", "injected-parameters", "c"]);
  expect(made.metadata).toEqual({ kept: 1, papermill: { parameters: { until: "2002-01-01", n: null } } });
});

test("injectParameters() puts it first where no cell is tagged", () => {
  expect(sources(injectParameters(notebook(code("a", "n")), { n: [1, { a: "\u2028'\"" }] }))).toEqual([
    `// Parameters\nconst n = [1,{"a":"\u2028'\\""}];`,
    "n",
  ]);
});

test("injectParameters() replaces what an earlier run injected, and drops it without parameters", () => {
  const first = injectParameters(notebook(code("b", "let n = 1", "parameters")), { n: 2 });
  expect(sources(injectParameters(first, { n: 3 }))).toEqual(["let n = 1", "// Parameters\nconst n = 3;"]);
  expect(injectParameters(first, {})).toEqual(notebook(code("b", "let n = 1", "parameters")));
});

test("injectParameters() keeps ids unique", () => {
  expect(injectParameters(notebook(code("injected-parameters", "n")), { n: 1 }).cells[0]?.id).toBe(
    "injected-parameters-2",
  );
});

test("injectParameters() drops what papermill shows an error in, and writes dates and bigints", () => {
  const failed = notebook(code("e", "%md", "papermill-error-cell-tag"), code("b", "let at", "parameters"));
  expect(sources(injectParameters(failed, { at: { $: "date", v: 0 }, n: { $: "bigint", v: "7" } }))).toEqual([
    "let at",
    `// Parameters\nconst at = new Date("1970-01-01T00:00:00.000Z");\nconst n = 7n;`,
  ]);
});

test("guessParameters() takes texts that look like JSON as JSON; they win over values", () => {
  const texts = { a: "1", b: "01", c: "true", d: "[1,", e: "[1, 2]", f: "2001-05-31", g: '"x"', h: "{}", i: "-1.5e3" };
  expect(guessParameters({ values: { a: 0, z: null }, texts })).toEqual({
    a: 1,
    z: null,
    b: "01",
    c: true,
    d: "[1,",
    e: [1, 2],
    f: "2001-05-31",
    g: "x",
    h: {},
    i: -1500,
  });
});

test("parametersCell() finds the tagged cell, and whether it exports a schema", () => {
  const tagged = (source: string) => parametersCell(notebook(code("a", "1"), code("b", source, "parameters")));
  expect(parametersCell(notebook(code("a", "1")))).toBe(null);
  expect(tagged("const n = 1")).toMatchObject({ cell: { id: "b" }, hasSchema: false });
  expect(tagged("const Parameters = {}")).toMatchObject({ hasSchema: false });
  expect(tagged("export const Parameters = z.object({})")).toMatchObject({ hasSchema: true });
});

test("checkNames() refuses names that do nothing or cannot be declared", () => {
  const made = notebook(code("b", "const until = 1, n = 2", "parameters"));
  checkNames(made, ["until"], "a.ipynb");
  expect(() => checkNames(made, ["untill"], "a.ipynb")).toThrow(RangeError);
  expect(() => checkNames(made, ["untill"], "a.ipynb")).toThrow(
    `Cannot run notebook "a.ipynb" as parameter "untill" must be declared by its cell tagged "parameters": that has until, n`,
  );
  for (const name of ["a b", "1a", "a = 1; x", "class", ""]) {
    expect(() => checkNames(notebook(), [name], "a.ipynb"), name).toThrow(TypeError);
    expect(() => checkNames(notebook(), [name], "a.ipynb")).toThrow(
      `Cannot run notebook "a.ipynb" as parameter "${name}" must be a name that TypeScript can declare`,
    );
  }
});
