import type { PinnedModel } from "../../lib/endpoints/mod.ts";
import { readManifest } from "../../lib/functions/mod.ts";
import { type TriedFunction, TRY_PRODUCT } from "./node.ts";
import type { NodeParts } from "./open_parts.ts";

/**
 * Makes a function ready for trying, with the models that its declared aliases name now.
 *
 * @param ref `name` (the newest promoted version) or `name@hash`
 * @param parts what the node is made of
 * @returns the function; null when it was not promoted
 */
export async function findFunction(
  ref: string,
  { control, store, models, host }: Pick<NodeParts, "control" | "store" | "models" | "host">,
): Promise<TriedFunction | null> {
  const [name, wanted] = ref.split("@") as [string, string?];
  const { functions } = await control.state();
  const found = Object.hasOwn(functions, name) ? functions[name]! : null;
  const hash = wanted ?? found?.hash;
  if (found === null || !found.history.some((entry) => entry.hash === hash)) return null;
  const { models: declared, lookups, budgetMs } = await readManifest(store, hash!);
  const pinned: Record<string, PinnedModel> = {};
  for (const [alias, ref] of Object.entries({ ...declared, ...lookups })) {
    const { name, version, digest } = await models.get(ref);
    pinned[alias] = { name, version, digest };
  }
  const call = { call: name, hash: hash!, models: pinned, budgetMs };
  return { call, schemas: await host.prepare(TRY_PRODUCT, call) };
}
