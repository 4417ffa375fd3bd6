import { expect, test } from "vitest";
import { eraseTypes, transpile } from "./_emit.ts";
import { parseSyntax } from "./syntax.ts";

const FOLDER = new URL(".", import.meta.url);

const CELLS = [
  "",
  "// only words",
  "#!/usr/bin/env deno\n1",
  "\ufeffconst a = 1;\na",
  `"use strict";\nconst a: number = 0b1_0 + 10_000;\na!`,
  "const { a, ...rest }: { a: number } = <any>o satisfies object as unknown;\r\nrest",
  "interface I {} type T = I; declare const d: T; declare function g(): void; let later: string | undefined",
  "function f(this: Window, a?: number, ...rest: string[]): asserts a is number;\nfunction f(a: any) { return a }",
  "const f = async <T extends object>(x: T): Promise<T> => await x;\nawait (f<{ a: 1 }>)({ a: 1 })",
  "const o = { get x(): number { return 1 }, set x(v: number) {}, async *m<T>(): AsyncGenerator<T> { yield* [] } };",
  `import d, { type T, a as b } from "m"; import type { U } from "u"; import * as N from "n" with { type: "json" };`,
  `export * from "n"; export type { T } from "t"; export default f(1);\nexport const x = 1, y: string = "ü\u{1f600}";`,
  "label: for await (const x of xs as any) { for (var i in x!) continue label; }\nif (x) { var { y } = x } else debugger",
  "try { throw 1 } catch { new.target } finally { import.meta.url }",
  "a ?? b?.c?.[d]?.(e!) ?? `${x as string}${/[a-z]/v}` ** 2\n  // end",
  "let x = 1\n\n\nx ||= 2; ({ x } = { x }); (x as any) = 3; x! += 1",
  `throw new Error("no")`,
];

test("eraseTypes() gives the text and the mappings that TypeScript's own compiler gives", async () => {
  const files = (await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name)).filter((name) =>
    name.endsWith(".ts")
  );
  const modules = await Promise.all(files.map((name) => Deno.readTextFile(new URL(name, FOLDER))));
  for (const source of [...CELLS, ...modules]) {
    const { fileName } = parseSyntax(source).file;
    expect(eraseTypes(source, fileName), source).toEqual(transpile(source, fileName));
  }
  expect(modules.length).toBeGreaterThan(20);
});

test.each([
  "class A {}",
  "const a = class {}",
  "if (x) { enum E { A } }",
  "namespace N { export const a = 1 }",
  "import a = N.b",
  "export = a",
  "{ using file = open() }",
  "await using file = open()",
  "const a = <b>1</b>;",
])("eraseTypes() leaves %j to TypeScript's compiler", (source) => {
  expect(eraseTypes(source, parseSyntax(source).file.fileName)).toBeNull();
});
