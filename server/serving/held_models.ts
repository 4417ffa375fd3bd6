import type { PinnedModel } from "../../lib/endpoints/mod.ts";
import type { HeldModel, Model, Models } from "../../lib/models/mod.ts";

/** Models that stay in memory, by the digest of their content. */
export interface HeldModels extends AsyncDisposable {
  /** Gives a model, which is held from its first use on; one whose content is not the pinned one is refused. */
  get(model: PinnedModel): Promise<Model>;
  /** Releases all models but those of these digests; who asks for another one loads it again. */
  keep(digests: ReadonlySet<string>): Promise<void>;
}

/**
 * Holds models of a registry for who answers by them.
 *
 * @param models the registry
 * @returns the models; dispose of it to release all
 */
export function holdModels(models: Pick<Models, "hold">): HeldModels {
  const held = new Map<string, Promise<HeldModel>>();
  const release = async (digest: string) => {
    const holding = held.get(digest)!;
    held.delete(digest);
    const model = await holding.catch(() => null); // who asked for it was told why
    await model?.[Symbol.asyncDispose]();
  };
  return {
    get: (model) => {
      const known = held.get(model.digest);
      if (known) return known;
      const holding = hold(models, model);
      held.set(model.digest, holding);
      // What failed may be tried again.
      holding.catch(() => held.get(model.digest) === holding && held.delete(model.digest));
      return holding;
    },
    keep: async (digests) => {
      await Promise.all([...held.keys()].filter((digest) => !digests.has(digest)).map(release));
    },
    [Symbol.asyncDispose]: async () => void await Promise.all([...held.keys()].map(release)),
  };
}

async function hold(models: Pick<Models, "hold">, { name, version, digest }: PinnedModel): Promise<HeldModel> {
  const model = await models.hold(`${name}@${version}`);
  if (model.digest === digest) return model;
  await model[Symbol.asyncDispose]();
  throw new Error(
    `Cannot serve model "${name}@${version}" as its content must have the digest ${digest}: got ${model.digest}`,
  );
}
