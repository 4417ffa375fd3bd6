import { DIGEST_TAG } from "./digest_tag.ts";
import { parseModelRef } from "./model_ref.ts";
import { describeVersion, type ModelInventory, type ModelVersion } from "./model_version.ts";
import type { RegistryClient, RegistryModel, RegistryVersion } from "./client/registry_client.ts";
import { RegistryError } from "./client/registry_error.ts";
import { readFailedTag, VERDICT_TAG } from "./verdict.ts";

const MISSING = "RESOURCE_DOES_NOT_EXIST";

/**
 * Finds the version that a reference names.
 *
 * @param client the registry
 * @param ref `name@version` or `name@alias`
 * @returns the version
 * @throws {TypeError} when the reference is malformed
 * @throws {RegistryError} when there is no such version (RESOURCE_DOES_NOT_EXIST); the message says which there are
 */
export async function findVersion(client: RegistryClient, ref: string): Promise<RegistryVersion> {
  const { name, selector, isAlias } = parseModelRef(ref);
  try {
    const found = await (isAlias ? client.getVersionByAlias(name, selector) : client.getVersion(name, selector));
    return await withPlace(client, found);
  } catch (cause) {
    // MLflow answers INVALID_PARAMETER_VALUE for an alias that is not there.
    if (!isMissing(cause) && !(isAlias && isRefused(cause))) throw cause;
    const { aliases, latest_versions } = await findModel(client, name);
    const named = aliases.map(({ alias, version }) => `${alias} (version ${version})`).join(", ") || "none";
    const found = `newest version ${latest_versions[0]?.version ?? "none"}, aliases ${named}`;
    const message = `Cannot find model "${ref}" as that ${isAlias ? "alias" : "version"} must be there: got ${found}`;
    throw new RegistryError(MISSING, message, { cause });
  }
}

/**
 * Describes all versions of a model.
 *
 * @param client the registry
 * @param name name of the model
 * @returns the versions, oldest first
 * @throws {RegistryError} when there is no such model
 */
export async function listVersions(client: RegistryClient, name: string): Promise<ModelVersion[]> {
  const { aliases } = await findModel(client, name);
  const found = await Array.fromAsync(client.searchVersions(`name = ${quote(name)}`));
  found.sort((a, b) => Number(a.version) - Number(b.version));
  // Listings of MLflow leave aliases out.
  const named = (version: string) => aliases.filter((one) => one.version === version).map(({ alias }) => alias);
  return Promise.all(
    found.map((one) =>
      withPlace(client, one).then((found) => describeVersion(client, { ...found, aliases: named(one.version) }))
    ),
  );
}

/** MLflow 3's `log_model` names a logged model as source: the registry knows where its files are. */
async function withPlace(client: RegistryClient, found: RegistryVersion): Promise<RegistryVersion> {
  if (!found.source.startsWith("models:/")) return found;
  return { ...found, source: await client.getDownloadUri(found.name, found.version) };
}

/**
 * Lists all versions of all models: one search over each, page after page, however many models there are. Who deletes
 * a version between two pages may hide another one from it.
 *
 * @param client the registry
 * @param options rows of a page
 * @returns versions and aliases by name of the model
 */
export async function takeInventory(
  client: RegistryClient,
  { pageRows = 1000 }: { pageRows?: number } = {},
): Promise<Map<string, ModelInventory>> {
  const found = new Map<string, ModelInventory>();
  const of = (name: string): ModelInventory => {
    const known = found.get(name) ?? { versions: new Map(), aliases: new Map(), failed: new Map() };
    found.set(name, known);
    return known;
  };
  for (const { name, aliases } of await client.searchModels({ pageRows })) {
    for (const { alias, version } of aliases) of(name).aliases.set(alias, version);
    of(name);
  }
  const orderBy = ["name ASC", "version_number ASC"];
  for await (const { name, version, tags } of client.searchVersions("", { orderBy, pageRows })) {
    of(name).versions.set(version, tags[DIGEST_TAG] ?? null);
    const reason = readFailedTag(tags[VERDICT_TAG]);
    if (reason !== null) of(name).failed.set(version, reason);
  }
  return found;
}

async function findModel(client: RegistryClient, name: string): Promise<RegistryModel> {
  try {
    return await client.getModel(name);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const message = `Cannot find model "${name}" as no model of that name is registered; log it first`;
    throw new RegistryError(MISSING, message, { cause });
  }
}

function quote(name: string): string {
  return name.includes("'") ? `"${name}"` : `'${name}'`;
}

function isMissing(error: unknown): boolean {
  return error instanceof RegistryError && error.code === MISSING;
}

function isRefused(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "INVALID_PARAMETER_VALUE";
}
