import { expect, test } from "vitest";
import { type PredictInput, readFeeds } from "./feeds.ts";
import { openOnnx } from "./onnx_session.ts";

const read = (name: string) => Deno.readFileSync(new URL(`./testdata/${name}.onnx`, import.meta.url));

async function answer(name: string, output: string, input: PredictInput): Promise<number[]> {
  await using session = await openOnnx(read(name), name);
  return await session.run(readFeeds(name, session.inputs, input), output);
}

test("openOnnx() takes 32 bit columns of shape [N, 1] and [N], and gives integers as numbers", async () => {
  await using session = await openOnnx(read("narrow_types"), "narrow_types");
  expect(session.inputs).toEqual([{ name: "f", type: "float" }, { name: "i", type: "integer" }]);
  expect(session.outputs).toEqual([{ name: "y", type: "float" }, { name: "l", type: "long" }]);
  const rows = { f: [0.5, 1.25], i: [1, -3] };
  expect(await answer("narrow_types", "y", rows)).toEqual([1.5, -1.75]);
  expect(await answer("narrow_types", "l", rows)).toEqual([1, -1]);
});

const refusals: [string, string][] = [
  [
    "matrix_input",
    'Cannot open "matrix_input" as input "x" must be one column [N] or [N, 1] of numbers or texts: got float32[N, 4]',
  ],
  [
    "sequence_output",
    'Cannot open "sequence_output" as output "y" must be one column [N] or [N, 1] of numbers: got a sequence or a map',
  ],
  ["future_opset", 'Cannot open "future_opset" as onnxruntime must take its ONNX'],
  [
    "external_weights",
    'Cannot open "external_weights" as onnxruntime must take its ONNX: External data path validation failed',
  ],
];

for (const [name, message] of refusals) {
  test(`openOnnx() refuses ${name}`, async () => {
    await expect(openOnnx(read(name), name)).rejects.toThrow(TypeError);
    await expect(openOnnx(read(name), name)).rejects.toThrow(message);
  });
}

test("openOnnx() reads no weights beside the model, even where they lie", async () => {
  const [dir, here] = [Deno.makeTempDirSync(), Deno.cwd()];
  Deno.writeTextFileSync(`${dir}/weights.bin`, "abcd");
  Deno.chdir(dir);
  try {
    await expect(openOnnx(read("external_weights"), "m")).rejects.toThrow("External data path");
  } finally {
    Deno.chdir(here);
  }
});

test("openOnnx() refuses answers that are not one per row", async () => {
  expect(await answer("varying_answers", "y", { x: [3, 4] })).toEqual([0, 1]);
  await expect(answer("varying_answers", "y", { x: [0, 4] })).rejects.toThrow(
    'Cannot predict with "varying_answers" as "y" must have one value per row: got 1 for 2',
  );
});
