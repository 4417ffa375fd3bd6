import { expect, test } from "vitest";
import { makeWorkbench } from "./_temp_workbench.ts";
import { startChild } from "./child.ts";

test("execute() picks up an edited helper, also behind another one, and keeps unchanged ones", async () => {
  await using bench = await makeWorkbench();
  await bench.write(
    "notebooks/near.ts",
    `export { far } from "./far.ts"; export { far2 } from "./far2.ts"; export const near = {};`,
  );
  await bench.write("notebooks/far.ts", "export const far = 1;");
  await bench.write("notebooks/far2.ts", "export const far2 = {};");
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const run = async (source: string) => {
    const { outputs } = await child.execute("a", source);
    return JSON.stringify(outputs.map((output) => "data" in output ? output.data["text/plain"] : output));
  };
  const source = `import { far, far2, near } from "./near.ts"; far`;
  expect(await run(source)).toBe(`["1"]`);
  await run("const before = { near, far2 }");

  await bench.write("notebooks/far.ts", "export const far = 2; // edited");
  expect(await run(source)).toBe(`["2"]`);
  expect(await run("[before.near === near, before.far2 === far2]")).toBe(`["[ false, true ]"]`);
  expect(await run(`(await import("./near.ts")).far`)).toBe(`["2"]`);

  await bench.write("notebooks/far.ts", "export const far = (): never => { throw new Error('edited') };");
  expect(await run(`import { far } from "./far.ts"; far()`)).toContain("at far (notebooks/far.ts:1:41)");

  await bench.write("notebooks/far.ts", "export const far = 1; // as it was");
  expect(await run(source)).toBe(`["1"]`);
});

test("execute() loads a helper that was not there at first", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const source = `import { a } from "./later.ts"; a`;
  expect((await child.execute("a", source)).status).toBe("error");
  await bench.write("notebooks/later.ts", "export const a = 1;");
  expect((await child.execute("a", source)).outputs).toMatchObject([{ data: { "text/plain": "1" } }]);
});

test("execute() imports bare names by the workbench's import map, and npm's own modules", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const { outputs } = await child.execute(
    "a",
    `import { root } from "boathouse"; import path from "node:path"; path.basename(root).length > 0`,
  );
  expect(outputs).toMatchObject([{ data: { "text/plain": "true" } }]);
});

test("an edited deno.json is read again: names, folders and what is taken out", async () => {
  await using bench = await makeWorkbench();
  const config = (imports: Record<string, string>) =>
    bench.write("deno.json", JSON.stringify({ imports: { boathouse: "./boathouse.ts", ...imports } }));
  await bench.write("one.ts", "export const n = 1;");
  await bench.write("two.ts", "export const n = 2;");
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const load = async (specifier: string) => {
    const { outputs, error } = await child.execute("a", `import { n } from "${specifier}"; n`);
    return error?.message ?? JSON.stringify(outputs);
  };
  expect(await load("number")).toContain(`Import "number" not a dependency`);
  await config({ number: "./one.ts", "numbers/": "./" });
  expect(await load("number")).toContain('"text/plain":"1"');
  expect(await load("numbers/two.ts")).toContain('"text/plain":"2"');
  await config({ number: "./two.ts" });
  expect(await load("number")).toContain('"text/plain":"2"');
  await config({});
  for (const specifier of ["number", "constructor"]) expect(await load(specifier)).toMatch(/not (found|a dependency)/);
});
