import { afterEach, beforeEach, expect, test } from "vitest";
import type { PinnedModel } from "../../lib/endpoints/mod.ts";
import { openModels } from "../../lib/models/mod.ts";
import { openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { holdModels } from "./held_models.ts";

let workbench: TestWorkbench;

beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

async function pin(intercept: number): Promise<PinnedModel> {
  const version = await workbench.log("delay", intercept, 0.5);
  const { digest } = await workbench.models.get(`delay@${version}`);
  return { name: "delay", version, digest };
}

/** The workbench's registry with room for no model but the one used last; `opened` tells what is in memory. */
async function small() {
  const models = await openModels({ store: workbench.store, dir: `${workbench.root}/lake/registry`, cacheBytes: 0 });
  const live = new Set<string>();
  return {
    live,
    hold: async <A = number>(ref: string) => {
      const model = await models.hold<A>(ref);
      live.add(model.digest);
      const release = () => (live.delete(model.digest), model[Symbol.asyncDispose]());
      return { ...model, [Symbol.asyncDispose]: release };
    },
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  };
}

test("holdModels() holds each model once, and releases those that are not kept", async () => {
  const [one, two, three] = [await pin(1), await pin(2), await pin(3)];
  await using models = await small();
  const held = holdModels(models);
  const got = await Promise.all([one, one, two, three].map(held.get));
  expect(got[0]).toBe(got[1]);
  expect(models.live.size).toBe(3);
  await held.keep(new Set([one.digest, three.digest]));
  expect([...models.live].sort()).toEqual([one.digest, three.digest].sort());
  expect(await (await held.get(two)).predict([{ hour: 4 }])).toEqual([4]);
  expect(await got[2]!.predict([{ hour: 4 }])).toEqual([4]);
  await held[Symbol.asyncDispose]();
  expect(models.live.size).toBe(0);
});

test("holdModels() refuses other content than the pinned one, releases it, and tries again", async () => {
  const one = await pin(1);
  await using models = await small();
  await using held = holdModels(models);
  await expect(held.get({ ...one, digest: "0".repeat(64) })).rejects.toThrow(
    `Cannot serve model "delay@1" as its content must have the digest ${"0".repeat(64)}: got ${one.digest}`,
  );
  expect(models.live.size).toBe(0);
  const missing = { ...one, version: "2" };
  await expect(held.get(missing)).rejects.toThrow("that version must be there");
  await workbench.log("delay", 2, 0.5);
  await expect(held.get(missing)).rejects.toThrow("its content must have the digest");
});
