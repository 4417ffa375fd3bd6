import type { Settings } from "../../lib/config/mod.ts";
import type { Models } from "../../lib/models/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { registryOptions } from "../../lib/workbench/mod.ts";
import type { Finding } from "./finding.ts";

/**
 * Opens the model registry of a workbench.
 *
 * @param settings settings of the workbench
 * @param store the store that holds the lake
 * @returns the registry
 */
export async function openRegistry(settings: Settings, store: Store): Promise<Models> {
  const { openModels } = await import("../../lib/models/mod.ts");
  return openModels({ store, ...registryOptions(settings) });
}

/**
 * Asks the model registry for its models, and tells what it keeps its word by.
 *
 * @param models the registry
 * @param setting where it is
 * @returns the findings
 */
export async function registry(models: Models, setting: Settings["registry"]): Promise<Omit<Finding, "part">[]> {
  const found = `${(await models.list()).length} models`;
  const name = "one version of one content";
  return setting.kind === "mlflow"
    ? [
      { name: "registry", state: "proved", detail: `MLflow at ${setting.url}, ${found}` },
      {
        name,
        state: "promised",
        detail: "content is found again by its tag; of those who log the same at the same moment the lowest version " +
          "stays, the others take theirs back",
      },
    ]
    : [
      { name: "registry", state: "proved", detail: `embedded, ${found}` },
      { name, state: "proved", detail: "by an index of the registry's tables" },
    ];
}
