import { Buffer } from "node:buffer";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Control } from "../control/mod.ts";
import { type Models, readVerdict, registryClient, registryHandler } from "../models/mod.ts";
import { KEY, type TestBench, testBench } from "./_test_bench.ts";
import { promoteModel } from "./promote_model.ts";
import { recordVerdict } from "./record_verdict.ts";

const REASON = { by: "ann", why: "it is better" };

let bench: TestBench, control: Control, models: Models;

beforeEach(async () => {
  bench = await testBench();
  control = await bench.control();
  models = bench.models;
  for (const intercept of [1, 2, 3]) await bench.log("delay", intercept);
  await judge("delay@1", 20);
  await judge("delay@2", 40);
});
afterEach(() => bench[Symbol.asyncDispose]());

async function judge(model: string, rmse: number): Promise<void> {
  const sinceMs = Date.now();
  await models.logMetrics(model, { rmse });
  const run = { run: "r", inputs: [], sinceMs, notebook: "e.ipynb", thresholds: { rmse: { atMost: 28 } } };
  await recordVerdict({ ...bench, key: KEY, model, ...run });
}

const promote = (ref: string, key = KEY) => {
  const pins = {
    findModel: (ref: string) => models.get(ref),
    readDigest: (ref: string) => models.readDigest(ref),
    findVerdict: async (model: Parameters<typeof readVerdict>[1]) =>
      (await readVerdict({ store: bench.store, key }, model))?.data ?? null,
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
  const none = () => Promise.resolve(null);
  const pins = { findModel: none, findVerdict: none, readDigest: (ref: string) => models.readDigest(ref) };
  await expect(promoteModel("none@1", { control, pins }, REASON)).rejects.toThrow(
    'Cannot promote model "none@1" as it is not in the registry: boathouse model list',
  );
});

test("promoteModel() refuses content that is not what was judged, also where it is loaded or promoted already", async () => {
  await promote("delay@1");
  await using _loaded = await models.hold("delay@1");
  await using handler = registryHandler({ store: bench.store, dir: `${bench.dir}/registry` });
  const client = registryClient(handler);
  const { source } = await client.getVersion("delay", "1");
  const artifact = `${source}/model.onnx`, whole = await client.getArtifact(artifact);
  await client.putArtifact(artifact, whole.slice(0, -1));
  await expect(promote("delay@1")).rejects.toThrow(
    /^Cannot promote model "delay@1" as its content must have the digest [0-9a-f]{64}, which was judged: got [0-9a-f]{64}; log/,
  );
  await client.putArtifact(artifact, whole);
  await promote("delay@1");
  const objects = [...Deno.readDirSync(`${bench.dir}/objects`)].map(({ name }) => `${bench.dir}/objects/${name}`);
  const object = objects.find((path) => Buffer.compare(Deno.readFileSync(path), whole) === 0)!;
  Deno.chmodSync(object, 0o644);
  Deno.writeFileSync(object, whole.slice(0, -1));
  await expect(promote("delay@1")).rejects.toThrow(
    /^Cannot promote model "delay@1" as its content must be there as it was judged: Cannot .*; log/,
  );
  expect((await control.state()).offset).toBe(1);
});
