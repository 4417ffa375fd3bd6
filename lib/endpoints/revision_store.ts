import { canonicalJson } from "../events/mod.ts";
import { getObject, putObject, type Store } from "../store/mod.ts";
import type { PinnedSpec, Revision } from "./plan_revision.ts";

/**
 * Stores a revision under its digest.
 *
 * @param store object store
 * @param revision what planRevision gave
 * @throws {Error} when the store cannot be written
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { parseEndpoint } from "./endpoint_spec.ts";
 * import { planRevision } from "./plan_revision.ts";
 * import { loadRevision, saveRevision } from "./revision_store.ts";
 * const store = await openStore({ kind: "directory", dir: Deno.makeTempDirSync() });
 * const none = () => Promise.resolve(null);
 * const text = "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: 1 }] } }] }";
 * const product = { name: "p", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
 * const pins = { findFunction: none, findModel: none, findVerdict: none, readDigest: () => Promise.resolve("") };
 * const revision = await planRevision(parseEndpoint(text, "e.yaml"), product, pins);
 * await saveRevision(store, revision);
 * if ((await loadRevision(store, revision.revision)).spec.owner !== "o") throw new Error("unexpected");
 * ```
 */
export async function saveRevision(store: Store, { spec }: Revision): Promise<void> {
  await putObject(store, new TextEncoder().encode(canonicalJson(spec)));
}

/**
 * Reads a revision by its digest.
 *
 * @param store object store
 * @param revision SHA-256 of the pinned spec, 64 hexadecimal digits
 * @returns the revision
 * @throws {Deno.errors.NotFound} when the store has no such object
 * @throws {RangeError} when the object is of a format that this version does not know
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { loadRevision } from "./revision_store.ts";
 * const store = await openStore({ kind: "directory", dir: Deno.makeTempDirSync() });
 * const error = await loadRevision(store, "0".repeat(64)).catch((error) => error);
 * if (!(error instanceof Deno.errors.NotFound)) throw new Error("unexpected");
 * ```
 */
export async function loadRevision(store: Store, revision: string): Promise<Revision> {
  const spec = JSON.parse(new TextDecoder().decode(await getObject(store, revision))) as PinnedSpec;
  if (spec.schema === 1) return { revision, spec };
  throw new RangeError(
    `Cannot read revision ${revision} as its format must be 1: got ${
      JSON.stringify(spec.schema)
    }; start a newer version`,
  );
}
