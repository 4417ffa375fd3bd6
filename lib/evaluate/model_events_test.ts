import { expect, test } from "vitest";
import { compileSchema, createEvent, messageOf, STANDARD_EVENTS, verifyEvent } from "../events/mod.ts";
import { registryClient, registryHandler } from "../models/mod.ts";
import { KEY, testBench } from "./_test_bench.ts";
import { type ModelChange, watchModels } from "./model_events.ts";

async function setup() {
  const stack = new AsyncDisposableStack();
  const bench = stack.use(await testBench());
  const raw = registryClient(stack.use(registryHandler({ store: bench.store, dir: `${bench.dir}/registry` })));
  const watch = () => watchModels({ ...bench, key: KEY });
  const log = async (name: string, intercept: number) =>
    (await bench.models.get(await bench.log(name, intercept))).digest;
  const told = async () =>
    (await bench.events("model")).map((event) => {
      expect(verifyEvent(event, KEY)).toBe(true);
      expect(compileSchema(STANDARD_EVENTS.model!.schema)(event.data)).toBe(null);
      const { signature: _, ...data } = event.data;
      return data as unknown as ModelChange;
    });
  return { ...bench, raw, watch, log, told, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("reconcile() tells each version and each move of an alias once, whoever asks and however often", async () => {
  await using bench = await setup();
  const one = await bench.log("delay", 1);
  const two = await bench.log("delay", 2);
  await bench.models.setAlias("delay", "champion", "1");
  const first = bench.watch();
  await first.reconcile();
  await bench.models.setAlias("delay", "champion", "2");
  await Promise.all([first.reconcile(), bench.watch().reconcile(), bench.watch().reconcile()]);
  await bench.models.setAlias("delay", "champion", "1");
  await bench.watch().reconcile();
  await bench.models.deleteAlias("delay", "champion");
  await first.reconcile();
  expect((await first.reconcile()).changes).toEqual([]);
  const alias = { model: "delay", alias: "champion", by: "registry" };
  expect(await bench.told()).toEqual([
    { model: "delay", version: "1", digest: one, action: "created", by: "registry" },
    { model: "delay", version: "2", digest: two, action: "created", by: "registry" },
    { ...alias, version: "1", digest: one, action: "alias" },
    { ...alias, version: "2", digest: two, action: "alias", previous: "1" },
    { ...alias, version: "1", digest: one, action: "alias", previous: "2" },
    { ...alias, version: "1", digest: one, action: "deleted" },
  ]);
  expect(first.known().versions.get("delay")).toEqual(new Map([["1", one], ["2", two]]));
});

test("reconcile() tells a version that was logged by others, and says which one cannot be read", async () => {
  await using bench = await setup();
  const digest = await bench.log("delay", 1);
  const { source, run_id } = await bench.raw.getVersion("delay", "1");
  await bench.raw.ensureModel("copied");
  await bench.raw.createVersion({ name: "copied", source, runId: run_id, tags: {} });
  await bench.raw.createVersion({ name: "copied", source: `${source}/nowhere`, runId: run_id, tags: {} });
  const { changes, unread } = await bench.watch().reconcile();
  expect(changes).toContainEqual({ model: "copied", version: "1", digest, action: "created", by: "registry" });
  expect(unread).toEqual([{ model: "copied@2", reason: expect.stringContaining("MLmodel") }]);
  expect((await bench.watch().reconcile()).changes).toEqual([]);
});

test("reconcile() takes no event that is not signed by the workbench", async () => {
  await using bench = await setup();
  const digest = await bench.log("delay", 1);
  await bench.bus.createTopic("model");
  const data = { model: "delay", version: "1", digest, action: "created", by: "mallory", signature: "0".repeat(64) };
  const forged = createEvent({ type: STANDARD_EVENTS.model!.type, source: "/x", data });
  await bench.bus.append("model", 0, [messageOf(forged), { key: null, eventTimeMicros: null, value: "?" }]);
  expect((await bench.watch().reconcile()).changes).toHaveLength(1);
});

test("reconcile() tells of no deletion that one listing alone shows, and of a real one", async () => {
  await using bench = await setup();
  for (const intercept of [1, 2]) await bench.log("delay", intercept);
  await bench.models.setAlias("delay", "champion", "2");
  await bench.watch().reconcile();
  let listings = 0;
  const inventory = async () => {
    const found = await bench.models.inventory();
    if (++listings === 1) found.delete("delay"); // somebody deleted what stands before it, between two pages
    return found;
  };
  const watch = watchModels({ bus: bench.bus, models: { ...bench.models, inventory }, key: KEY });
  expect([(await watch.reconcile()).changes, listings]).toEqual([[], 2]);
  await bench.raw.deleteVersion("delay", "1");
  expect((await watch.reconcile()).changes).toMatchObject([{ version: "1", action: "deleted" }]);
});
