import { expect, test } from "vitest";
import { placeInSlice, sliceCells } from "./slice.ts";

const cellsOf = (sources: string[]) => sources.map((source, index) => ({ id: `c${index}`, source }));
const slice = (name: string, ...sources: string[]) => sliceCells(cellsOf(sources), name).source;

const AS_DATA = "log it as a model, pass it as input, or write it as a literal";
const AS_CONSTANT = "make it a constant or pass it as input";
const AS_CONTEXT = "take models and lookups from the second argument of run";

test("sliceCells() takes what a name needs, and nothing else", () => {
  const table: [name: string, sources: string[], source: string][] = [
    [
      "f",
      ["const a = 1, b = await load(), c = a * 2;\nconst other = 5", "export const f = () => c"],
      "const a = 1;\nconst c = a * 2;\nexport const f = () => c;\n",
    ],
    ["f", [
      "type A = B[];\ninterface B { x: C }\nenum C { D }",
      "//| export\nexport async function f(a: A) { return a }",
    ], "type A = B[];\ninterface B { x: C }\nenum C { D }\nexport async function f(a: A) { return a }\n"],
    [
      "F",
      ["class Base<T> { n = 1 }", "export default class F extends Base<number> {}"],
      "class Base<T> { n = 1 }\nexport class F extends Base<number> {}\n",
    ],
    [
      "f",
      ["function f(a: string): void;\nfunction f(a: unknown) { return a }"],
      "export function f(a: string): void;\nexport function f(a: unknown) { return a }\n",
    ],
    ["f", ["let n = 0", "function f() { return n }"], "let n = 0;\nexport function f() { return n }\n"],
    [
      "f",
      ["const { a, b: [c] } = { a: 1, b: [2] }", "const f = () => c"],
      "const { a, b: [c] } = { a: 1, b: [2] };\nexport const f = () => c;\n",
    ],
    [
      "f",
      ["@dec\nexport class f {}\nfunction dec(c: unknown) {}"],
      "export @dec\nclass f {}\nfunction dec(c: unknown) {}\n",
    ],
    ["a", ["const a = () => b(), b = () => a()"], "export const a = () => b();\nconst b = () => a();\n"],
    [
      "f",
      ["interface R { a: 1 }", "const R = 5", "const f = (r: R) => r.a"],
      "interface R { a: 1 }\nexport const f = (r: R) => r.a;\n",
    ],
    [
      "f",
      ["namespace N { export const a = 1 }", "const f = () => N.a"],
      "namespace N { export const a = 1 }\nexport const f = () => N.a;\n",
    ],
  ];
  for (const [name, sources, source] of table) expect(slice(name, ...sources), sources.join(" | ")).toBe(source);
});

test("sliceCells() imports the used names, sorted, whatever the cells import beside them", () => {
  const imports =
    `import { z, defineFunction, finding } from "boathouse";\nimport * as aq from "arquero"; import d, { e as f2, type T } from "./m.ts";` +
    `\nimport j from "./a.json" with { type: "json" }; import type { U } from "./u.ts"; import "./effects.ts"`;
  const use = "export const f = (t: T, u: U) => defineFunction({ a: z, b: aq, c: [d, f2, j] })";
  expect(slice("f", imports, use)).toBe(
    `import { default as j } from "./a.json" with {"type":"json"};\nimport { type T, default as d, e as f2 } from "./m.ts";\n` +
      `import type { U } from "./u.ts";\nimport * as aq from "arquero";\nimport { defineFunction, z } from "boathouse";\n${use};\n`,
  );
});

test("sliceCells() takes the last definition for what runs later", () => {
  expect(slice("f", "const rate = 1", "const f = make({ run() { return rate } })", "const rate = 2")).toBe(
    "export const f = make({ run() { return rate } });\nconst rate = 2;\n",
  );
});

test("sliceCells() evaluates pure initialisers again, imported functions included", () => {
  const sources = [
    `import { table } from "./t.ts"; import crypto from "node:crypto"`,
    "const build = (n: number) => Math.sqrt(n)",
  ];
  const values =
    `const a = build(2); const b = table([new Date("2001-01-01")].map((d) => d.getTime())); const c = crypto.hash("md5", "x")`;
  expect(slice("f", ...sources, values, "const f = () => [a, b, c]")).toContain(
    "const a = build(2);\nconst b = table(",
  );
});

test("sliceCells() refuses a value that is computed at run time, with cell, line and the way out", () => {
  const table: [sources: string[], message: string][] = [
    [
      ["const { lake } = await open()\nconst rows =\n  await lake.sql`x`", "const f = () => rows"],
      `"rows" (f → rows) must not be computed at run time: cell "c0" line 3 awaits lake.sql\`x\`; ${AS_DATA}`,
    ],
    [
      ["const { lake } = await open()", "const f = () => lake.sql`x`"],
      `"lake" (f → lake) must not be computed at run time: cell "c0" line 1 awaits open(); ${AS_DATA}`,
    ],
    [
      ["const { lake } = await open()", "const rows = lake.sql`x`", "const f = () => rows"],
      `"lake" (f → rows → lake) must not be computed at run time: cell "c0" line 1 awaits open(); ${AS_DATA}`,
    ],
    [
      ["const now = () => Date.now()\nconst start = now()", "const f = () => start"],
      `"now" (f → start → now) must not be computed at run time: cell "c0" line 1 reads Date.now; ${AS_DATA}`,
    ],
    [
      ["const d = new Date()", "const f = () => d"],
      `"d" (f → d) must not be computed at run time: cell "c0" line 1 reads the clock; ${AS_DATA}`,
    ],
    [
      ["const r = [1].map(() => Math.random())", "const f = () => r"],
      `"r" (f → r) must not be computed at run time: cell "c0" line 1 reads Math.random; ${AS_DATA}`,
    ],
    [
      ["const t = Deno.readTextFileSync('x')", "const f = () => t"],
      `"t" (f → t) must not be computed at run time: cell "c0" line 1 reads Deno.readTextFileSync; ${AS_DATA}`,
    ],
    [
      ["const u = import.meta.url", "const f = () => u"],
      `"u" (f → u) must not be computed at run time: cell "c0" line 1 reads import.meta; ${AS_DATA}`,
    ],
    [
      ["const f = () => import.meta.url"],
      `"f" must not be computed at run time: cell "c0" line 1 reads import.meta; ${AS_DATA}`,
    ],
    [
      ["using p = make()\nfunction make() {}", "const f = () => p"],
      `"p" (f → p) must not be computed at run time: cell "c0" line 1 opens it with \`using\`; ${AS_DATA}`,
    ],
    [
      ["class S { static at = Date.now() }", "const f = () => S.at"],
      `"S" (f → S) must not be computed at run time: cell "c0" line 1 reads Date.now; ${AS_DATA}`,
    ],
  ];
  for (const [sources, message] of table) {
    expect(() => slice("f", ...sources), sources.join(" | ")).toThrow(TypeError);
    expect(() => slice("f", ...sources)).toThrow(`Cannot slice "f" as ${message}`);
  }
});

test("sliceCells() refuses module state that changes, wherever that happens", () => {
  const table: [sources: string[], message: string][] = [
    [
      ["const cache = new Map()", "export function f(x: number) { cache.set(x, 1) }"],
      `"cache" (f → cache) must keep its value: cell "c1" line 1 changes it in place`,
    ],
    [
      ["let n = 0", "const f = () => n", "function reset() {\n  n = 5 }"],
      `"n" (f → n) must keep its value: cell "c2" line 2 assigns it again`,
    ],
    [
      ["const list = [3, 1]\nlist.sort()", "const f = () => list"],
      `"list" (f → list) must keep its value: cell "c0" line 2 changes it in place`,
    ],
    [
      ["const o = { a: 1 }\nObject.assign(o, {})", "const f = () => o"],
      `"o" (f → o) must keep its value: cell "c0" line 2 changes it in place`,
    ],
    [
      ["const o = { a: 1 }\n;({ a: o.a } = { a: 2 })", "const f = () => o"],
      `"o" (f → o) must keep its value: cell "c0" line 2 changes it in place`,
    ],
    [["function f() { f.calls++ }"], `"f" must keep its value: cell "c0" line 1 changes it in place`],
    [
      ["for (var q = 0; q < 3; q++) {}", "const f = () => q"],
      `"q" (f → q) must keep its value: cell "c0" line 1 assigns it again`,
    ],
  ];
  for (const [sources, message] of table) {
    expect(() => slice("f", ...sources), sources.join(" | ")).toThrow(TypeError);
    expect(() => slice("f", ...sources)).toThrow(`Cannot slice "f" as ${message}; ${AS_CONSTANT}`);
  }
  expect(slice("f", "let n = 1; n = 2", "const n = 5", "const f = () => n")).toBe(
    "const n = 5;\nexport const f = () => n;\n",
  );
});

test("sliceCells() refuses a value whose parts are declared again after it was computed", () => {
  const wayOut = "move that declaration up or rename one of them";
  const build = ["const rate = 1", "function build() { return rate }", "const t = build()"];
  expect(() => slice("f", ...build, "const rate = 2", "const f = () => t")).toThrow(
    `Cannot slice "f" as "rate" (f → t → build → rate) must be declared before it is used: cell "c3" line 1 declares it after cell "c2" used it; ${wayOut}`,
  );
  expect(() => slice("f", "const q = [1].map((x) => x * rate)", "const rate = 2", "const f = () => q")).toThrow(
    TypeError,
  );
  expect(slice("f", ...build, "const f = () => t")).toContain("const t = build();");
});

test("sliceCells() refuses to open the workbench, also through local modules", () => {
  const refused = (message: string, ...sources: string[]) => {
    expect(() => slice("f", ...sources)).toThrow(`Cannot slice "f" as ${message}; ${AS_CONTEXT}`);
  };
  refused(
    `"open" (f → open) must not open the workbench: cell "c0" line 1 imports it`,
    `import { open } from "boathouse"`,
    "const f = () => open()",
  );
  refused(
    `"bh" (f → bh) must not open the workbench: cell "c0" line 1 imports it for bh.open`,
    `import * as bh from "boathouse"`,
    "const f = () => bh.open()",
  );
  expect(slice("f", `import * as bh from "boathouse"`, "const f = () => bh.z")).toContain("import * as bh");

  const files: Record<string, string> = {
    "/w/a.ts": `import "./b.ts"; import "./a.ts"`,
    "/w/b.ts": `import { open as o } from "boathouse"; o()`,
  };
  const cells = cellsOf([`import { x } from "./a.ts"`, "const f = () => x"]);
  expect(() => sliceCells(cells, "f", { folder: "/w", readFile: (path) => files[path] ?? null })).toThrow(
    `Cannot slice "f" as "x" (f → x) must not open the workbench: cell "c0" line 1 reaches b.ts, which imports it; ${AS_CONTEXT}`,
  );
  expect(sliceCells(cells, "f", { folder: "/w", readFile: () => null }).imports[0]?.specifier).toBe("./a.ts");
});

test("sliceCells() refuses names that no cell declares, and cells that do not parse", () => {
  expect(() => slice("nope", "1")).toThrow(RangeError);
  expect(() => slice("nope", "1")).toThrow(`Cannot slice "nope" as a code cell must declare it: none does`);
  expect(() => slice("z", `import { z } from "zod"`)).toThrow(
    `Cannot slice "z" as a code cell must declare it: cell "c0" only imports it`,
  );
  expect(() => slice("f", "function f( {")).toThrow(SyntaxError);
  expect(() => slice("f", "function f( {")).toThrow(
    `Cannot slice "f" as cell "c0" must be TypeScript: '}' expected at line 1`,
  );
  expect(slice("f", "broken (", "const f = 1")).toBe("export const f = 1;\n");
});

test("sliceCells() and placeInSlice() name cells by their labels", () => {
  const cells = cellsOf(["//| label: now\nconst start = Date.now()", "//| label: ride\nexport const f = () => 1"]);
  expect(() => sliceCells([...cells, { id: "g", source: "export const g = () => start" }], "g")).toThrow(
    `must not be computed at run time: cell "now" line 2 reads Date.now`,
  );
  expect(placeInSlice(sliceCells(cells, "f"), 1)).toEqual({ cell: "c1", name: "ride", line: 2 });
});

test("placeInSlice() finds cell and line of every line", () => {
  const found = sliceCells(
    cellsOf([
      "import x from 'y'\n\nconst k = 1\n/** doc */\nexport function h() {\n  return k\n}",
      "//| export\n\nexport\nconst p = () =>\n  h() + x",
    ]),
    "p",
  );
  expect(found.source).toBe(
    `import { default as x } from "y";\nconst k = 1;\nfunction h() {\n  return k\n}\nexport const p = () =>\n  h() + x;\n`,
  );
  expect(found.cells).toEqual([{ id: "c0", name: "c0", lines: [[2, 3, 1], [3, 5, 3]] }, {
    id: "c1",
    name: "c1",
    lines: [[6, 4, 2]],
  }]);
  const places = [1, 2, 3, 4, 5, 6, 7, 8].map((line) => placeInSlice(found, line));
  expect(places.map((place) => place && `${place.cell}:${place.line}`)).toEqual([
    null,
    "c0:3",
    "c0:5",
    "c0:6",
    "c0:7",
    "c1:4",
    "c1:5",
    null,
  ]);
});
