import { expect, test } from "vitest";
import { compileCell } from "./compile.ts";

function body(source: string): string {
  const { code } = compileCell(source, "c");
  return code.split("\n").slice(1, -2).join("\n").trim();
}

test("compileCell() makes every declaration a let, functions first", () => {
  const table: [source: string, code: string][] = [
    ["const a: number = 1, b = 2", "let a = 1, b = 2;"],
    ["let c: string | undefined", "let c;"],
    ["class A<T> { static n = A.x }", "let A = class A {\n    static n = A.x;\n};"],
    ["g();\nexport async function* g() { yield 1 }", "let g = async function* () { yield 1; };\ng();"],
    ["var v = 1; var v = 2", "let v;\nv = 1;\nv = 2;"],
    ["for (var i = 0, j = 1; i < 3; i++) {}", "let i, j;\nfor (i = 0, j = 1; i < 3; i++) { }"],
    [
      "for (var k of ks) {}\nfor (var { m, n: [o = 1], ...p } of ms) {}",
      "let k, m, o, p;\nfor (k of ks) { }\nfor ({ m, n: [o = 1], ...p } of ms) { }",
    ],
    [
      "if (a) { var { q, ...r } = a, [s, , ...t] = b; }",
      "let q, r, s, t;\nif (a) {\n    ({ q, ...r } = a), [s, , ...t] = b;\n}",
    ],
    ["for (var key in o) { var u; }", "let key, u;\nfor (key in o) {\n    ;\n}"],
    ["enum E { X }", `let E;\n;\n(function (E) {\n    E[E["X"] = 0] = "X";\n})(E || (E = {}));`],
    ["interface I {} type T = I; declare const d: T; abstract class G {}", "let G = class G {\n};"],
  ];
  for (const [source, code] of table) expect(body(source).replace(/^__bh\.value\((.*)\);$/m, "$1;"), source).toBe(code);
});

test("compileCell() turns imports into awaited calls", () => {
  const table: [source: string, code: string][] = [
    [
      `import { a as b, c } from "./m.ts"`,
      `let { a: b, c } = await __bh.race(__bh.import("./m.ts", { with: {} }, ["a", "c"]));`,
    ],
    [`import * as P from "p"`, `let P = await __bh.race(__bh.import("p", { with: {} }, ["*"]));`],
    [
      `import d, * as Q from "q"`,
      `let Q = await __bh.race(__bh.import("q", { with: {} }, ["default", "*"])), { default: d } = Q;`,
    ],
    [`import "s"`, `await __bh.race(__bh.import("s", { with: {} }, []));`],
    [
      `import j from "./a.json" with { type: "json" }`,
      `let { default: j } = await __bh.race(__bh.import("./a.json", { with: { type: "json" } }, ["default"]));`,
    ],
    [`import type { T } from "t"; import { type U } from "u"`, ""],
    [
      `export { a } from "m"; export { b }; export * from "n"`,
      `await __bh.race(__bh.import("m", { with: {} }, []));\nawait __bh.race(__bh.import("n", { with: {} }, []));`,
    ],
    [`const f = () => import(x)`, "let f = () => __bh.import(x);"],
    [`const u = import.meta.url`, "let u = __bh.meta.url;"],
  ];
  for (const [source, code] of table) expect(body(source), source).toBe(code);
});

test("compileCell() races what the cell itself awaits, and no function's awaits", () => {
  expect(body("const a = await f(await g())")).toBe("let a = await __bh.race(f(await __bh.race(g())));");
  expect(body("async function h() { await 1 }")).toBe("let h = async function () { await 1; };");
  expect(body("for await (const x of xs) {}")).toBe("for await (const x of __bh.iterate(xs)) { }");
  expect(body("if (ok) { await using y = await open() }")).toContain("await __bh.race(open())");
});

test("compileCell() marks the value of a last expression, and keeps what using opened", () => {
  expect(body("1; a, b")).toBe("1;\n__bh.value((a, b));");
  expect(body("'text'")).toBe("__bh.value('text');");
  expect(body("x as T")).toBe("__bh.value(x);");
  expect(body("using r = open(); await using s = await openLater()")).toBe(
    "let r = __bh.use(open());\nlet s = __bh.use(await __bh.race(openLater()));",
  );
});

test("compileCell() tells the host what is thrown", () => {
  expect(body("if (a) throw 'text'")).toContain("throw __bh.thrown('text');");
  expect(body("const f = () => { throw new Error('x') }")).toContain("throw __bh.thrown(new Error('x'));");
});

test("compileCell() takes JSX, decorators and namespaces", () => {
  expect(body("const j = <div a={1}>x</div>")).toBe(`let j = React.createElement("div", { a: 1 }, "x");`);
  expect(body("@d class Q {}")).toContain("__esDecorate(");
  expect(body("namespace N { export const a = 1 }")).toContain("let N;");
});

test("compileCell() maps lines and columns back exactly", () => {
  const source =
    "const a = 1;\nfunction f(x: number): number {\n  if (x > 1) throw new Error('q');\n  return x as number;\n}\n  f(2 as number).toFixed()";
  const { code, map } = compileCell(source, "c");
  const place = (text: string) => {
    const lines = code.split("\n");
    const line = lines.findIndex((found) => found.includes(text));
    return map(line + 1, lines[line]!.indexOf(text) + 1);
  };
  expect(place("new Error")).toEqual({ line: 3, column: 20 });
  expect(place("return x")).toEqual({ line: 4, column: 3 });
  expect(place("f(2)")).toEqual({ line: 6, column: 3 });
  expect(place("toFixed")).toEqual({ line: 6, column: 18 });
  expect(map(1, 1)).toEqual({ line: 2, column: 1 });
});

test("compileCell() survives a line of 3 MB", () => {
  expect(compileCell(`const x = "${"y".repeat(3e6)}"`, "c").code.length).toBeGreaterThan(3e6);
});

test("compileCell() refuses what is not TypeScript, and names that a stack cannot carry", () => {
  expect(() => compileCell("const a = 1;\nconst u = ;", "c1")).toThrow(SyntaxError);
  expect(() => compileCell("const a = 1;\nconst u = ;", "c1")).toThrow(
    `Cannot compile cell "c1" as it must be TypeScript: Expression expected at line 2, column 11`,
  );
  expect(() => compileCell("1", "a b")).toThrow(RangeError);
  expect(() => compileCell("1", "a b")).toThrow(
    `Cannot compile cell as its name must be letters, digits, "_" and "-": got "a b"`,
  );
});
