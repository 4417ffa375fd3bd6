import { expect, test } from "vitest";
import { checkSyntax } from "./syntax.ts";

test("checkSyntax() places what is wrong", () => {
  expect(checkSyntax("const a = 1;\n  let 5 = x;").diagnostics[0]).toEqual({
    message: "Variable declaration not allowed at this location.",
    line: 2,
    column: 3,
  });
});

test("checkSyntax() takes TypeScript, TSX and text that is only one of them", () => {
  for (
    const source of [
      "const a = <T>(x: T) => x",
      "const a = <b>1</b>",
      "<string>x",
      "let a = b satisfies C",
      "@d class E {}",
    ]
  ) {
    expect(checkSyntax(source), source).toEqual({ diagnostics: [], incomplete: false });
  }
});

test("checkSyntax() tells what more text could mend", () => {
  const table: [string, boolean][] = [
    ["f(", true],
    ["let x = {\n", true],
    ["`abc", true],
    ["/* x", true],
    ["const a =  ", true],
    ["let s = 'abc", false],
    ["let 5 = x;", false],
    ["f())", false],
    ["f()", false],
  ];
  for (const [source, incomplete] of table) expect(checkSyntax(source).incomplete, source).toBe(incomplete);
});
