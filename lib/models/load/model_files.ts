import { DIGEST_TAG } from "../digest_tag.ts";
import { getObject, type Store } from "../../store/mod.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import { type ArtifactReader, fetchContent } from "./fetch_ml_model.ts";
import { checkDigest, type HeldModel, holdModel, type LoadedContent } from "./load_model.ts";
import { modelCache } from "./model_cache.ts";
import type { TypescriptHost } from "./typescript_host.ts";

const ML_MODEL = "MLmodel";

/** A version with the files that it is loaded from. */
export interface ModelFiles {
  /** Name of the model. */
  name: string;
  /** Number of the version. */
  version: string;
  /** SHA-256 of the content. */
  digest: string;
  /** The files by their path in the version's folder. */
  files: ReadonlyMap<string, Uint8Array>;
}

/** A version whose files are objects of a store. */
export interface StoredModel extends Omit<ModelFiles, "files"> {
  /** SHA-256 of each file by its path in the version's folder. */
  files: Readonly<Record<string, string>>;
}

/** Where stored models lie and run. */
export interface StoredModelsOptions {
  /** Holds the files, by their SHA-256. */
  store: Store;
  /** Folder of this machine for what is made of artefacts. */
  dir: string;
  /** Memory that loaded models take together, bytes. */
  cacheBytes?: number | undefined;
  /** Who runs the code of models; without it none is loaded. */
  typescript?: TypescriptHost | undefined;
}

/** Stored models that are loaded when they are asked for. */
export interface StoredModels extends AsyncDisposable {
  /** Loads a version, `name@version`, and keeps it in memory until it is disposed of. */
  hold<A = number>(ref: string): Promise<HeldModel<A>>;
}

/**
 * Reads the files that a version is loaded from: MLmodel, its artefact, and what lies beside that.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @returns the files
 * @throws {RangeError} when another server answers for it, so that files do not hold it
 * @throws {Error} when the content is not what was logged
 */
export async function readModelFiles(client: RegistryClient, found: RegistryVersion): Promise<ModelFiles> {
  const { name, version, source, tags } = found;
  const label = `${name}@${version}`;
  const { model, bytes, digest } = await fetchContent(client, found);
  if (model.data === null) {
    throw new RangeError(`Cannot take model "${label}" along as files must hold it: another server answers for it`);
  }
  checkDigest(label, digest, tags[DIGEST_TAG]);
  const folder = model.data.slice(0, model.data.lastIndexOf("/") + 1);
  const files = new Map([[ML_MODEL, await client.getArtifact(`${source}/${ML_MODEL}`)], [model.data, bytes.data]]);
  for (const [file, content] of bytes.beside ?? []) files.set(folder + file, content as Uint8Array<ArrayBuffer>);
  return { name, version, digest, files };
}

/**
 * Loads models whose files are objects of a store: no registry is asked.
 *
 * @param models the versions
 * @param options store, folder, memory
 * @returns what holds a version, `name@version`, in memory; dispose of it to free all
 */
export function openStoredModels(
  models: readonly StoredModel[],
  { store, dir, cacheBytes = 2 ** 30, typescript }: StoredModelsOptions,
): StoredModels {
  const cache = modelCache<LoadedContent>(cacheBytes);
  return {
    hold: async <A>(ref: string) => {
      const found = models.find(({ name, version }) => `${name}@${version}` === ref);
      if (!found) throw new RangeError(`Cannot find model "${ref}" as it was not taken along`);
      const { name, version, digest, files } = found;
      const client = artifactsOf(store, files);
      const tags = { [DIGEST_TAG]: digest };
      const held = await holdModel({ name, version, source: "", tags }, { client, cache, dir, typescript });
      return held as HeldModel<unknown> as HeldModel<A>;
    },
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}

function artifactsOf(store: Store, files: StoredModel["files"]): ArtifactReader {
  const getArtifact = (uri: string) => getObject(store, files[uri.slice(1)] ?? "");
  return { getArtifact, downloadArtifact: async (uri) => new Blob([await getArtifact(uri)]).stream() };
}
