import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import { type MlModel, readMlModel } from "../ml_model.ts";

/** Most that an MLmodel may have: a signature of thousands of columns takes less. */
const MOST_BYTES = 1e6;

/**
 * Fetches and reads the MLmodel file of a version; no more of it than may be there is kept.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @returns what the file says
 * @throws {RangeError} when it has more than 1 MB
 * @throws {SyntaxError | TypeError} when it is malformed, has no signature, or no flavour that this version runs
 */
export async function fetchMlModel(
  client: RegistryClient,
  { name, version, source }: Pick<RegistryVersion, "name" | "version" | "source">,
): Promise<MlModel> {
  const label = `${name}@${version}`;
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const chunk of await client.downloadArtifact(`${source}/MLmodel`)) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) {
      throw new RangeError(
        `Cannot load "${label}" as its MLmodel must have at most ${MOST_BYTES} bytes: it has more; log the model again`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return readMlModel(text + decoder.decode(), label);
}

/**
 * Fetches the artefact of a version.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @param model what its MLmodel says
 * @returns the bytes; none where its flavour has no artefact
 * @throws {Error} when there is no such artefact
 */
export async function fetchData(
  client: RegistryClient,
  { source }: Pick<RegistryVersion, "source">,
  { data }: Pick<MlModel, "data">,
): Promise<Uint8Array> {
  return data === null ? new Uint8Array() : await client.getArtifact(`${source}/${data}`);
}
