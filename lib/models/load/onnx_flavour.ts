import { z } from "zod";
import { type SignatureColumn, type SignatureType, UNNAMED } from "../signature.ts";
import { findExternalData } from "./external_data.ts";
import { readFeeds } from "./feeds.ts";
import type { Flavour, FlavourParts, OpenedModel } from "./flavour.ts";
import { openOnnx } from "./onnx_session.ts";

/** ONNX files, as Python's MLflow logs them. */
export const ONNX: Flavour = {
  entry: { providers: ["CPUExecutionProvider"] },
  loaderModule: "mlflow.onnx",
  file: "model.onnx",
  settings: z.object({}),
  findBeside: findExternalData,
  open: openOnnxModel,
};

/** What ONNX Runtime holds of a model, in sizes of its file: the parsed graph, and its weights once more. */
const HELD = 2;

async function openOnnxModel({ label, signature, data, beside }: FlavourParts): Promise<OpenedModel> {
  const session = await openOnnx(data, label, signature.inputs.map(({ name }) => name), beside);
  checkInputs(label, signature.inputs, session.inputs);
  const missing = new Set(signature.inputs.filter(({ nullable }) => nullable).map(({ name }) => name));
  const inputs = session.inputs.map((column) =>
    missing.has(column.name) ? { ...column, nullable: true as const } : column
  );
  const outputs = chooseOutputs(label, signature.outputs, session.outputs);
  const names = outputs.map(({ name }) => name);
  return {
    signature: { inputs: signature.inputs, outputs },
    bytes: HELD * [data, ...beside?.values() ?? []].reduce((sum, { length }) => sum + length, 0),
    predict: async (input, label) => await session.run(readFeeds(label, inputs, input, session.isMatrix), names, label),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Types of a graph that take the values of a signature's type: skl2onnx makes 32 bit floats of all numbers. */
const TAKEN_AS: Readonly<Record<SignatureType, readonly SignatureType[]>> = {
  double: ["double", "float"],
  float: ["float", "double"],
  long: ["long", "double", "float"],
  integer: ["integer", "long", "double", "float"],
  string: ["string"],
  boolean: ["boolean"],
};

/** Types of a graph whose values a signature's type holds: a signature is often made from scikit-learn's own answers. */
const HELD_BY: Readonly<Record<SignatureType, readonly SignatureType[]>> = {
  double: ["double", "float"],
  float: ["float"],
  long: ["long", "integer"],
  integer: ["integer"],
  string: ["string"],
  boolean: ["boolean"],
};

function checkInputs(label: string, signature: SignatureColumn[], onnx: SignatureColumn[]): void {
  const byName = new Map(onnx.map(({ name, type }) => [name, type]));
  const fits = ({ name, type }: SignatureColumn) => byName.has(name) && TAKEN_AS[type].includes(byName.get(name)!);
  if (signature.length === onnx.length && signature.every(fits)) return;
  throw misfit(label, "inputs", signature, onnx);
}

/** The outputs that a signature names; all where it names none, as those of Python's arrays. */
function chooseOutputs(label: string, signature: SignatureColumn[], onnx: SignatureColumn[]): SignatureColumn[] {
  const byName = new Map(onnx.map((output) => [output.name, output]));
  const [only] = signature;
  if (signature.length === 1 && only!.name === UNNAMED && !byName.has(UNNAMED)) return onnx;
  const given = signature.map(({ name, type }) => {
    const found = byName.get(name);
    return found && HELD_BY[type].includes(found.type) ? found : undefined;
  });
  if (given.every((output) => output !== undefined)) return given;
  throw misfit(label, "outputs", signature, onnx);
}

function misfit(label: string, part: string, signature: SignatureColumn[], onnx: SignatureColumn[]): TypeError {
  const say = (columns: SignatureColumn[]) => columns.map(({ name, type }) => `${name} (${type})`).sort().join(", ");
  return new TypeError(
    `Cannot load "${label}" as the ${part} of its signature must be those of its ONNX, ${say(onnx)}: got ${
      say(signature)
    }`,
  );
}
