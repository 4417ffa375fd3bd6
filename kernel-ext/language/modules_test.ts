import { expect, test } from "vitest";
import { askedModule, outlinedCell, ranModules } from "./modules.ts";

function cells(...sources: string[]) {
  return sources.map((source, index) => outlinedCell(index + 1, source));
}

const links = (text: string): string[] =>
  [...text.matchAll(/__bh_(\w+) as \w+ } from "(.*?)"/g)].map((m) => `${m[1]} ${m[2]}`);

test("askedModule() takes each name from the cell that declared it last, and none that the cell declares itself", () => {
  const ran = cells("const a = 1, b = 2;", "function a() {}", "<div>{c}</div>; class D {}");
  const { text, headLines, headChars } = askedModule(outlinedCell(0, "let b = a;\nb."), ran);
  expect(links(text)).toEqual(["a ./boathouse-cell-2.ts", "D ./boathouse-cell-3.tsx"]);
  expect([headLines, text.slice(headChars)]).toEqual([1, "let b = a;\nb."]);
});

test("ranModules() link a name to the last cell before, else to the first one after, and export what a cell declares", () => {
  const [first, second, third] = ranModules(cells("f = () => later + x", "let x = 1, later = 2", "x; let x2 = later"));
  expect(links(first!.text)).toEqual(["later ./boathouse-cell-2.ts", "x ./boathouse-cell-2.ts"]);
  expect(second!.text).toContain("export { x as __bh_x, later as __bh_later };");
  expect(links(third!.text)).toEqual(["x ./boathouse-cell-2.ts", "later ./boathouse-cell-2.ts"]);
  const again = ranModules(cells("let x = 1", "let x = 2", "x"));
  expect(links(again[2]!.text)).toEqual(["x ./boathouse-cell-2.ts"]);
});

test("askedModule() makes a variable of what the cell assigns to, and keeps a constant one", () => {
  const { text } = askedModule(
    outlinedCell(0, "a = 1; b++; c = 2; d"),
    cells("let a; const b = 1; function c() {} let d"),
  );
  expect(text).toContain('as __bh_was_a } from "./boathouse-cell-1.ts"; declare let a: typeof __bh_was_a;');
  expect(text).toContain("declare const b: typeof __bh_was_b;");
  expect(text).toContain("{ __bh_c as c }");
  expect(text).toContain("{ __bh_d as d }");
});

test("askedModule() keeps comments at the head that mean something there alone", () => {
  const source = "//| label: x\n// @ts-nocheck\nconst a: string = 1;";
  const { text, headLines, headChars } = askedModule(outlinedCell(0, source), []);
  expect(text.startsWith("//| label: x\n// @ts-nocheck\nexport {}")).toBe(true);
  expect([headLines, text.slice(headChars)]).toEqual([3, source]);
  expect(askedModule(outlinedCell(0, "// plain\nx"), []).headLines).toBe(1);
});

test("outlinedCell() ends lines where the server does, at the same offsets", () => {
  expect(outlinedCell(1, "a\rb\r\nc").source).toBe("a\nb\r\nc");
});
