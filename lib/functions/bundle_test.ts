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

test("bundleFunction() answers several at once", async () => {
  const sources = [1, 2, 3, 4].map((n) => SOURCE.replace("twice(x)", `${n} * twice(x)`));
  const codes = await Promise.all(sources.map(async (source) => (await bundle(source)).code));
  expect(new Set(codes).size).toBe(4);
});

async function bundleElsewhere(env: Record<string, string>): Promise<string> {
  const root = await workbench();
  await Deno.writeTextFile(
    `${root}/bundle.ts`,
    `import { bundleFunction } from ${JSON.stringify(new URL("./bundle.ts", import.meta.url).href)};
     const input = { source: ${JSON.stringify(SOURCE)}, name: "f", folder: "${root}/notebooks", root: "${root}" };
     console.log((await bundleFunction({ ...input, entry: "handler" })).code);`,
  );
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", new URL("../../deno.json", import.meta.url).pathname, `${root}/bundle.ts`],
    env,
  }).output();
  const code = new TextDecoder().decode(stdout);
  if (code === "") throw new Error(new TextDecoder().decode(stderr));
  return code;
}

test("bundleFunction() gives the same bytes in any time zone and locale", async () => {
  const here = await bundleElsewhere({ TZ: "UTC", LANG: "C", LC_ALL: "C" });
  const there = await bundleElsewhere({ TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" });
  expect(there).toBe(here);
  expect((await bundle()).code.trim()).toBe(here.trim());
});

test("bundleFunction() takes names of the import map, files as well as packages of exact versions", async () => {
  const root = await workbench();
  await Deno.mkdir(`${root}/shared`);
  await Deno.writeTextFile(`${root}/shared/rate.ts`, "export const rate = 3;\n");
  await Deno.symlink(new URL("../../node_modules", import.meta.url).pathname, `${root}/node_modules`);
  const imports = { rate: "./shared/rate.ts", "@shared/": "./shared/", stats: "npm:simple-statistics@^7.0.0" };
  await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports }));
  const made = (...lines: string[]) =>
    bundleFunction({
      source: `${lines.join("\n")}\n${SOURCE}`,
      name: "f",
      folder: `${root}/notebooks`,
      root,
      entry: "handler",
    });
  const uses = (
    name: string,
    specifier: string,
  ) => [`import { ${name} as used } from "${specifier}";`, "export const u = used;"];
  for (const specifier of ["rate", "@shared/rate.ts"]) {
    expect((await made(...uses("rate", specifier))).code).toContain("f");
  }
  await expect(made(...uses("mean", "stats"))).rejects.toThrow(
    `"npm:simple-statistics@^7.0.0" must be fixed to one version by deno.lock: run deno install`,
  );
  const lock = {
    specifiers: { "npm:simple-statistics@^7.0.0": "7.12.1" },
    npm: { "simple-statistics@7.12.1": { integrity: "sha512-x" } },
  };
  await Deno.writeTextFile(`${root}/deno.lock`, JSON.stringify(lock));
  expect((await made(...uses("mean", "stats"))).packages).toMatchObject({ "simple-statistics@7.12.1": "sha512-x" });
  await expect(made(...uses("mean", "npm:simple-statistics@7.0.0"))).rejects.toThrow(
    `"npm:simple-statistics@7.0.0" must lie in node_modules as version 7.0.0: run deno install`,
  );
});
