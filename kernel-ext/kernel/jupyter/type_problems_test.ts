import { expect, test } from "vitest";
import type { CellDiagnostic } from "../../language/mod.ts";
import { typeProblems } from "./type_problems.ts";

const problem = (changes: Partial<CellDiagnostic> = {}): CellDiagnostic => ({
  severity: "error",
  message: "Type 'string' is not assignable to type 'number'.",
  line: 2,
  column: 7,
  endLine: 2,
  endColumn: 8,
  code: 2322,
  ...changes,
});

test("typeProblems() shows line, column, words and number, and nothing where all is well", () => {
  expect(typeProblems([problem()])).toEqual({
    "text/plain": "Type error at 2:7: Type 'string' is not assignable to type 'number'. (TS2322)",
    "text/html":
      `<div style="border-left: 3px solid #c8553d; padding-left: 8px"><div>Type error at 2:7: Type 'string' is not assignable to type 'number'. (TS2322)</div></div>`,
  });
  expect(typeProblems([])).toBe(null);
  expect(typeProblems([problem({ severity: "hint" })])).toBe(null);
});

test("typeProblems() shows a few, briefly, and keeps no markup of a cell", () => {
  const many = Array.from({ length: 8 }, (_, index) => problem({ line: index + 1 }));
  expect(String(typeProblems(many)!["text/plain"]).split("\n").at(-1)).toBe("and 3 more");
  const long = typeProblems([problem({ message: `${"x".repeat(1_000)}\nmore` })])!;
  expect(String(long["text/plain"]).length).toBeLessThan(350);
  expect(typeProblems([problem({ message: `<img src="x">&`, severity: "warning", code: "deno" })])!["text/html"])
    .toContain(
      "<div>Type warning at 2:7: &lt;img src=&quot;x&quot;&gt;&amp; (deno)</div>",
    );
});
