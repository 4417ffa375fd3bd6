import { afterAll, beforeAll, expect, test } from "vitest";
import { sliceCells } from "../cells/mod.ts";
import { sha256 } from "../events/mod.ts";
import { openSandbox, type Sandbox } from "../sandbox/mod.ts";
import { HEAD } from "./_test_workbench.ts";
import { bundleFunction } from "./bundle.ts";

let root: string, sandbox: Sandbox;

beforeAll(async () => {
  root = await Deno.makeTempDir();
  sandbox = await openSandbox({
    product: "table",
    host: { call: () => Promise.resolve(null) },
    spares: 0,
    loadMs: 60_000,
  });
  const imports = { rates: "./shared/rates.ts", "@shared/": "./shared/", stats: "npm:simple-statistics@7.12.1" };
  await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports }));
  await Deno.symlink(new URL("../../node_modules", import.meta.url).pathname, `${root}/node_modules`);
  for (const folder of ["shared", "notebooks"]) await Deno.mkdir(`${root}/${folder}`);
  await Deno.writeTextFile(`${root}/shared/rates.ts`, "export const rate = 3;\n");
  await Deno.writeTextFile(`${root}/notebooks/table.json`, '{ "a": 5 }');
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await Deno.remove(root, { recursive: true });
});

const f = (run: string) =>
  `export const f = defineFunction({ input: z.object({ x: z.number() }), output: z.object({ y: z.number() }), run: ${run} });`;

interface Case {
  what: string;
  cells: string[];
  /** The body of f. */
  run: string;
  /** What the slice has between its imports of the library and f. */
  slice: string;
  /** The answer to x = 3. */
  y: number;
}

const fromOf = (line: string) => line.slice(line.indexOf(" from "));

const LIBRARY = `import { defineFunction, z } from "boathouse";`;

test.each<Case>([
  {
    what: "types and interfaces",
    cells: [
      "type A = { x: number };\ninterface B extends A {}",
      "const rows = await load();",
      "const g = (a: B): number => a.x",
    ],
    run: "(input) => ({ y: g(input) })",
    slice: "type A = { x: number };\ninterface B extends A {}\nconst g = (a: B): number => a.x;",
    y: 3,
  },
  {
    what: "classes with private and static members",
    cells: ["class P { #n = 2; static k = 4; get n() { return this.#n } }", "class Q extends P {}"],
    run: "({ x }) => ({ y: x + new Q().n + P.k })",
    slice: "class P { #n = 2; static k = 4; get n() { return this.#n } }\nclass Q extends P {}",
    y: 9,
  },
  {
    what: "enums, const ones too",
    cells: ["enum C { A = 3, B }", "const enum D { Q = 7 }"],
    run: "({ x }) => ({ y: x + C.B + D.Q })",
    slice: "enum C { A = 3, B }\nconst enum D { Q = 7 }",
    y: 14,
  },
  {
    what: "generators, asynchronous ones too",
    cells: [
      "function* g(n: number) { for (let i = 0; i < n; i++) yield i }",
      "async function* h(n: number) { yield* g(n) }",
    ],
    run: "async ({ x }) => { let y = 0; for await (const i of h(x)) y += i; return { y } }",
    slice:
      "function* g(n: number) { for (let i = 0; i < n; i++) yield i }\nasync function* h(n: number) { yield* g(n) }",
    y: 3,
  },
  {
    what: "destructuring with defaults and rest",
    cells: ["const { a, b: [c = 4], ...rest } = { a: 1, b: [] as number[], d: 9 }, unused = 1"],
    run: "({ x }) => ({ y: x + a + c + rest.d })",
    slice: "const { a, b: [c = 4], ...rest } = { a: 1, b: [] as number[], d: 9 };",
    y: 17,
  },
  {
    what: "a name declared twice: the last wins",
    cells: ["const k = 1", "const k = 2"],
    run: "({ x }) => ({ y: x + k })",
    slice: "const k = 2;",
    y: 5,
  },
  {
    what: "a namespace and an overload",
    cells: [
      "namespace N { export const n = 1 }",
      "function g(x: string): number;\nfunction g(x: number): number;\nfunction g(x: unknown) { return Number(x) }",
    ],
    run: "({ x }) => ({ y: N.n + g(x) })",
    slice:
      "namespace N { export const n = 1 }\nfunction g(x: string): number;\nfunction g(x: number): number;\nfunction g(x: unknown) { return Number(x) }",
    y: 4,
  },
  {
    what: "a mapped file",
    cells: [`import { rate, other } from "rates";`],
    run: "({ x }) => ({ y: x * rate })",
    slice: `import { rate } from "rates";`,
    y: 9,
  },
  {
    what: "a mapped folder",
    cells: [`import { rate } from "@shared/rates.ts";`],
    run: "({ x }) => ({ y: x * rate })",
    slice: `import { rate } from "@shared/rates.ts";`,
    y: 9,
  },
  {
    what: "a mapped package",
    cells: [`import { mean } from "stats";`],
    run: "({ x }) => ({ y: mean([x, 4]) })",
    slice: `import { mean } from "stats";`,
    y: 3.5,
  },
  {
    what: "an npm: import",
    cells: [`import { mean } from "npm:simple-statistics@7.12.1";`],
    run: "({ x }) => ({ y: mean([x, 4]) })",
    slice: `import { mean } from "npm:simple-statistics@7.12.1";`,
    y: 3.5,
  },
  {
    what: "a JSON import",
    cells: [`import t from "./table.json" with { type: "json" };`],
    run: "({ x }) => ({ y: x + t.a })",
    slice: `import { default as t } from "./table.json" with {"type":"json"};`,
    y: 8,
  },
])("a function is promoted with $what", async ({ cells, run, slice, y }) => {
  const sources = [HEAD, ...cells, f(run)];
  const { source } = sliceCells(sources.map((source, at) => ({ id: `c${at}`, source })), "f");
  const [imports, rest] = slice.startsWith("import ") ? [[LIBRARY, slice], []] : [[LIBRARY], [slice]];
  expect(source).toBe(`${[...imports.sort((a, b) => fromOf(a) < fromOf(b) ? -1 : 1), ...rest, f(run)].join("\n")}\n`);
  const { code } = await bundleFunction({ source, name: "f", folder: `${root}/notebooks`, root, entry: "handler" });
  const hash = sha256(code);
  await sandbox.load({ hash, bundle: code, budgetMs: 20_000, memoryBytes: 2 ** 26 });
  const context = { decision: "d", nowMs: 0, seed: "s", budgetMs: 20_000 };
  expect((await sandbox.call(hash, { x: 3 }, context)).output).toEqual({ y });
});
