import { expect, test } from "vitest";
import { openStore } from "../store/mod.ts";
import { EXAMPLE, RICH, setup, SIMPLE } from "./_test_models.ts";
import { registryClient } from "./client/registry_client.ts";
import { openModels } from "./models.ts";
import { registryHandler } from "./registry/registry_handler.ts";

test("logMetrics() keeps an evaluation apart from what training logged, the latest one whole", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, metrics: { rmse: 1 } });
  await bench.models.logMetrics("delay@1", { rmse: { value: 27, low: 26, high: 28, n: 100 }, mae: 9 });
  await bench.models.logMetrics("delay@1", { rmse: { value: 20, n: 50 } });
  const { metrics, evaluation } = await bench.models.get("delay@1");
  expect(metrics).toEqual({ rmse: 1 });
  expect(evaluation).toEqual({
    rmse: { value: 20, n: 50, loggedMs: expect.any(Number) },
    mae: { value: 9, loggedMs: expect.any(Number) },
  });
  await expect(bench.models.logMetrics("delay@1", { rmse: NaN })).rejects.toThrow(
    'metric "rmse" as its numbers must be finite: got NaN',
  );
  await expect(bench.models.logMetrics("delay@1", { "a/b": 1 })).rejects.toThrow(RangeError);
  await expect(bench.models.logMetrics("delay@2", { a: 1 })).rejects.toThrow("that version must be there");
});

test("get() and load() take a version that was registered without a run or a digest, as other clients do", async () => {
  await using bench = await setup();
  const { digest } = await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  await using handler = registryHandler({ store: bench.store, dir: `${bench.dir}/registry` });
  const client = registryClient(handler);
  const { source } = await client.getVersion("delay", "1");
  await client.ensureModel("of others");
  await client.createVersion({ name: "of others", source, runId: "", tags: {} });
  expect(await bench.models.get("of others@1")).toMatchObject({ digest, metrics: {}, parameters: {}, tags: {} });
  expect(await (await bench.models.load("of others@1")).predict([EXAMPLE])).toEqual([188.25]);
  expect(await bench.models.versions("of others")).toHaveLength(1);
});

test("setTag() tags a version, and two versions never share a digest", async () => {
  await using bench = await setup();
  const { digest } = await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  await bench.models.log("delay", { onnx: RICH, example: EXAMPLE });
  await bench.models.setTag("delay@2", "team", "rail");
  expect((await bench.models.get("delay@2")).tags).toMatchObject({ team: "rail" });
  await expect(bench.models.setTag("delay@2", "boathouse.digest", digest)).rejects.toThrow(
    "already exists with boathouse.digest=",
  );
});

test("a version and a model show themselves in a notebook, the same after an evaluation", async () => {
  await using bench = await setup();
  const version = await bench.models.log("delay", {
    onnx: SIMPLE,
    example: EXAMPLE,
    metrics: { rmse: 27.123456789 },
    parameters: { note: "<b>" },
  });
  const show = (object: unknown) =>
    (object as { [key: symbol]: () => Record<string, string> })[Symbol.for("Jupyter.display")]!();
  const shown = show(version);
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(["text/plain", "text/html", "text/markdown"]));
  expect(shown["text/plain"]).toContain("delay@1");
  expect(shown["text/plain"]).toContain("distance (double)");
  expect(shown["text/plain"]).toContain("27.123457");
  expect(shown["text/html"]).not.toContain("<b>");
  await bench.models.logMetrics("delay@1", { rmse: 3 });
  expect(show(await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE }))).toEqual(shown);
  expect(show(await bench.models.load("delay@1"))["text/plain"]).toContain(version.digest.slice(0, 12));
  expect(JSON.stringify(version)).not.toContain("display");
});

test("openModels() refuses a file that is no database, and one of a newer version", async () => {
  const dir = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${dir}/registry.db`, "no database, but long enough to be looked at ".repeat(10));
  const store = await openStore({ kind: "directory", dir });
  await expect((async () => await openModels({ store, dir }))()).rejects.toThrow(
    `Cannot open "${dir}/registry.db" as the model registry: file is not`,
  );
});
