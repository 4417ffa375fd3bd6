import type { RegistryVersion } from "./model_versions.ts";
import type { RegistryClient } from "./registry_client.ts";

/** How far a registry was read: the newest version of each model. It is plain JSON, to be kept. */
export type ReconcileCursor = Readonly<Record<string, number>>;

/** Versions that are new, and where to go on. */
export interface Reconciled {
  /** Versions since the cursor, by model and then by number. */
  versions: RegistryVersion[];
  /** Where to go on. */
  cursor: ReconcileCursor;
}

/**
 * Finds the versions that were registered since a cursor. Webhooks get lost: MLflow drops those that do not arrive,
 * and sends none to loopback addresses; this asks instead. Each version is found once, also where two are registered
 * at the same moment, since numbers only grow.
 *
 * @param client the registry
 * @param cursor where an earlier call ended; empty for all versions
 * @returns the versions and the next cursor; a model that was deleted or renamed leaves the cursor
 * @throws {RegistryError} when the registry refuses
 * @example
 * ```ts
 * import { openStore } from "../../store/mod.ts";
 * import { registryHandler } from "../registry/registry_handler.ts";
 * import { reconcile } from "./reconcile.ts";
 * import { registryClient } from "./registry_client.ts";
 * const dir = Deno.makeTempDirSync();
 * await using handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir });
 * const client = registryClient(handler);
 * await client.ensureModel("delay");
 * const { cursor } = await reconcile(client, {});
 * await client.createVersion({ name: "delay", source: "mlflow-artifacts:/0/a", runId: "", tags: {} });
 * const { versions } = await reconcile(client, cursor);
 * if (versions[0]?.version !== "1") throw new Error("unexpected");
 * ```
 */
export async function reconcile(
  client: Pick<RegistryClient, "searchModels" | "searchVersions">,
  cursor: ReconcileCursor,
): Promise<Reconciled> {
  const versions: RegistryVersion[] = [];
  const next: Record<string, number> = {};
  for (const { name, latest_versions } of await client.searchModels()) {
    const seen = Object.hasOwn(cursor, name) ? cursor[name]! : 0;
    const newest = Math.max(0, ...latest_versions.map(({ version }) => Number(version)));
    next[name] = Math.max(seen, newest);
    if (newest <= seen) continue;
    const quoted = name.includes("'") ? `"${name}"` : `'${name}'`;
    const found = await client.searchVersions(`name = ${quoted} AND version_number > ${seen}`);
    versions.push(...found.toSorted((a, b) => Number(a.version) - Number(b.version)));
    next[name] = Math.max(seen, ...found.map(({ version }) => Number(version)));
  }
  return { versions, cursor: next };
}
