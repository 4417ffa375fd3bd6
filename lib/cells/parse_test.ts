import { expect, test } from "vitest";
import { parseCell } from "./parse.ts";

const names = (source: string) => {
  const { defines, references } = parseCell(source);
  return { defines, references };
};

test("parseCell() lists what a cell defines and uses, by TypeScript's own scoping", () => {
  const table: [source: string, defines: string[], references: string[]][] = [
    ["const a = b + c.d;", ["a"], ["b", "c"]],
    ["let { a, b: [c = d], ...e } = f", ["a", "c", "e"], ["d", "f"]],
    ["const [p = 1, , ...rest] = list", ["p", "rest"], ["list"]],
    ["function f(x = y, ...r: R[]) { return x + f(arguments.length) + undefined }", ["f"], ["y", "R"]],
    ["class A<T> extends B<C> implements D { static s = A; m<U>(a: T, b: U): E { return a } }", ["A"], [
      "B",
      "C",
      "D",
      "E",
    ]],
    ["const A = class B { x = B }", ["A"], []],
    ["enum E { A = 1, B = A + k }", ["E"], ["k"]],
    ["namespace N { export const a = 1; export const b = a + out }", ["N"], ["out"]],
    ["type X<T> = { [K in keyof T]: K } & Y; interface Z extends W { v: typeof q.r }", ["X", "Z"], ["Y", "W", "q"]],
    ["for (var i = 0; i < n; i++) { var q = i; let local = q }", ["i", "q"], ["n"]],
    ["if (ok) { let k = 1; function inner() {} }\nk; inner()", [], ["ok", "k", "inner"]],
    ["try { a() } catch (e) { e; g }", [], ["a", "g"]],
    ["foo: for (;;) break foo", [], []],
    ["const z = { a, b: c, d() { return e }, [f]: 1 };", ["z"], ["a", "c", "e", "f"]],
    ["x = 5; ({ y } = obj); delete o.p", [], ["x", "y", "obj", "o"]],
    ["<Foo bar={baz}><div x='1'/></Foo>", [], ["Foo", "baz"]],
    ["import d, { a as b } from 'm'; import * as n from 'm'; import type { T } from 't'", ["d", "b", "n", "T"], []],
    ["export { a as b }; export default c", [], ["a", "c"]],
    ["let w: import('./q.ts').R; new.target; import.meta.url", ["w"], []],
    ["const o = p?.q.r?.[s]; tag`x${y}`", ["o"], ["p", "s", "tag", "y"]],
  ];
  for (const [source, defines, references] of table) {
    expect(names(source), source).toEqual({ defines, references });
  }
});

test("parseCell() lists imports with names, attributes and whether only types are asked for", () => {
  const { imports } = parseCell(
    `import a, { b as c, type D } from "./x.ts";\nimport type { E } from "./t.ts";\nimport { type F } from "./u.ts";\n` +
      `import j from "./a.json" with { type: "json" };\nimport "./effects.ts";\nconst f = () => import("./late.ts");\nimport(name);`,
  );
  expect(imports.map(({ specifier, typeOnly, dynamic, line }) => [specifier, typeOnly, dynamic, line])).toEqual([
    ["./x.ts", false, false, 1],
    ["./t.ts", true, false, 2],
    ["./u.ts", true, false, 3],
    ["./a.json", false, false, 4],
    ["./effects.ts", false, false, 5],
    ["./late.ts", false, true, 6],
  ]);
  expect(imports[0]!.names).toEqual([
    { imported: "default", local: "a", typeOnly: false },
    { imported: "b", local: "c", typeOnly: false },
    { imported: "D", local: "D", typeOnly: true },
  ]);
  expect(imports[3]!.attributes).toEqual({ type: "json" });
});

test("parseCell() reads directives at the head of a cell only", () => {
  const source = `\n//| export\n// a note\n//| label: delay-by-hour\n//| tolerance: "0.1"\n\nlet a;\n//| late: 1`;
  expect(parseCell(source).directives).toEqual({ export: true, label: "delay-by-hour", tolerance: "0.1" });
  expect(parseCell("//|\n//| 5: x\n//|constructor: y").directives).toEqual({ constructor: "y" });
});

test("parseCell() lists exported names", () => {
  const source =
    "export const { a, b: [c] } = x; export function f() {} export type T = 1; export { d as e }; const no = 1";
  expect(parseCell(source).exports).toEqual(["a", "c", "f", "T", "e"]);
});

test("parseCell() shows a value only when the last statement is an expression", () => {
  const table: [string, boolean][] = [
    ["1 + 1", true],
    ["f();", true],
    ["'text'", true],
    ["await x", true],
    ["const a = 1", false],
    ["if (a) b", false],
    ["for (;;) {}", false],
    ["a; type T = 1", false],
    ["", false],
    ["// only a comment", false],
  ];
  for (const [source, shown] of table) expect(parseCell(source).hasValue, source).toBe(shown);
});
