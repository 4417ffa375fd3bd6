import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { bundleFunction } from "./bundle.ts";

const SOURCE = `import { defineFunction, z } from "boathouse";
import { twice } from "./twice.ts";
export const f = defineFunction({
  input: z.object({ x: z.number() }),
  output: z.object({ y: z.number() }),
  run: ({ x }: { x: number }) => ({ y: twice(x) }),
});
`;

async function workbench(): Promise<string> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/deno.json`, "{}");
  await Deno.mkdir(`${dir}/notebooks`);
  await Deno.writeTextFile(`${dir}/notebooks/twice.ts`, "export const twice = (x: number): number => 2 * x;\n");
  return dir;
}

async function bundle(source = SOURCE, entry: "handler" | "describer" = "handler") {
  const root = await workbench();
  return await bundleFunction({ source, name: "f", folder: `${root}/notebooks`, root, entry });
}

async function load(code: string): Promise<(input: unknown, context: unknown) => Promise<unknown>> {
  const file = await Deno.makeTempFile({ suffix: ".mjs" });
  await Deno.writeTextFile(file, code);
  return (await import(pathToFileURL(file).href)).default;
}

test("bundleFunction() makes one module whose default export answers", async () => {
  const handler = await load((await bundle()).code);
  expect(await handler({ x: 4 }, {})).toEqual({ y: 8 });
});

test("bundleFunction() describes a function in the same way", async () => {
  const describe = await load((await bundle(SOURCE, "describer")).code);
  expect(await describe(null, {})).toMatchObject({ models: {}, budgetMs: 100, input: { type: "object" } });
});

test("bundleFunction() gives the same bytes from any folder", async () => {
  const [one, two] = [await bundle(), await bundle()];
  expect(one.code).toBe(two.code);
  expect(one.code).not.toContain("/tmp");
});

test.each<[string, RegExp]>([
  [
    'import "./gone.ts";',
    /Cannot bundle function "f" as all it imports must be found: Could not resolve "\.\/gone\.ts"/,
  ],
  ['import "node:fs";', /"node:fs" is not there in a served function: it runs without files, network and Node/],
  [
    'import * as Plot from "boathouse/plot"; export const p = Plot;',
    /"boathouse\/plot" is not there in a served function/,
  ],
  [
    'import { open } from "boathouse"; export const o = open;',
    /No matching export in .*runtime\.ts.* for import "open"/,
  ],
])("bundleFunction() refuses %s", async (line, message) => {
  const refused = bundle(`${line}\n${SOURCE}`);
  await expect(refused).rejects.toThrow(SyntaxError);
  await expect(refused).rejects.toThrow(message);
});
