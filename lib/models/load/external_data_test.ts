import { expect, test } from "vitest";
import { type Bench, EXAMPLE, setup } from "../_test_models.ts";
import { registryClient } from "../client/registry_client.ts";
import { registryHandler } from "../registry/registry_handler.ts";
import { findExternalData } from "./external_data.ts";
import { buildOnnx } from "../onnx/build_onnx.ts";

const ONNX = Deno.readFileSync(new URL("./testdata/external_weights.onnx", import.meta.url));

/** The same ONNX with another name of its file, of as many letters. */
function naming(file: string): Uint8Array {
  const text = new TextDecoder("latin1").decode(ONNX).replace("weights.bin", file);
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

test("findExternalData() names the files of weights, and the bytes that they must have", () => {
  expect(findExternalData(ONNX)).toEqual(new Map([["weights.bin", 4]]));
  expect(findExternalData(buildOnnx({ intercept: 1, slopes: { location: 2 } }))).toEqual(new Map());
  expect(findExternalData(ONNX.subarray(0, 160))).toEqual(new Map());
});

for (const file of ["../ghts.bin", "a/ights.bin", "/eights.bin", "..\\ghts.bin", "C:ights.bin", "w\0ights.bin"]) {
  test(`findExternalData() leaves out ${JSON.stringify(file)}`, () => {
    expect(file).toHaveLength(11);
    expect(findExternalData(naming(file))).toEqual(new Map());
  });
}

/** Registers an ONNX with files beside it, as Python does, as a version of `m`. */
async function register({ store, dir }: Bench, onnx: Uint8Array, beside: Record<string, number[]>): Promise<void> {
  await using handler = registryHandler({ store, dir: `${dir}/registry` });
  const client = registryClient(handler);
  const { info } = await client.createRun(await client.ensureExperiment("m"), { name: "m", startMs: 0 });
  const source = `${info.artifact_uri}/model`;
  const columns = (name: string) => JSON.stringify([{ type: "double", name, required: true }]);
  const signature = { inputs: columns("x"), outputs: columns("y"), params: null };
  const text = JSON.stringify({ flavors: { onnx: { data: "model.onnx" } }, signature });
  await client.putArtifact(`${source}/MLmodel`, new TextEncoder().encode(text));
  await client.putArtifact(`${source}/model.onnx`, onnx);
  for (const [name, bytes] of Object.entries(beside)) {
    await client.putArtifact(`${source}/${name}`, Uint8Array.from(bytes));
  }
  await client.ensureModel("m");
  await client.createVersion({ name: "m", source, runId: info.run_id, tags: {} });
}

test("load() takes weights of a file beside the ONNX, which the digest covers", async () => {
  await using bench = await setup();
  await register(bench, ONNX, { "weights.bin": [1, 0, 1, 1] });
  await register(bench, ONNX, { "weights.bin": [1, 0, 0, 0] });
  await register(bench, ONNX, { "weights.bin": [1, 0, 1, 1], other: [1] });
  const loaded = await Promise.all([1, 2, 3].map((version) => bench.models.load(`m@${version}`)));
  expect(await Promise.all(loaded.map((model) => model.predict([{ x: 1 }])))).toEqual([[4], [2], [4]]);
  const [one, two, three] = loaded.map(({ digest }) => digest);
  expect(two).not.toBe(one);
  expect(three).toBe(one);
  expect((await bench.models.versions("m")).map(({ digest }) => digest).sort()).toEqual([one, two, three].sort());
});

test("the digest of a model without files beside it is what it was", async () => {
  await using bench = await setup();
  const { digest } = await bench.models.log("d", {
    onnx: buildOnnx({ intercept: 1, slopes: { distance: 2 } }),
    example: EXAMPLE,
  });
  expect(digest).toBe("c48c0efc357070e933c4c9b03fce8a371cfa44fbdb8fdbcb9b6791e17fed9ae0");
});

const refused: [string, Uint8Array, Record<string, number[]>, string][] = [
  [
    "a file of weights that is missing",
    ONNX,
    {},
    'Cannot load "m@1" as the file "weights.bin" that its model.onnx keeps weights in must lie beside it: got none',
  ],
  [
    "a file of weights that is cut off",
    ONNX,
    { "weights.bin": [1, 0, 1] },
    'Cannot load "m@1" as the file "weights.bin" that its model.onnx keeps weights in must have at least 4 bytes: got 3',
  ],
  ["weights outside of the folder", naming("../ghts.bin"), { "ghts.bin": [1, 0, 1, 1] }, "its weights must lie within"],
];

for (const [what, onnx, beside, message] of refused) {
  test(`load() refuses ${what}`, async () => {
    await using bench = await setup();
    await register(bench, onnx, beside);
    await expect(bench.models.load("m@1")).rejects.toThrow(message);
  });
}
