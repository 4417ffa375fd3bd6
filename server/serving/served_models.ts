import type { ControlState, ModelState } from "../../lib/control/mod.ts";
import type { PinnedModel } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { ModelSignature } from "../../lib/models/mod.ts";

/** A promoted model, ready to answer. */
export interface ServedModel extends PinnedModel, PreparedModel {}

/** What is known of a model that was loaded and called once. */
export interface PreparedModel {
  /** What it takes and gives. */
  signature: ModelSignature;
  /** Its answer to a row of zeros, which tells shapes; null where it refused that row. */
  sample: Json | null;
}

/** The promoted models of a node. */
export interface ServedModels {
  /** Models by name, ready to answer. */
  models: ReadonlyMap<string, ServedModel>;
  /** Why models are not served as promoted, by name. */
  brokenModels: ReadonlyMap<string, string>;
  /** Offset of the first promotion that is not in force; Infinity when all are. */
  missing: number;
}

/**
 * Makes the promoted models ready to answer. A model whose new version cannot be made ready goes on answering by the
 * one before.
 *
 * @param promoted promoted models by name
 * @param before what is served until then
 * @param prepare loads a version whose content has the digest of its promotion, and warms it up
 * @returns what is to be served from now on
 */
export async function loadServedModels(
  promoted: ControlState["models"],
  before: ReadonlyMap<string, ServedModel>,
  prepare: (model: PinnedModel) => Promise<PreparedModel>,
): Promise<ServedModels> {
  const models = new Map<string, ServedModel>(), brokenModels = new Map<string, string>();
  let missing = Infinity;
  for (const [name, state] of Object.entries(promoted)) {
    const last = before.get(name);
    try {
      models.set(name, isSame(last, state) ? last : await load({ name, ...versionOf(state) }, prepare));
    } catch (error) {
      brokenModels.set(name, (error as Error).message);
      missing = Math.min(missing, state.offset);
      if (last) models.set(name, last);
    }
  }
  return { models, brokenModels, missing };
}

async function load(
  model: PinnedModel,
  prepare: (model: PinnedModel) => Promise<PreparedModel>,
): Promise<ServedModel> {
  return { ...model, ...await prepare(model) };
}

function versionOf({ version, digest }: ModelState): Pick<PinnedModel, "version" | "digest"> {
  return { version, digest };
}

function isSame(last: ServedModel | undefined, { version, digest }: ModelState): last is ServedModel {
  return last?.version === version && last.digest === digest;
}
