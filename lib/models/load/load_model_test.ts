import { expect, test } from "vitest";
import { tableFromRows } from "../../columns/mod.ts";
import { type Bench, EXAMPLE, RICH, setup, SIMPLE } from "../_test_models.ts";
import { openStore } from "../../store/mod.ts";
import { openModels } from "../models.ts";
import type { Model } from "./load_model.ts";
import { buildOnnx } from "../onnx/build_onnx.ts";
import { registryClient } from "../client/registry_client.ts";
import { RegistryError } from "../client/registry_error.ts";
import { registryHandler } from "../registry/registry_handler.ts";

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

/** A registry behind a server that counts how often an ONNX file is fetched; with room for so many of `size` bytes. */
async function counted(models: number, size = SIMPLE.length) {
  await using stack = new AsyncDisposableStack();
  const dir = Deno.makeTempDirSync();
  const store = await openStore({ kind: "directory", dir });
  const handler = stack.use(registryHandler({ store, dir: `${dir}/registry` }));
  const fetched: string[] = [];
  const server = stack.use(Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.method === "GET" && /artifacts\/artifacts\/.*model\.onnx$/.test(request.url)) fetched.push(request.url);
    return handler(request);
  }));
  const remote = { url: `http://127.0.0.1:${server.addr.port}`, login: null };
  const open = async () =>
    stack.use(await openModels({ store, dir: `${dir}/registry`, remote, cacheBytes: models * 2 * size }));
  const opened = { models: await open(), fetched };
  const held = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Models of one size: the same but for their intercept. */
const onnxOf = (intercept: number) => buildOnnx({ intercept, slopes: { distance: 0.25 }, output: "minutes" });

test("load() and hold() load once however many ask at once", async () => {
  await using bench = await counted(1);
  const { models, fetched } = bench;
  await models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  const ask = (i: number) => i % 2 ? models.load("delay@1") : models.hold("delay@1");
  const loaded = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(i)));
  const answers = await Promise.all(loaded.map((model) => model.predict([EXAMPLE])));
  expect(answers.flat()).toEqual(Array(8).fill(188.25));
  expect(fetched).toHaveLength(1);
});

test("load() takes the same content under two names once, and each speaks by its own name", async () => {
  await using bench = await counted(1);
  const { models, fetched } = bench;
  for (const name of ["one", "two"]) await models.log(name, { onnx: SIMPLE, example: EXAMPLE });
  const loaded = await Promise.all(["one@1", "two@1"].map((ref) => models.load(ref)));
  expect(fetched).toHaveLength(1);
  expect(loaded.map(({ name }) => name)).toEqual(["one", "two"]);
  for (const { name, predict } of loaded) {
    await expect(predict([{}])).rejects.toThrow(`Cannot predict with "${name}@1" as column "distance"`);
  }
});

test("load() keeps models within the bound of bytes, and one that left answers by being loaded again", async () => {
  await using bench = await counted(2);
  const { models, fetched } = bench;
  const loaded: Model[] = [];
  for (const version of [1, 2, 3]) {
    await models.log("delay", { onnx: onnxOf(version), example: EXAMPLE });
    loaded.push(await models.load(`delay@${version}`));
  }
  const ask = async (i: number) => expect(await loaded[i]!.predict([{ distance: 0 }])).toEqual([i + 1]);
  await ask(1);
  await ask(2);
  expect(fetched).toHaveLength(3);
  await ask(0);
  expect(fetched).toHaveLength(4);
  await ask(2);
  expect(fetched).toHaveLength(4);
  await ask(1);
  expect(fetched).toHaveLength(5);
});

test("hold() keeps a model however many others are loaded, until it is released", async () => {
  await using bench = await counted(1);
  const { models, fetched } = bench;
  for (const version of [1, 2, 3]) await models.log("delay", { onnx: onnxOf(version), example: EXAMPLE });
  const held = await models.hold("delay@1");
  for (const version of [2, 3, 2]) await models.load(`delay@${version}`);
  expect(fetched).toHaveLength(4);
  expect(await held.predict([{ distance: 0 }])).toEqual([1]);
  expect(fetched).toHaveLength(4);
  await held[Symbol.asyncDispose]();
  await models.load("delay@3");
  expect(await held.predict([{ distance: 0 }])).toEqual([1]);
  expect(fetched).toHaveLength(6);
});

test("load() lets predictions under way end before a model leaves", async () => {
  await using bench = await counted(1);
  const { models } = bench;
  for (const version of [1, 2, 3]) await models.log("delay", { onnx: onnxOf(version), example: EXAMPLE });
  const loaded = await Promise.all([1, 2, 3].map((version) => models.load(`delay@${version}`)));
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => loaded[i % 3]!.predict(Array(200).fill({ distance: 4 * i }))),
  );
  answers.forEach((values, i) => expect(values).toEqual(Array(200).fill(i % 3 + 1 + i)));
});

test("predict() says that its registry was closed", async () => {
  const bench = await setup();
  await bench.models.log("delay", { onnx: SIMPLE, example: EXAMPLE });
  const model = await bench.models.load("delay@1");
  await bench[Symbol.asyncDispose]();
  await expect(model.predict([EXAMPLE])).rejects.toThrow("Cannot use a model as its registry was closed");
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
    "typescript_function: got sklearn, which is pickled Python; convert",
  ],
  ["an MLmodel of megabytes", "MLmodel", (text) => `${text}#${"x".repeat(1e6)}`, "must have at most 1000000 bytes"],
  [
    "an artefact of another model",
    "MLmodel",
    (text) => text.replaceAll("data: model.onnx", "data: ../../other/model.onnx"),
    'must be a path below MLmodel: got "../../other/model.onnx"',
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
