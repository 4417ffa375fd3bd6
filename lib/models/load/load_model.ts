import { DIGEST_TAG } from "../digest_tag.ts";
import { digestOf } from "../ml_model.ts";
import type { PredictInput } from "./feeds.ts";
import { withDisplay } from "../model_version.ts";
import { fetchData, fetchMlModel } from "./fetch_ml_model.ts";
import { flavourOf } from "./flavours.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import type { ModelSignature } from "../signature.ts";

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
 * @param dir folder of this machine for what is made of artefacts
 * @returns the model; dispose of it to free its memory
 * @throws {Error} when the content is not what was logged
 * @throws {SyntaxError | TypeError} when MLmodel is malformed, of another flavour, or does not fit its artefact
 */
export async function loadModel(
  client: RegistryClient,
  found: RegistryVersion,
  dir: string,
): Promise<Model & AsyncDisposable> {
  const { name, version } = found;
  const label = `${name}@${version}`;
  const model = await fetchMlModel(client, found);
  const data = await fetchData(client, found, model);
  const digest = digestOf(model, data);
  checkDigest(label, digest, found.tags[DIGEST_TAG]);
  const { signature, settings } = model;
  const opened = await flavourOf(model.flavour).open({ label, signature, settings, data, digest, dir });
  return withDisplay({
    name,
    version,
    digest,
    signature: opened.signature,
    predict: (input: PredictInput) => opened.predict(input) as Promise<number[]>,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  });
}

function checkDigest(label: string, found: string, logged: string | undefined): void {
  if (logged === undefined || logged === found) return;
  throw new Error(
    `Cannot load "${label}" as its content must have the digest ${logged} that it was logged with: got ${found}; ` +
      `log the model again`,
  );
}
