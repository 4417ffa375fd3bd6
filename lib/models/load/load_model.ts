import { DIGEST_TAG } from "../digest_tag.ts";
import { digestOf } from "../ml_model.ts";
import { type PredictInput, readFeeds } from "./feeds.ts";
import { withDisplay } from "../model_version.ts";
import { fetchMlModel } from "./fetch_ml_model.ts";
import { openOnnx } from "./onnx_session.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import { type ModelSignature, type SignatureColumn, type SignatureType, UNNAMED } from "../signature.ts";

/**
 * A version of a model that answers. `A` is what it says of a row: a number unless told.
 *
 * A model of one output answers with its values: numbers, texts or booleans; lists where the output is a matrix;
 * records of probabilities by class where it is a classifier's. A model of several gives a record by output.
 */
export interface Model<A = number> {
  /** Name of the model. */
  readonly name: string;
  /** Number of the version. */
  readonly version: string;
  /** SHA-256 of the content, computed from what was loaded. */
  readonly digest: string;
  /** What it takes and gives. */
  readonly signature: ModelSignature;
  /**
   * Answers each row, in order; columns that are not in the signature are ignored. Rejects with TypeError, naming
   * column and row, when a value is missing, NaN, NULL or of another type.
   */
  predict(input: PredictInput): Promise<A[]>;
}

/**
 * Loads a version: reads its artefact, verifies it by its digest, and opens it.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @returns the model; dispose of it to free its memory
 * @throws {Error} when the content is not what was logged
 * @throws {SyntaxError | TypeError} when MLmodel is malformed, of another flavour, or does not fit its ONNX
 */
export async function loadModel(client: RegistryClient, found: RegistryVersion): Promise<Model & AsyncDisposable> {
  const { name, version, source } = found;
  const label = `${name}@${version}`;
  const model = await fetchMlModel(client, found);
  const onnx = await client.getArtifact(`${source}/${model.data}`);
  const digest = digestOf(model, onnx);
  checkDigest(label, digest, found.tags[DIGEST_TAG]);
  const session = await openOnnx(onnx, label, model.signature.inputs.map(({ name }) => name));
  checkInputs(label, model.signature.inputs, session.inputs);
  const outputs = chooseOutputs(label, model.signature.outputs, session.outputs);
  const names = outputs.map(({ name }) => name);
  return withDisplay({
    name,
    version,
    digest,
    signature: { inputs: model.signature.inputs, outputs },
    predict: async (input: PredictInput) =>
      await session.run(readFeeds(label, session.inputs, input), names) as number[],
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  });
}

function checkDigest(label: string, found: string, logged: string | undefined): void {
  if (logged === undefined || logged === found) return;
  throw new Error(
    `Cannot load "${label}" as its content must have the digest ${logged} that it was logged with: got ${found}; ` +
      `log the model again`,
  );
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
  if (signature.every(({ name, type }) => byName.get(name)?.type === type)) return signature;
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
