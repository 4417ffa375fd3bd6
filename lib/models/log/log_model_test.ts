import { expect, test } from "vitest";
import type { InputRead } from "../../lake/mod.ts";
import { type Bench, EXAMPLE, READ, RICH, setup, SIMPLE } from "../_test_models.ts";
import { registryClient } from "../client/registry_client.ts";
import type { Models } from "../models.ts";
import { registryHandler } from "../registry/registry_handler.ts";

test("log() gives version 1, and what it was logged with comes back", async () => {
  await using bench = await setup();
  const version = await bench.models.log("flight-delay", {
    onnx: RICH,
    example: EXAMPLE,
    metrics: { training_rmse: 27.25 },
    parameters: { shrinkage: 50, keys: "route,hour", robust: true },
    reference: { meanTarget: 6.5 },
    notebook: "notebooks/flights/2_train.ipynb",
    cell: "log-rich",
  });
  expect(version).toMatchObject({
    name: "flight-delay",
    version: "1",
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    parameters: { shrinkage: "50", keys: "route,hour", robust: "true" },
    metrics: { training_rmse: 27.25 },
    evaluation: {},
    reference: { meanTarget: 6.5 },
    inputs: [READ],
    aliases: [],
  });
  expect(version.signature.outputs).toEqual([{ name: "minutes", type: "double" }]);
  expect(new Set(version.signature.inputs.map(({ name, type }) => `${name} ${type}`))).toEqual(
    new Set(["distance double", "route string", "hour long"]),
  );
  expect(bench.wrote).toEqual([{ model: "flight-delay" }]);
  expect(await bench.models.get("flight-delay@1")).toEqual(version);
});

test("log() writes MLmodel of the onnx flavour with MLflow's signature and example", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  await using handler = registryHandler({ store: bench.store, dir: `${bench.dir}/registry` });
  const client = registryClient(handler);
  const { source } = await client.getVersion("delay", "1");
  const read = async (file: string) => new TextDecoder().decode(await client.getArtifact(`${source}/${file}`));
  const text = await read("MLmodel");
  expect(text).toContain(`inputs: '[{"type":"double","name":"distance","required":true}]'`);
  expect(text).toContain(`outputs: '[{"type":"double","name":"minutes","required":true}]'`);
  expect(text).toMatch(/flavors:\n {2}onnx:\n {4}code: null\n {4}data: model.onnx/);
  expect(await read("input_example.json")).toBe('{"columns":["distance"],"data":[[733]]}');
  expect(await client.getArtifact(`${source}/model.onnx`)).toEqual(SIMPLE);
});

test("log() of identical content gives the existing version and leaves no run behind", async () => {
  await using bench = await setup();
  const first = await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, metrics: { rmse: 1 } });
  const again = await bench.models.log("delay", { onnx: SIMPLE, example: { distance: 1 }, metrics: { rmse: 2 } });
  expect(again).toEqual(first);
  expect((await bench.models.log("delay", { onnx: RICH, example: EXAMPLE })).version).toBe("2");
  expect((await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, reference: { meanTarget: 1 } })).version)
    .toBe("3");
  expect((await bench.models.log("other", { onnx: SIMPLE, example: EXAMPLE })).version).toBe("1");
  expect((await bench.models.versions("delay")).map(({ version }) => version)).toEqual(["1", "2", "3"]);
});

test("log() of identical content says which metrics and parameters it did not keep", async () => {
  await using bench = await setup();
  const log = (more: object) => bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, ...more });
  await log({ metrics: { rmse: 1 }, parameters: { depth: 3 } });
  await log({ metrics: { rmse: 1 }, parameters: { depth: "3" } });
  await log({});
  expect(bench.notes).toEqual([]);
  await log({ metrics: { rmse: 0.5, mae: 2 }, parameters: { depth: 4 } });
  expect(bench.notes).toEqual([
    'models.log("delay") kept version 1, which has this content already, as it was logged first: ' +
    "rmse 1, not 0.5, mae none, not 2, depth 3, not 4; use models.logMetrics to measure it again",
  ]);
});

test("log() of the same content by many at once makes one version", async () => {
  const dir = Deno.makeTempDirSync();
  await using one = await setup(dir);
  await using two = await setup(dir);
  const log = (bench: Bench) => bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  const versions = await Promise.all([one, two, one, two, one].map(log));
  expect(versions.map(({ version }) => version)).toEqual(["1", "1", "1", "1", "1"]);
  expect(await one.models.versions("delay")).toHaveLength(1);
});

test("log() takes what the caller was trained on over what the run has read", async () => {
  await using bench = await setup();
  const inputs: InputRead[] = [{ name: "clean", table: "clean", version: 3, digest: "d" }];
  expect((await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, inputs })).inputs).toEqual(inputs);
});

const bad: [string, string, Parameters<Models["log"]>[1], typeof TypeError | typeof RangeError, string][] = [
  [
    "a name with a slash",
    "a/b",
    { onnx: SIMPLE, example: EXAMPLE },
    RangeError,
    'letters, digits, ".", "_" and "-": got "a/b"',
  ],
  ["an empty name", "", { onnx: SIMPLE, example: EXAMPLE }, RangeError, 'got ""'],
  ["a name with @", "a@1", { onnx: SIMPLE, example: EXAMPLE }, RangeError, 'got "a@1"'],
  [
    "bytes that are no ONNX",
    "m",
    { onnx: new Uint8Array([1, 2]), example: EXAMPLE },
    TypeError,
    "onnxruntime must take its ONNX",
  ],
  ["no bytes", "m", { onnx: new Uint8Array(), example: EXAMPLE }, TypeError, "onnxruntime must take its ONNX"],
  [
    "an example without a column",
    "m",
    { onnx: SIMPLE, example: {} },
    TypeError,
    'column "distance" must be a finite number: got nothing',
  ],
  [
    "NaN as metric",
    "m",
    { onnx: SIMPLE, example: EXAMPLE, metrics: { rmse: NaN } },
    RangeError,
    'metric "rmse" must be a finite number: got NaN',
  ],
  [
    "NaN as reference",
    "m",
    { onnx: SIMPLE, example: EXAMPLE, reference: { meanTarget: NaN } },
    RangeError,
    'reference "meanTarget"',
  ],
];

for (const [name, model, options, type, message] of bad) {
  test(`log() refuses ${name}, and nothing is registered`, async () => {
    await using bench = await setup();
    const error = await bench.models.log(model, options).catch((cause) => cause);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(message);
    expect(await bench.models.list()).toEqual([]);
  });
}

const odd: [string, unknown, string][] = [
  ["null", null, "its content must be an object, such as { onnx, example }: got null"],
  ["nothing", undefined, "its content must be an object, such as { onnx, example }: got nothing"],
  ["bytes without a name", [SIMPLE], "its content must be an object, such as { onnx, example }: got an array"],
  ["ONNX without example", { onnx: SIMPLE }, "example must be one row, such as { km: 10 }: got nothing"],
  ["null as example", { onnx: SIMPLE, example: null }, "example must be one row, such as { km: 10 }: got null"],
  ["rows as example", { onnx: SIMPLE, example: [EXAMPLE] }, "{ km: 10 }: got an array; give its first row"],
  [
    "a path in place of ONNX",
    { onnx: "a/path", example: EXAMPLE },
    'onnx must be the bytes of an .onnx file, a Uint8Array: got "a/path"; read the file: Deno.readFileSync(path)',
  ],
  ["null as ONNX", { onnx: null, example: EXAMPLE }, "an .onnx file, a Uint8Array: got null"],
];

for (const [what, options, message] of odd) {
  test(`log() refuses ${what}`, async () => {
    await using bench = await setup();
    const error = await bench.models.log("d", options as never).catch((cause) => cause);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Cannot log "d" as /);
    expect(error.message).toContain(message);
  });
}
