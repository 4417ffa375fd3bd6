import { lakePaths, type Settings } from "../../lib/config/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import type { Finding } from "./finding.ts";

/**
 * Asks the model registry for its models, and tells what it keeps its word by.
 *
 * @param settings settings of the workbench
 * @param store the store that holds the lake
 * @returns the findings
 */
export async function registry(settings: Settings, store: Store): Promise<Omit<Finding, "part">[]> {
  const { openModels } = await import("../../lib/models/mod.ts");
  const remote = settings.registry.kind === "mlflow" ? settings.registry : null;
  const dir = lakePaths(settings).registry;
  await using models = await openModels({ store, dir, ...(remote && { remote }) });
  const found = `${(await models.list()).length} models`;
  const name = "one version of one content";
  return remote
    ? [
      { name: "registry", state: "proved", detail: `MLflow at ${remote.url}, ${found}` },
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
