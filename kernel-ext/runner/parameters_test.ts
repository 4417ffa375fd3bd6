import { expect, test } from "vitest";
import type { CodeCell, Notebook } from "../../lib/notebook/mod.ts";
import { injectParameters } from "./parameters.ts";

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
    "a.ipynb",
  );
  expect(made.cells[2]).toEqual(
    code("injected-parameters", `// Parameters\nconst until = "2002-01-01";\nconst n = null;`, "injected-parameters"),
  );
  expect(made.cells.map(({ id }) => id)).toEqual(["a", "b", "injected-parameters", "c"]);
  expect(made.metadata).toEqual({ kept: 1, papermill: { parameters: { until: "2002-01-01", n: null } } });
});

test("injectParameters() puts it first where no cell is tagged", () => {
  expect(sources(injectParameters(notebook(code("a", "n")), { n: [1, { a: "\u2028'\"" }] }, "a.ipynb"))).toEqual([
    `// Parameters\nconst n = [1,{"a":"\u2028'\\""}];`,
    "n",
  ]);
});

test("injectParameters() replaces what an earlier run injected, and drops it without parameters", () => {
  const first = injectParameters(notebook(code("b", "let n = 1", "parameters")), { n: 2 }, "a.ipynb");
  expect(sources(injectParameters(first, { n: 3 }, "a.ipynb"))).toEqual(["let n = 1", "// Parameters\nconst n = 3;"]);
  expect(injectParameters(first, {}, "a.ipynb")).toEqual(notebook(code("b", "let n = 1", "parameters")));
});

test("injectParameters() keeps ids unique", () => {
  expect(injectParameters(notebook(code("injected-parameters", "n")), { n: 1 }, "a").cells[0]?.id).toBe(
    "injected-parameters-2",
  );
});

test("injectParameters() refuses names that do nothing or cannot be declared", () => {
  const made = notebook(code("b", "const until = 1, n = 2", "parameters"));
  expect(() => injectParameters(made, { untill: 1 }, "a.ipynb")).toThrow(RangeError);
  expect(() => injectParameters(made, { untill: 1 }, "a.ipynb")).toThrow(
    `Cannot run notebook "a.ipynb" as parameter "untill" must be declared by its cell tagged "parameters": that has until, n`,
  );
  for (const name of ["a b", "1a", "a = 1; x", "class", ""]) {
    expect(() => injectParameters(notebook(), { [name]: 1 }, "a.ipynb"), name).toThrow(TypeError);
    expect(() => injectParameters(notebook(), { [name]: 1 }, "a.ipynb")).toThrow(
      `Cannot run notebook "a.ipynb" as parameter "${name}" must be a name that TypeScript can declare`,
    );
  }
});
