import type { Control } from "../control/mod.ts";
import { contentFault, type PinnedModel, type PinSource, type Reason } from "../endpoints/mod.ts";

/** What promoting a model needs. */
export interface PromoteModelParts {
  /** The control topic. */
  control: Control;
  /** Where models, their verdicts and their content are looked up. */
  pins: Pick<PinSource, "findModel" | "findVerdict" | "readDigest">;
}

/** What became of a promotion. */
export interface PromotedModel extends PinnedModel {
  /** Offset of the promotion on topic `control`. */
  offset: number;
  /** The version that was promoted before; null when none was. */
  previous: string | null;
  /** False when exactly this version was the promoted one already. */
  changed: boolean;
}

/**
 * Promotes a version of a model: from then on serving nodes answer the Open Inference Protocol from it. Its content is
 * read before: serving nodes refuse what is not as it was judged.
 *
 * @param ref `name@version` or `name@alias`; an alias is resolved now, and never followed
 * @param parts control topic, lookups
 * @param reason who promotes it, and why
 * @returns the version
 * @throws {TypeError} when the reference is malformed
 * @throws {RangeError} when there is no such version, it has no passing verdict for exactly its content, or its content
 * is no longer that
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { promoteModel } from "./promote_model.ts";
 * await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
 * await using control = await openControl({ bus, key: "secret" });
 * const pins = {
 *   findModel: () => Promise.resolve({ name: "delay", version: "2", digest: "0".repeat(64) }),
 *   findVerdict: () => Promise.resolve({ verdict: "pass" as const, failed: [] }),
 *   readDigest: () => Promise.resolve("0".repeat(64)),
 * };
 * const reason = { by: "ann", why: "it is better" };
 * const { version } = await promoteModel("delay@champion", { control, pins }, reason);
 * if (version !== "2" || (await control.state()).models.delay?.version !== "2") throw new Error("unexpected");
 * ```
 */
export async function promoteModel(
  ref: string,
  { control, pins }: PromoteModelParts,
  reason: Reason,
): Promise<PromotedModel> {
  const model = await pins.findModel(ref);
  if (model === null) throw refuse(ref, "it is not in the registry: boathouse model list");
  const { name, version, digest } = model;
  const label = `${name}@${version}`;
  await checkVerdict(label, model, pins);
  const fault = await contentFault(model, pins);
  if (fault !== null) throw refuse(label, fault);
  const { models } = await control.state();
  const known = Object.hasOwn(models, name) ? models[name]! : null;
  const answer = { name, version, digest, previous: known?.version ?? null };
  if (known?.version === version && known.digest === digest) return { ...answer, offset: known.offset, changed: false };
  const target = `model:${name}`;
  const appended = await control.append({
    op: "promote",
    target,
    revision: version,
    expected: null,
    rule: 1,
    spec: digest,
    ...reason,
  });
  if (appended.applied) return { ...answer, offset: appended.offset, changed: true };
  throw new Error(`Cannot promote model "${label}" as ${appended.reason}`);
}

async function checkVerdict(label: string, model: PinnedModel, pins: PromoteModelParts["pins"]): Promise<void> {
  const found = await pins.findVerdict(model);
  if (found?.verdict === "pass") return;
  const because = found === null
    ? `its content (${model.digest.slice(0, 12)}) was not evaluated: run boathouse evaluate PRODUCT`
    : `its verdict is "fail" on ${found.failed.join(", ")}: log a better version, and run boathouse evaluate PRODUCT`;
  throw refuse(label, because);
}

function refuse(ref: string, because: string): RangeError {
  return new RangeError(`Cannot promote model "${ref}" as ${because}`);
}
