import { expect, test } from "vitest";
import { openTestWorkbench } from "./_test_workbench.ts";
import { NO_FAULTS } from "./faults.ts";
import { functionFinder } from "./find_function.ts";
import { openFunctionHost } from "./function_host.ts";

test("functionFinder() reads and warms up a version once, and anew when its alias names another model", async () => {
  await using bench = await openTestWorkbench();
  const read: string[] = [];
  const store = {
    ...bench.store,
    get: (path: string) => (read.push(path.split("/").at(-1)!), bench.store.get(path)),
  };
  await using host = openFunctionHost({ store, models: bench.models, faults: () => NO_FAULTS });
  await bench.log("delay", 1, 0.5);
  await bench.models.setAlias("delay", "champion", "1");
  const body = `const [minutes] = await ctx.call("model", "delay", [input]); return { minutes };`;
  const hash = await bench.promote("f", {
    body,
    models: { delay: "delay@champion" },
    examples: [{ route: "a", hour: 1 }],
  });
  await bench.promote("g", { body: "return { minutes: 1 };" });
  const find = functionFinder({ control: bench.control, store, models: bench.models, host }, 1);
  const first = await find("f");
  expect(first).toMatchObject({ call: { hash, models: { delay: { version: "1" } } }, schemas: { input: {} } });
  expect(read).toContain("manifest.json");
  read.length = 0;
  expect(await find(`f@${hash}`)).toEqual(first);
  expect(read).toEqual([]);
  await bench.log("delay", 2, 0.5);
  await bench.models.setAlias("delay", "champion", "2");
  expect(await find("f")).toMatchObject({ call: { models: { delay: { version: "2" } } } });
  expect(read).toEqual(["examples.json"]);
  await find("g");
  read.length = 0;
  await find("f");
  expect(read).toEqual(["manifest.json", "examples.json"]);
});

test("functionFinder() finds no function that was not promoted, and tries again what failed", async () => {
  await using bench = await openTestWorkbench();
  const { control, store, models } = bench;
  await using host = openFunctionHost({ store, models, faults: () => NO_FAULTS });
  const find = functionFinder({ control, store, models, host });
  const hash = await bench.promote("f", { body: "return { minutes: 1 };" });
  for (const ref of ["g", "constructor", `f@${"0".repeat(64)}`, "f@"]) expect(await find(ref)).toBeNull();
  const path = `objects/functions/${hash}/manifest.json`;
  const manifest = await store.get(path);
  await store.put(path, new TextEncoder().encode("{}"));
  await expect(find("f")).rejects.toThrow();
  await store.put(path, manifest);
  expect(await find("f")).toMatchObject({ call: { hash } });
});
