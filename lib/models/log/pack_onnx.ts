import type { FeatureRow } from "../load/feeds.ts";
import { readFeeds } from "../load/feeds.ts";
import { openOnnx } from "../load/onnx_session.ts";
import { checkAnswer, kindOf, type Packed } from "./packed.ts";

/** A model in an .onnx file. */
export interface OnnxSpec {
  /** Bytes of an .onnx file; what it takes and gives is read from it. */
  onnx: Uint8Array;
  /** One row that the model answers; columns that it does not take are left out. Its columns, in order, name those of a matrix. */
  example: FeatureRow;
}

/**
 * Takes an ONNX file as content of a version: what it takes and gives is read from it, and it must answer its example.
 *
 * @param name name of the model
 * @param spec bytes and example
 * @returns the content
 * @throws {TypeError} when the bytes are no ONNX model of columns, or it does not answer the example
 */
export async function packOnnx(name: string, { onnx, example }: OnnxSpec): Promise<Packed> {
  checkBytes(name, onnx);
  checkExample(name, example);
  await using session = await openOnnx(onnx, name, Object.keys(example));
  const { inputs, outputs } = session;
  checkAnswer(name, await session.run(readFeeds(name, inputs, [example]), outputs.map((output) => output.name)));
  return { flavour: "onnx", settings: {}, data: onnx, signature: { inputs, outputs }, example };
}

/** ONNX Runtime would open a text as the path of a file. */
function checkBytes(name: string, onnx: unknown): void {
  if (onnx instanceof Uint8Array) return;
  const found = typeof onnx === "string"
    ? `${JSON.stringify(onnx)}; read the file: Deno.readFileSync(path)`
    : kindOf(onnx);
  throw new TypeError(`Cannot log "${name}" as onnx must be the bytes of an .onnx file, a Uint8Array: got ${found}`);
}

function checkExample(name: string, example: unknown): void {
  if (kindOf(example) === "object") return;
  throw new TypeError(
    `Cannot log "${name}" as example must be one row, such as { km: 10 }: got ${kindOf(example)}` +
      (Array.isArray(example) ? "; give its first row" : ""),
  );
}
