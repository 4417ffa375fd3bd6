import { DIGEST_TAG } from "../digest_tag.ts";
import { digestOf, readMlModel } from "../ml_model.ts";
import { type PredictInput, readFeeds } from "./feeds.ts";
import { withDisplay } from "../model_version.ts";
import { openOnnx } from "./onnx_session.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import type { ModelSignature, SignatureColumn } from "../signature.ts";

/** A version of a model that answers. */
export interface Model {
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
  predict(input: PredictInput): Promise<number[]>;
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
  const model = readMlModel(new TextDecoder().decode(await client.getArtifact(`${source}/MLmodel`)), label);
  const onnx = await client.getArtifact(`${source}/${model.data}`);
  const digest = digestOf(model, onnx);
  checkDigest(label, digest, found.tags[DIGEST_TAG]);
  const session = await openOnnx(onnx, label);
  const { signature } = model;
  checkColumns(label, "inputs", signature.inputs, session.inputs);
  checkColumns(label, "outputs", signature.outputs, session.outputs);
  const output = signature.outputs[0]!.name;
  return withDisplay({
    name,
    version,
    digest,
    signature,
    predict: async (input: PredictInput) => await session.run(readFeeds(label, signature.inputs, input), output),
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

function checkColumns(label: string, part: string, signature: SignatureColumn[], onnx: SignatureColumn[]): void {
  const say = (columns: SignatureColumn[]) => columns.map(({ name, type }) => `${name} (${type})`).sort().join(", ");
  const isSubset = part === "outputs" &&
    signature.every(({ name, type }) => onnx.some((o) => o.name === name && o.type === type));
  if (isSubset || say(signature) === say(onnx)) return;
  throw new TypeError(
    `Cannot load "${label}" as the ${part} of its signature must be those of its ONNX, ${say(onnx)}: got ${
      say(signature)
    }`,
  );
}
