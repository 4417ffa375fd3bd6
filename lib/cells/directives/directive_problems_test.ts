import { expect, test } from "vitest";
import { directiveProblems } from "./mod.ts";

const problemsOf = (...sources: string[]) =>
  directiveProblems(sources.map((source, index) => ({ id: `c${index + 1}`, source })));

test.each([
  ["//| lable: x\n1", 1, `unknown directive "lable": did you mean "label"?`],
  ["// Why\n\n//| Tolerence: 1e-3\n1", 3, `unknown directive "Tolerence": did you mean "tolerance"?`],
  [
    "//| fig-cap: x",
    1,
    `unknown directive "fig-cap": known are cache, echo, example, export, key, label, output, timeout, tolerance`,
  ],
  ["//| label delay\n1", 1, `"//| label delay" is no directive: write "//| key: value" or "//| key"`],
  ["//| tolerance: small", 1, `"//| tolerance" must be a number of at least 0 such as 1e-6: got "small"`],
  ["//| tolerance", 1, `"//| tolerance" must be a number of at least 0 such as 1e-6: got nothing`],
  ["//| timeout: soon", 1, `"//| timeout" must be a duration such as 30s: got "soon"`],
  ["//| cache: maybe", 1, `"//| cache" must be true or false: got "maybe"`],
  ["//| echo: no", 1, `"//| echo" must be true or false: got "no"`],
  ["//| output: hidden", 1, `"//| output" must be true or false: got "hidden"`],
  ["//| label", 1, `"//| label" must have a value: got nothing`],
  ["//| key:", 1, `"//| key" must have a value: got nothing`],
  ["let a = 1;\n//| label: a", 2, `"//| label" stands below code and is not read: move it to the head of the cell`],
])("directiveProblems() names the line of %j", (source, line, what) => {
  expect(problemsOf(source)).toEqual([{ cell: "c1", name: expect.any(String), line, what }]);
});

test("directiveProblems() names both cells of a label that stands twice", () => {
  expect(problemsOf("//| label: delay\n1", "2", "// b\n//| label: delay\n3")).toEqual([{
    cell: "c3",
    name: "delay",
    line: 2,
    what: `label "delay" is that of cell "c1" too: rename one`,
  }]);
});

test("directiveProblems() finds nothing in what is known, whatever else a cell has", () => {
  const known = [
    '//| label: "by hour"\n//| cache\n//| timeout: 30s\n//| tolerance: 1e-6\n//| key: route',
    "//| label: x\n//| example\n//| export\n//| echo: false\n//| output: true\n//| cache: false",
    "let table = 1;\n//| a | b |\n// | label: x\nconst text = '//| label: y';",
    "//| label: \u202e",
  ];
  expect(problemsOf(...known)).toEqual([]);
});
