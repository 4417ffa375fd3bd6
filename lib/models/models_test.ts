import { expect, test } from "vitest";
import { tableFromRows } from "../columns/mod.ts";
import type { InputRead, OutputWritten } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { buildOnnx } from "./onnx/build_onnx.ts";
import { type Models, openModels } from "./models.ts";
import { registryClient } from "./client/registry_client.ts";
import { RegistryError } from "./client/registry_error.ts";
import { registryHandler } from "./registry/registry_handler.ts";

const SIMPLE = buildOnnx({ intercept: 5, slopes: { distance: 0.25 }, output: "minutes" });
const RICH = buildOnnx({
  intercept: 5,
  slopes: { distance: 0.25 },
  effects: { route: new Map([["ORD-LGA", 3]]), hour: new Map([[18, 10]]) },
  output: "minutes",
});
const EXAMPLE = { distance: 733, route: "ORD-LGA", hour: 18, weekday: 5 };
const READ: InputRead = { name: "flights", table: "flights", incarnation: "i", ends: { "0": 7 }, rows: 7 };

interface Bench extends AsyncDisposable {
  dir: string;
  store: Store;
  models: Models;
  seen: InputRead[];
  wrote: OutputWritten[];
}

async function setup(dir = Deno.makeTempDirSync()): Promise<Bench> {
  const store = await openStore({ kind: "directory", dir });
  const seen: InputRead[] = [];
  const wrote: OutputWritten[] = [];
  const recorder = {
    read: (input: InputRead) => void seen.push(input),
    wrote: (output: OutputWritten) => void wrote.push(output),
  };
  const models = await openModels({ store, dir: `${dir}/registry`, recorder, recorded: () => [READ] });
  return { dir, store, models, seen, wrote, [Symbol.asyncDispose]: () => models[Symbol.asyncDispose]() };
}

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

test("load() gives a model that answers rows and columns", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: RICH, example: EXAMPLE });
  const model = await bench.models.load("delay@1");
  const rows = [EXAMPLE, { distance: 4, route: "?", hour: 1 }];
  expect(await model.predict(rows)).toEqual([201.25, 6]);
  expect(await model.predict(tableFromRows(rows))).toEqual([201.25, 6]);
  expect(await model.predict([])).toEqual([]);
  await expect(model.predict([{ distance: 4, route: "?" }])).rejects.toThrow(
    'Cannot predict with "delay@1" as column "hour" must be a whole number: got nothing at row 0',
  );
});

test("load() follows an alias when it moves, and records the version that was read", async () => {
  await using bench = await setup();
  const one = await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  const two = await bench.models.log("delay", { onnx: RICH, example: EXAMPLE });
  await bench.models.setAlias("delay", "champion", "1");
  expect((await bench.models.load("delay@champion")).version).toBe("1");
  await bench.models.setAlias("delay", "champion", "2");
  expect((await bench.models.load("delay@champion")).version).toBe("2");
  expect(bench.seen).toEqual([
    { name: "delay@champion", model: "delay", version: "1", digest: one.digest },
    { name: "delay@champion", model: "delay", version: "2", digest: two.digest },
  ]);
  expect((await bench.models.versions("delay")).map(({ aliases }) => aliases)).toEqual([[], ["champion"]]);
  expect(await bench.models.list()).toEqual([{ name: "delay", newest: "2", aliases: { champion: "2" } }]);
  await bench.models.deleteAlias("delay", "champion");
  await expect(bench.models.load("delay@champion")).rejects.toThrow(RegistryError);
});

test("load() loads once however many ask at once", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: RICH, example: EXAMPLE });
  const models = await Promise.all(Array.from({ length: 8 }, () => bench.models.load("delay@1")));
  expect(new Set(models).size).toBe(1);
  expect(bench.seen).toHaveLength(8);
});

test("load() tells what there is when a reference names nothing", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  await bench.models.setAlias("delay", "champion", "1");
  const cases: [string, typeof TypeError | typeof RegistryError, string][] = [
    [
      "delay@2",
      RegistryError,
      'Cannot find model "delay@2" as that version must be there: got newest version 1, aliases champion (version 1)',
    ],
    ["delay@best", RegistryError, 'Cannot find model "delay@best" as that alias must be there: got newest version 1'],
    ["dealy@1", RegistryError, 'Cannot find model "dealy" as no model of that name is registered; log it first'],
    ["delay", TypeError, 'Cannot find model "delay" as a model is named name@version or name@alias'],
    ["delay@", TypeError, "name@version or name@alias"],
    ["a/b@1", TypeError, "name@version or name@alias"],
  ];
  for (const [ref, type, message] of cases) {
    const error = await bench.models.load(ref).catch((cause) => cause);
    expect(error, ref).toBeInstanceOf(type);
    expect(error.message).toContain(message);
  }
  await expect(bench.models.versions("dealy")).rejects.toThrow("no model of that name is registered");
  await expect(bench.models.setAlias("delay", "2", "1")).rejects.toThrow('must not read like a version: got "2"');
  await expect(bench.models.setAlias("delay", "latest", "1")).rejects.toThrow(
    "'latest' alias name (case insensitive) is reserved.",
  );
  await expect(bench.models.setAlias("delay", "champion", "9")).rejects.toThrow(
    "Model Version (name=delay, version=9) not found",
  );
});

/** Puts other bytes at an artifact of version 1, as one who may write to the registry could. */
async function overwrite(
  { store, dir }: Bench,
  file: string,
  change: (text: string) => string | Uint8Array,
): Promise<void> {
  await using handler = registryHandler({ store, dir: `${dir}/registry` });
  const client = registryClient(handler);
  const { source } = await client.getVersion("delay", "1");
  const changed = change(new TextDecoder().decode(await client.getArtifact(`${source}/${file}`)));
  await client.putArtifact(
    `${source}/${file}`,
    typeof changed === "string" ? new TextEncoder().encode(changed) : changed,
  );
}

const altered: [string, string, (text: string) => string | Uint8Array, string][] = [
  ["another artefact", "model.onnx", () => RICH, "its content must have the digest"],
  ["a truncated artefact", "model.onnx", () => SIMPLE.subarray(0, 100), "its content must have the digest"],
  [
    "another reference",
    "MLmodel",
    (text) => text.replace("meanTarget: 1", "meanTarget: 2"),
    "its content must have the digest",
  ],
  [
    "another signature",
    "MLmodel",
    (text) => text.replace('"distance"', '"length"'),
    "its content must have the digest",
  ],
  [
    "no signature",
    "MLmodel",
    (text) => text.replace(/signature:\n( {2}.*\n)+/, ""),
    "must have a signature of inputs and outputs: got none",
  ],
  [
    "a pickle flavour",
    "MLmodel",
    (text) => text.replace("  onnx:", "  sklearn:"),
    "flavour must be onnx or lookup: got sklearn, which is pickled Python; convert",
  ],
  ["an MLmodel of megabytes", "MLmodel", (text) => `${text}#${"x".repeat(1e6)}`, "must have at most 1000000 bytes"],
  [
    "an artefact of another model",
    "MLmodel",
    (text) => text.replaceAll("data: model.onnx", "data: ../../other/model.onnx"),
    'must be a path below MLmodel: got "../../other/model.onnx"',
  ],
  [
    "a flavour of later",
    "MLmodel",
    (text) => text.replace("  onnx:", "  oip:"),
    "got oip, which is not in this version",
  ],
  ["no YAML", "MLmodel", () => "a: [", "Cannot read delay@1/MLmodel:1:"],
  ["no MLmodel", "MLmodel", () => "a: 1", 'as MLmodel: "flavors" is missing'],
  [
    "a tensor signature",
    "MLmodel",
    (text) => text.replace('"type":"double"', '"type":"tensor"'),
    "must be named columns of type double",
  ],
];

for (const [name, file, change, message] of altered) {
  test(`load() refuses ${name}`, async () => {
    await using bench = await setup();
    await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE, reference: { meanTarget: 1 } });
    await overwrite(bench, file, change);
    await expect(bench.models.load("delay@1")).rejects.toThrow(message);
  });
}

test("load() refuses an object that was altered on the disk, and recovers when it is restored", async () => {
  await using bench = await setup();
  await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  const paths = [...Deno.readDirSync(`${bench.dir}/objects`)].map(({ name }) => `${bench.dir}/objects/${name}`);
  const path = paths.find((one) => Deno.statSync(one).size === SIMPLE.length)!;
  Deno.chmodSync(path, 0o644);
  Deno.writeFileSync(path, SIMPLE.with(200, 1));
  await expect(bench.models.load("delay@1")).rejects.toThrow("its bytes must have the hash");
  Deno.writeFileSync(path, SIMPLE);
  expect((await bench.models.load("delay@1")).version).toBe("1");
});

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
