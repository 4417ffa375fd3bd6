import { DIGEST_TAG } from "../digest_tag.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";

/**
 * Finds the version that has some content; the lowest, where two who logged it at once have not agreed yet.
 *
 * @param client the registry
 * @param name name of the model
 * @param digest digest of the content
 * @returns the version, or null when there is none
 */
export async function findByDigest(
  client: RegistryClient,
  name: string,
  digest: string,
): Promise<RegistryVersion | null> {
  const filter = `name = '${name}' and tags.\`${DIGEST_TAG}\` = '${digest}'`;
  for await (const found of client.searchVersions(filter, { orderBy: ["version_number ASC"] })) return found;
  return null;
}

/**
 * Registers content as a version, unless another process has done so meanwhile. The embedded registry refuses the second
 * one. MLflow takes both: a version's number is given in the transaction that makes it, so that whoever made a higher one
 * sees the lower one, and takes its own back. A call whose answer was lost is known by its run.
 *
 * @param client the registry
 * @param version name, digest of the content, and the run and folder that it was logged to
 * @returns the one version that stays
 * @throws {RegistryError | TypeError} when the registry refuses it or is away, and nobody has registered the content
 */
export async function registerOnce(
  client: RegistryClient,
  { name, digest, source, runId }: { name: string; digest: string; source: string; runId: string },
): Promise<RegistryVersion> {
  const made = await client.createVersion({ name, source, runId, tags: { [DIGEST_TAG]: digest } })
    .catch((error: Error) => error);
  const first = await findByDigest(client, name, digest);
  if (first === null && made instanceof Error) throw made;
  if (first === null || first.run_id === runId) return first ?? made as RegistryVersion;
  if (!(made instanceof Error)) await client.deleteVersion(name, made.version);
  await client.deleteRun(runId);
  return first;
}
