import { expect, test } from "vitest";
import { calleeEnd, outlineCell } from "./outline.ts";

test("outlineCell() tells the kind of every name, the last one's where there are several", () => {
  const source = [
    "import pl, { a as b } from 'm'; import type * as T from 't';",
    "export const c = 1, { d, e: [f] } = o; let g; var h; using r = open();",
    "function i() {} async function* j() {} class K {} enum L {} namespace M { export const x = 1 }",
    "interface N {} type O = N; for (var p of q) {} var i = 2",
  ].join("\n");
  expect(Object.fromEntries(outlineCell(source).names)).toEqual({
    pl: "import",
    b: "import",
    T: "import",
    c: "constant",
    d: "constant",
    f: "constant",
    g: "variable",
    h: "variable",
    r: "constant",
    i: "variable",
    j: "function",
    K: "class",
    L: "enum",
    M: "module",
    N: "type",
    O: "type",
    p: "variable",
  });
});

test("outlineCell() finds what a cell assigns to", () => {
  const assigned = (source: string) => [...outlineCell(source).assigned].sort().join();
  expect(assigned("a = 1; b += 2; c++; --d; (e) ??= f")).toBe("a,b,c,d,e");
  expect(assigned("[a, ...b] = x; ({ c, d: e, f = 1, ...g } = y); for (h of z) {}")).toBe("a,b,c,e,f,g,h");
  expect(assigned("a.b = 1; c[d] = 2; const e = 1; !f; -g; for (const i in j) {}")).toBe("");
  expect(assigned("const f = () => { deep = 1 }")).toBe("deep");
});

test("outlineCell() takes unfinished text, and JSX with a mistake as JSX", () => {
  const { names, words, jsx } = outlineCell("const naïve = <b>x</b>;\nnaïve.");
  expect([names.get("naïve"), words.has("naïve"), jsx]).toEqual(["constant", true, true]);
  expect(outlineCell("const f = <string>x;\nf.").jsx).toBe(false);
  expect(outlineCell("").names.size).toBe(0);
});

test("calleeEnd() finds the function around a position", () => {
  const at = (text: string) => calleeEnd(text.replace("|", ""), text.indexOf("|"));
  expect(at("f(|)")).toBe(1);
  expect(at("f(|")).toBe(1);
  expect(at("a.b(c(1), |d)")).toBe(3);
  expect(at("a.b(c(1|), d)")).toBe(5);
  expect(at("new Map(|)")).toBe(7);
  expect(at("f|(1)")).toBe(null);
  expect(at("x + |y")).toBe(null);
});
