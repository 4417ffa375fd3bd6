import type { FunctionSchemas, PinSource } from "../endpoints/mod.ts";
import { readManifest } from "../functions/mod.ts";
import { readVerdict, RegistryError } from "../models/mod.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Where an endpoint's file finds what it names: promoted functions, registered models and their verdicts.
 *
 * @param workbench the open workbench
 * @returns look-ups for applyEndpoint
 */
export function endpointPins(workbench: Workbench): PinSource {
  return {
    async findFunction(ref) {
      const [name, wanted] = ref.split("@") as [string, string | undefined];
      const { functions } = await (await workbench.control()).state();
      const found = functions[name];
      if (!found) return null;
      const hash = wanted === undefined
        ? found.hash
        : found.history.map((each) => each.hash).find((h) => h.startsWith(wanted));
      if (hash === undefined) return null;
      const { output, models, lookups, budgetMs } = await readManifest(await workbench.store(), hash);
      // A lookup is a model that answers keys: it is pinned as models are.
      return { name, hash, output, models: { ...models, ...lookups }, budgetMs };
    },
    async findModel(ref) {
      try {
        const { name, version, digest } = await (await workbench.models()).get(ref);
        return { name, version, digest };
      } catch (error) {
        if (error instanceof RegistryError && error.code === "RESOURCE_DOES_NOT_EXIST") return null;
        throw error;
      }
    },
    readDigest: async (ref) => (await workbench.models()).readDigest(ref),
    async findVerdict(model) {
      return (await readVerdict({ store: await workbench.store(), key: workbench.key }, model))?.data ?? null;
    },
  };
}

/**
 * Reads the schemas of promoted functions.
 *
 * @param workbench the open workbench
 * @returns a function from a version's hash to its schemas
 */
export function readSchemas(workbench: Workbench): (hash: string) => Promise<FunctionSchemas> {
  return async (hash) => {
    const { input, output } = await readManifest(await workbench.store(), hash);
    return { input, output };
  };
}
