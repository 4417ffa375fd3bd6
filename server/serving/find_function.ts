import type { FunctionSchemas, PinnedModel } from "../../lib/endpoints/mod.ts";
import { type Manifest, readManifest } from "../../lib/functions/mod.ts";
import { type TriedFunction, TRY_PRODUCT } from "./node.ts";
import type { NodeParts } from "./open_parts.ts";

/** Finds a function by `name` (the newest promoted version) or `name@hash`; null when it was not promoted. */
export type FunctionFinder = (ref: string) => Promise<TriedFunction | null>;

/** What each version is made of, and which of them were made ready with which models. */
interface Known {
  manifests: Map<string, Promise<Manifest>>;
  ready: Map<string, Promise<FunctionSchemas>>;
}

/**
 * Makes what makes functions ready for trying, with the models that their declared aliases name now. A version is read
 * once, as its hash names what never changes, and warmed up once with the same models.
 *
 * @param parts what the node is made of
 * @param atMost how many versions are kept in mind; those asked for least recently are read anew
 * @returns the finder
 */
export function functionFinder(
  { control, store, models, host }: Pick<NodeParts, "control" | "store" | "models" | "host">,
  atMost = 1000,
): FunctionFinder {
  const known: Known = { manifests: new Map(), ready: new Map() };
  return async (ref) => {
    const [name, wanted] = ref.split("@") as [string, string?];
    const { functions } = await control.state();
    const found = Object.hasOwn(functions, name) ? functions[name]! : null;
    const hash = wanted ?? found?.hash;
    if (found === null || !found.history.some((entry) => entry.hash === hash)) return null;
    const manifest = await recall(known.manifests, hash!, atMost, () => readManifest(store, hash!));
    const pinned: Record<string, PinnedModel> = {};
    for (const [alias, ref] of Object.entries({ ...manifest.models, ...manifest.lookups })) {
      const { name, version, digest } = await models.get(ref);
      pinned[alias] = { name, version, digest };
    }
    const call = { call: name, hash: hash!, models: pinned, budgetMs: manifest.budgetMs };
    const key = JSON.stringify([hash, pinned]);
    return { call, schemas: await recall(known.ready, key, atMost, () => host.prepare(TRY_PRODUCT, call)) };
  };
}

function recall<T>(known: Map<string, Promise<T>>, key: string, atMost: number, make: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  const value = found ?? make();
  known.delete(key); // the newest stands last
  known.set(key, value);
  for (const oldest of known.size > atMost ? known.keys().take(known.size - atMost) : []) known.delete(oldest);
  if (!found) value.catch(() => known.get(key) === value && known.delete(key));
  return value;
}
