import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { type Control, openControl } from "../control/mod.ts";
import { buildOnnx, type Models, openModels, readVerdict } from "../models/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { promoteModel } from "./promote_model.ts";
import { recordVerdict } from "./record_verdict.ts";

const KEY = "k".repeat(32);
const REASON = { by: "ann", why: "it is better" };

let bus: Bus, control: Control, models: Models, store: Store;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  store = await openStore({ kind: "directory", dir });
  bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  control = stack.use(await openControl({ bus, key: KEY }));
  models = stack.use(await openModels({ store, dir: `${dir}/registry` }));
  for (const intercept of [1, 2, 3]) {
    await models.log("delay", { onnx: buildOnnx({ intercept, slopes: { km: 2 } }), example: { km: 1 } });
  }
  await judge("1", 20);
  await judge("2", 40);
});
afterEach(() => stack.disposeAsync());

async function judge(version: string, rmse: number): Promise<void> {
  const sinceMs = Date.now();
  await models.logMetrics(`delay@${version}`, { rmse });
  const thresholds = { rmse: { atMost: 28 } };
  const run = { run: "r", inputs: [], sinceMs, notebook: "e.ipynb", thresholds };
  await recordVerdict({ store, bus, models, key: KEY, model: `delay@${version}`, ...run });
}

const promote = (ref: string, key = KEY) => {
  const pins = {
    findModel: (ref: string) => models.get(ref),
    findVerdict: async (model: Parameters<typeof readVerdict>[1]) =>
      (await readVerdict({ store, key }, model))?.data ?? null,
  };
  return promoteModel(ref, { control, pins }, REASON);
};

test("promoteModel() puts a version with a passing verdict on control, once", async () => {
  const { digest } = await models.get("delay@1");
  const first = await promote("delay@1");
  expect(first).toEqual({ name: "delay", version: "1", digest, previous: null, offset: 0, changed: true });
  expect((await control.state()).models.delay).toMatchObject({ version: "1", digest, by: "ann", offset: 0 });
  expect(await promote("delay@1")).toEqual({ ...first, previous: "1", changed: false });
  expect((await control.state()).offset).toBe(1);
});

test("promoteModel() resolves an alias once, and what moves it later changes nothing", async () => {
  await models.setAlias("delay", "champion", "1");
  expect((await promote("delay@champion")).version).toBe("1");
  await models.setAlias("delay", "champion", "2");
  expect((await control.state()).models.delay).toMatchObject({ version: "1" });
});

test.each([
  [
    "delay@2",
    'Cannot promote model "delay@2" as its verdict is "fail" on rmse: log a better version, and run boathouse',
  ],
  [
    "delay@3",
    /^Cannot promote model "delay@3" as its content \([0-9a-f]{12}\) was not evaluated: run boathouse evaluate/,
  ],
])("promoteModel() refuses %s", async (ref, message) => {
  await expect(promote(ref)).rejects.toThrow(message);
  expect((await control.state()).offset).toBe(0);
});

test("promoteModel() refuses a verdict that another key signed, and a model that is not there", async () => {
  await expect(promote("delay@1", "x".repeat(32))).rejects.toThrow("must be signed by this workbench's key");
  const pins = { findModel: () => Promise.resolve(null), findVerdict: () => Promise.resolve(null) };
  await expect(promoteModel("none@1", { control, pins }, REASON)).rejects.toThrow(
    'Cannot promote model "none@1" as it is not in the registry: boathouse model list',
  );
});
