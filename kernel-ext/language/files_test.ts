import { afterAll, beforeAll, expect, test } from "vitest";
import { errorsIn, makeNotebook, type TempNotebook } from "./_temp_notebook.ts";

const MAP = { boathouse: "./lib/mod.ts", "@/": "./src/" };
let notebook: TempNotebook;
beforeAll(async () => {
  notebook = await makeNotebook({
    "deno.json": `{\n// a comment\n"imports": ${JSON.stringify(MAP)}, }`,
    "lib/mod.ts": `import { heavy } from "./heavy.ts";\n/** Opens. */\nexport function open(): Lake { return heavy; }
export interface Lake { table(name: string): number }`,
    "lib/heavy.ts": "export const heavy: any = 1;",
    "lib/other.ts": "export function open(): boolean { return true; }",
    "src/deep.ts": "export const deep = 2;",
    "notebooks/a/near.ts": "export const near = 3;",
    "notebooks/a/b/model.ts": `export * from "./part.ts";`,
    "notebooks/a/b/part.ts": "export const weight = 1;",
  });
});
afterAll(() => notebook[Symbol.asyncDispose]());

test("diagnose() resolves imports from the notebook's folder and by the workbench's import map", async () => {
  const { language } = notebook;
  language.ran("a", `import { open } from "boathouse"; const lake = open();`);
  language.ran("b", `import { deep } from "@/deep.ts"; import { near } from "../near.ts";`);
  expect(await errorsIn(language, "const t: number = lake.table('x') + deep + near;")).toEqual([]);
  expect(await errorsIn(language, "const t: string = lake.table(deep);")).toEqual([
    "2322 Type 'number' is not assignable to type 'string'.",
    "2345 Argument of type 'number' is not assignable to parameter of type 'string'.",
  ]);
  expect((await language.inspect("open()", 2))?.plain).toContain("open(): Lake\nOpens.");
});

test("diagnose() sees files that were edited, made and removed since the last question", async () => {
  const { language, write, root } = notebook;
  language.ran("c", `import { weight } from "./model.ts";`);
  expect(await errorsIn(language, "const w: number = weight;")).toEqual([]);
  await write("notebooks/a/b/part.ts", "export const weight = 'heavy';");
  expect(await errorsIn(language, "const w: number = weight;")).toEqual([
    "2322 Type 'string' is not assignable to type 'number'.",
  ]);
  const late = `import { late } from "./late.ts"; const l: number = late;`;
  expect((await errorsIn(language, late))[0]).toContain("no-local");
  await write("notebooks/a/b/late.ts", "export const late = 1;");
  expect(await errorsIn(language, late)).toEqual([]);
  await Deno.remove(`${root}/notebooks/a/b/late.ts`);
  expect((await errorsIn(language, late))[0]).toContain("no-local");
});

test("diagnose() sees an edited library and an edited import map", async () => {
  const { language, write } = notebook;
  const source = `import { open } from "boathouse"; const n: number = open();`;
  const notNumber = (type: string) => [`2322 Type '${type}' is not assignable to type 'number'.`];
  expect(await errorsIn(language, source)).toEqual(notNumber("Lake"));
  await write("lib/mod.ts", "export function open(): string { return 'text'; }");
  expect(await errorsIn(language, source)).toEqual(notNumber("string"));
  await write("deno.json", JSON.stringify({ imports: { ...MAP, boathouse: "./lib/other.ts" } }));
  expect(await errorsIn(language, source)).toEqual(notNumber("boolean"));
  await write("deno.json", JSON.stringify({ imports: {} }));
  expect((await errorsIn(language, source))[0]).toMatch(/Import "boathouse" not a dependency and not in import map\n/);
});

test("diagnose() of a notebook outside of its workbench knows the workbench's import map", async () => {
  await using elsewhere = await makeNotebook({ "notebooks/a/b/near.ts": "export const near = 'text';" });
  await using inside = await makeNotebook({
    "deno.json": `{ "imports": { "boathouse": "./lib/mod.ts" } }`,
    "lib/mod.ts": "export const lake: number = 1;",
  }, { cwd: `${elsewhere.root}/notebooks/a/b` });
  const source =
    `import { lake } from "boathouse"; import { near } from "./near.ts"; const x: boolean[] = [lake, near];`;
  expect(await errorsIn(inside.language, source)).toEqual([
    "2322 Type 'number' is not assignable to type 'boolean'.",
    "2322 Type 'string' is not assignable to type 'boolean'.",
  ]);
});
