import { lakePaths, type Settings } from "../config/mod.ts";
import type { ModelsOptions } from "../models/mod.ts";

/**
 * How the settings of a workbench open its model registry: where it is, how much memory loaded models may have, and who
 * runs models that are code.
 *
 * @param settings settings of the workbench
 * @returns options of `openModels`, all but the store
 * @example
 * ```ts
 * import { loadSettings } from "../config/mod.ts";
 * import { registryOptions } from "./registry_options.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "registry: http://127.0.0.1:5000");
 * if (registryOptions(loadSettings(dir, {})).remote?.url !== "http://127.0.0.1:5000") throw new Error("unexpected");
 * ```
 */
export function registryOptions(settings: Settings): Omit<ModelsOptions, "store"> {
  const typescript = async () => (await import("../functions/mod.ts")).typescriptHost(settings.root);
  return {
    dir: lakePaths(settings).registry,
    cacheBytes: settings.models.memoryMb * 2 ** 20,
    ...(settings.registry.kind === "mlflow" && { remote: settings.registry }),
    typescript: {
      bundle: async (source, name) => (await typescript()).bundle(source, name),
      open: async (code) => (await typescript()).open(code),
    },
  };
}
