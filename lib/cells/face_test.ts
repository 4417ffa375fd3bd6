import { expect, test } from "vitest";
import { declareFaces } from "./face.ts";

async function faces(files: Record<string, string>): Promise<Record<string, string>> {
  const found = await declareFaces(["/w/mod.ts"], (path) => files[path] ?? null);
  return Object.fromEntries(found.map(({ path, text }) => [path, text.replace(/\s+/g, " ").trim()]));
}

test("declareFaces() keeps declarations and their documentation, and drops code with what only it imports", async () => {
  const found = await faces({
    "/w/mod.ts": `import { big } from "./big.ts"; import type { Row } from "./row.ts"; import { z } from "zod";
/** The first. */
export function first(rows: Row[]): z.infer<typeof z.any> { return big(rows); }`,
    "/w/row.ts": "export interface Row { a: number }",
    "/w/big.ts": `import "heavy"; export const big: unknown = 1`,
  });
  expect(found).toEqual({
    "/w/mod.ts": `import type { Row } from "./row.ts"; import { z } from "zod"; ` +
      "/** The first. */ export declare function first(rows: Row[]): z.infer<typeof z.any>;",
    "/w/row.ts": "export interface Row { a: number; }",
  });
});

test("declareFaces() cuts modules that hand on names down to what is asked of them", async () => {
  const found = await faces({
    "/w/mod.ts": `export { a as one, type B } from "./in/mod.ts"; export * from "plot";`,
    "/w/in/mod.ts":
      `export { a } from "./a.ts"; export { type B } from "./b.ts"; export { c } from "./c.ts"; export { D } from "x"`,
    "/w/in/a.ts": "export const a: import('./e.ts').E.F = 1",
    "/w/in/b.ts": "export type B = 1",
    "/w/in/c.ts": "export const c: number = 1",
    "/w/in/e.ts": "export namespace E { export type F = 1 }",
  });
  expect(Object.keys(found).sort()).toEqual(["/w/in/a.ts", "/w/in/b.ts", "/w/in/e.ts", "/w/in/mod.ts", "/w/mod.ts"]);
  expect(found["/w/in/mod.ts"]).toBe(`export { a } from "./a.ts"; export { type B } from "./b.ts";`);
  expect(found["/w/mod.ts"]).toContain(`export * from "plot";`);
});

test("declareFaces() leaves a module as it is whose types do not stand in its text, or that is not there", async () => {
  const found = await faces({
    "/w/mod.ts":
      `export { a } from "./a.ts"; export { b } from "./b.ts"; export { c } from "./c.js"; export { d } from "./d.ts";`,
    "/w/a.ts": `import { x } from "./in.ts"; export const a = x();`,
    "/w/in.ts": `export { x } from "./x.ts"; export { y } from "./y.ts";`,
    "/w/b.ts": "export function b(: { wrong",
    "/w/c.js": "export const c = 1",
    "/w/x.ts": "export const x: () => 1 = () => 1",
  });
  expect(Object.keys(found).sort()).toEqual(["/w/in.ts", "/w/mod.ts", "/w/x.ts"]);
  expect(found["/w/in.ts"]).toBe(`export { x } from "./x.ts";`);
  expect(found["/w/mod.ts"]!.match(/"[^"]*"/g)).toEqual(
    ["a.ts", "b.ts", "c.js", "d.ts"].map((name) => `"file:///w/${name}"`),
  );
});

test("declareFaces() ends on modules that import one another", async () => {
  const found = await faces({
    "/w/mod.ts": `export { A } from "./a.ts"`,
    "/w/a.ts": `import type { B } from "./b.ts"; export interface A { b: B }`,
    "/w/b.ts": `import type { A } from "./mod.ts"; export interface B { a: A }`,
  });
  expect(Object.keys(found).sort()).toEqual(["/w/a.ts", "/w/b.ts", "/w/mod.ts"]);
});
