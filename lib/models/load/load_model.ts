import { DIGEST_TAG } from "../digest_tag.ts";
import type { PredictInput } from "./feeds.ts";
import { withDisplay } from "../model_version.ts";
import { type ArtifactReader, fetchContent } from "./fetch_ml_model.ts";
import type { OpenedModel, PredictOptions } from "./flavour.ts";
import { flavourOf } from "./flavours.ts";
import type { ModelCache } from "./model_cache.ts";
import type { TypescriptHost } from "./typescript_host.ts";
import type { RegistryVersion } from "../client/registry_client.ts";
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
  predict(input: PredictInput, options?: PredictOptions): Promise<A[]>;
}

/** A model that stays in memory until it is disposed of. */
export interface HeldModel<A = number> extends Model<A>, AsyncDisposable {}

/** Content that was loaded. */
export interface LoadedContent extends OpenedModel {
  /** SHA-256 of the content. */
  readonly digest: string;
}

/** A version as far as loading needs it. */
export type LoadedVersion = Pick<RegistryVersion, "name" | "version" | "source" | "tags">;

/** Where content is loaded from and kept. */
export interface LoadParts {
  /** The registry. */
  client: ArtifactReader;
  /** What is loaded, by digest. */
  cache: ModelCache<LoadedContent>;
  /** Folder of this machine for what is made of artefacts. */
  dir: string;
  /** Who runs the code of models. */
  typescript: TypescriptHost | undefined;
}

/**
 * Loads a version and holds it: content that is loaded already, under whatever name, is not loaded again. The model goes
 * on answering after its release: what was disposed of meanwhile is loaded again.
 *
 * @param found the version as the registry holds it
 * @param parts registry and cache
 * @returns the model; dispose of it to release it
 * @throws {Error} when the content is not what was logged
 * @throws {SyntaxError | TypeError} when MLmodel is malformed, of another flavour, or does not fit its artefact
 */
export async function holdModel(found: LoadedVersion, parts: LoadParts): Promise<HeldModel> {
  const { name, version, tags } = found;
  const label = `${name}@${version}`;
  const key = tags[DIGEST_TAG] ?? label;
  const load = () => loadContent(found, parts);
  const held = await parts.cache.hold(key, load);
  const { digest, signature } = held.value;
  return withDisplay({
    name,
    version,
    digest,
    signature,
    predict: (input: PredictInput, options?: PredictOptions) =>
      parts.cache.use(key, load, (opened) => opened.predict(input, label, options) as Promise<number[]>),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  });
}

/** Reads an artefact, verifies it by its digest, and opens it. */
async function loadContent(found: LoadedVersion, { client, dir, typescript }: LoadParts): Promise<LoadedContent> {
  const label = `${found.name}@${found.version}`;
  const { model, bytes, digest } = await fetchContent(client, found);
  checkDigest(label, digest, found.tags[DIGEST_TAG]);
  const { signature, settings } = model;
  return {
    ...await flavourOf(model.flavour).open({ label, signature, settings, ...bytes, digest, dir, typescript }),
    digest,
  };
}

/**
 * Refuses content that is not what was logged.
 *
 * @param label what is loaded, `name@version`
 * @param found SHA-256 of the content
 * @param logged what it was logged with; undefined where whoever logged it has not noted it
 * @throws {Error} when they differ
 */
export function checkDigest(label: string, found: string, logged: string | undefined): void {
  if (logged === undefined || logged === found) return;
  throw new Error(
    `Cannot load "${label}" as its content must have the digest ${logged} that it was logged with: got ${found}; ` +
      `log the model again`,
  );
}
