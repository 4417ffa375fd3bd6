import { expect, test } from "vitest";
import { type PredictInput, readFeeds } from "./feeds.ts";
import { openOnnx } from "./onnx_session.ts";

const read = (name: string) => Deno.readFileSync(new URL(`./testdata/${name}.onnx`, import.meta.url));

async function answer(name: string, output: string, input: PredictInput) {
  await using session = await openOnnx(read(name), name);
  return await session.run(readFeeds(name, session.inputs, input), [output]);
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
    'Cannot open "matrix_input" as its input "x" is a matrix [N, 4], so that its signature must name 4 columns in its order: got 0',
  ],
  [
    "sequence_output",
    'Cannot open "sequence_output" as output "y" must be a column [N] or a matrix [N, k] of float64, float32, int64, int32, string, bool, or maps of a ZipMap: got a sequence or a map; export it',
  ],
  [
    "future_opset",
    'Cannot open "future_opset" as its operators must be of opset 26 or older of ai.onnx: got opset 99; export it again',
  ],
  [
    "external_weights",
    'Cannot open "external_weights" as its weights must lie within its ONNX, or those of its outermost graph in files beside it: External data path',
  ],
];

for (const [name, message] of refusals) {
  test(`openOnnx() refuses ${name}`, async () => {
    await expect(openOnnx(read(name), name)).rejects.toThrow(TypeError);
    await expect(openOnnx(read(name), name)).rejects.toThrow(message);
  });
}

test("openOnnx() refuses ONNX that was cut off, and bytes that are none", async () => {
  const whole = read("narrow_types");
  for (
    const bytes of [whole.subarray(0, whole.length - 20), whole.subarray(0, 10), new Uint8Array(), new Uint8Array(99)]
  ) {
    await expect(openOnnx(bytes, "m"), `${bytes.length} bytes`).rejects.toThrow('Cannot open "m" as ');
  }
});

test("openOnnx() refuses an IR version that is too new", async () => {
  const bytes = read("narrow_types");
  // The first field of a ModelProto is its IR version.
  expect(bytes[0]).toBe(8);
  bytes[1] = 99;
  await expect(openOnnx(bytes, "m")).rejects.toThrow(/its IR version must be \d+ or older: got 99; export it again/);
});

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

test("openOnnx() takes weights of the files that it is given, and of no others", async () => {
  const beside = (name: string, bytes: number[]) => new Map([[name, Uint8Array.from(bytes)]]);
  const onnx = read("external_weights");
  await using session = await openOnnx(onnx, "m", [], beside("weights.bin", [1, 0, 1, 1]));
  expect(await session.run(readFeeds("m", session.inputs, { x: [1, 2] }), ["y"])).toEqual([4, 5]);
  await expect(openOnnx(onnx, "m", [], beside("weights.bin", [1, 0, 1]))).rejects.toThrow("are out of bounds");
  await expect(openOnnx(onnx, "m", [], beside("other.bin", [1, 0, 1, 1]))).rejects.toThrow("save it as one file");
});

test("openOnnx() refuses answers that are not one per row", async () => {
  expect(await answer("varying_answers", "y", { x: [3, 4] })).toEqual([0, 1]);
  await expect(answer("varying_answers", "y", { x: [0, 4] })).rejects.toThrow(
    'Cannot predict with "varying_answers" as "y" must have one value per row: got 1 for 2',
  );
});

for (const [name, labels] of [["sklearn_classes", ["early", "late", "on time"]], ["sklearn_flags", [0, 1]]] as const) {
  test(`openOnnx() gives labels and probabilities by class of ${name}, whose graph ends in a ZipMap`, async () => {
    await using session = await openOnnx(read(name), name, ["km", "hour", "load"]);
    expect(session.outputs.map((output) => output.name)).toEqual(["output_label", "output_probability"]);
    const feeds = readFeeds(name, session.inputs, { km: [3, -3], hour: [0, 0], load: [0, 0] });
    const answers = await session.run(feeds, ["output_label", "output_probability"]);
    expect(answers).toHaveLength(2);
    for (const { output_label, output_probability } of answers as unknown as Record<string, unknown>[]) {
      const chances = output_probability as Record<string, number>;
      expect(Object.keys(chances).sort()).toEqual(labels.map(String));
      expect(Object.values(chances).reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 5);
      // The label is the class of the highest probability.
      expect(chances[String(output_label)]).toBe(Math.max(...Object.values(chances)));
    }
    expect((answers as unknown as Record<string, unknown>[])[0]!.output_label).toBe(labels[1]);
    expect(await session.run(feeds, ["output_label"])).toEqual([labels[1], labels[0]]);
  });
}
