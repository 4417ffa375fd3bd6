import { expect, test } from "vitest";
import { effectsOf } from "./effects.ts";

test("effectsOf() finds what a cell changes, also in its functions", () => {
  const source = "n = 1; rows.push(2); Math.random = () => 4; function f() { total++; } const own = [3];";
  expect(effectsOf(source).changes).toEqual(["n", "rows", "Math", "total"]);
});

test("effectsOf() tells functions that keep no state from those that may", () => {
  const plain = "function a() {} const b = (n) => n, c = (async function () {}) as F; class D { x = 1; m() {} }";
  expect(effectsOf(plain).functions).toEqual(["a", "b", "c", "D"]);
  const other = "const a = make(); let b = () => 1; class C { static n = 0; } class D { static {} } const { e } = f;";
  expect(effectsOf(other).functions).toEqual([]);
});

test("effectsOf() gives import declarations as they are written", () => {
  expect(effectsOf(`import {\n  a } from "b"; // why\nawait import("c");`).imports).toEqual([
    `import {\n  a } from "b";`,
  ]);
});

test("effectsOf() lists the values that a cell uses, not the types", () => {
  expect(effectsOf("const a: Record<string, T> = f(b as U); a.c; { const d = 1; d; }").uses).toEqual(["f", "b"]);
  expect(effectsOf("const a = <p>{b}</p>;").uses).toEqual(["b", "React"]);
});
