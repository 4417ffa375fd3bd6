import { RegistryError } from "../client/registry_error.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import { digestOf, type MlModel, type ModelBytes, readMlModel } from "../ml_model.ts";
import { joinBytes } from "./_wire.ts";
import { flavourOf } from "./flavours.ts";

/** Where the files of a version are read. */
export type ArtifactReader = Pick<RegistryClient, "getArtifact" | "downloadArtifact">;

/** Most that an MLmodel may have: a signature of thousands of columns takes less. */
const MOST_BYTES = 1e6;

/** Most that all files beside an artefact may have. */
const MOST_BESIDE = 2 ** 31;

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
  client: ArtifactReader,
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
 * Fetches the artefact of a version, and the files beside it that it names.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @param model what its MLmodel says
 * @returns the bytes; none where its flavour has no artefact
 * @throws {Error} when there is no such artefact, or a file beside it is missing or too short
 * @throws {RangeError} when the files beside it have more than 2 GB
 */
export async function fetchBytes(
  client: ArtifactReader,
  { name, version, source }: Pick<RegistryVersion, "name" | "version" | "source">,
  model: Pick<MlModel, "flavour" | "data">,
): Promise<ModelBytes> {
  const { flavour, data: path } = model;
  if (path === null) return { data: new Uint8Array() };
  const uri = `${source}/${path}`;
  const data = await client.getArtifact(uri);
  const beside = new Map<string, Uint8Array>();
  let most = MOST_BESIDE;
  for (const [file, least] of flavourOf(flavour).findBeside?.(data) ?? []) {
    const label = `Cannot load "${name}@${version}" as the file "${file}" that its ${path} keeps weights in must`;
    const bytes = await fetchBeside(client, `${uri.slice(0, uri.lastIndexOf("/"))}/${file}`, most, label);
    if (bytes.length < least) {
      throw new Error(`${label} have at least ${least} bytes: got ${bytes.length}; log the model again`);
    }
    beside.set(file, bytes);
    most -= bytes.length;
  }
  return { data, beside };
}

/**
 * Fetches all that a version is made of, and hashes it.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @returns what its MLmodel says, its bytes, and the SHA-256 of both
 * @throws {Error} when a part of it cannot be read, as fetchMlModel and fetchBytes say
 */
export async function fetchContent(
  client: ArtifactReader,
  found: Pick<RegistryVersion, "name" | "version" | "source">,
): Promise<{ model: MlModel; bytes: ModelBytes; digest: string }> {
  const model = await fetchMlModel(client, found);
  const bytes = await fetchBytes(client, found, model);
  return { model, bytes, digest: digestOf(model, bytes) };
}

/** Reads a file, and no more of it than there may be. */
async function fetchBeside(client: ArtifactReader, uri: string, most: number, label: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stream = await client.downloadArtifact(uri).catch((cause) => {
    if (!(cause instanceof RegistryError) || cause.code !== "RESOURCE_DOES_NOT_EXIST") throw cause;
    throw new Error(`${label} lie beside it: got none; log the model again`, { cause });
  });
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new RangeError(`${label} have at most 2 GB, with all others: it has more`);
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}
