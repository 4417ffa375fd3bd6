import type { Control, ControlState } from "../control/mod.ts";
import { canonicalJson, sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Reason } from "./apply_endpoint.ts";
import type { PinnedCall, PinnedModel, PinnedSpec } from "./plan_revision.ts";
import { callsIn, mapCalls } from "./plan_tree.ts";
import { loadRevision, saveRevision } from "./revision_store.ts";

/** A version that is to stand in for others of its model. */
export interface Replacement {
  /** The version. */
  model: PinnedModel;
  /** Versions in place of which it stands. */
  replaces: readonly string[];
}

/** An active endpoint that calls a version which is to be replaced. */
export interface ProposedChange {
  /** Name of the endpoint. */
  endpoint: string;
  /** What answers now. */
  active: { revision: string; spec: PinnedSpec };
  /** Digest of the revision that calls the other version. */
  revision: string;
  /** What differs, a phrase each. */
  changes: string[];
  /** False when that revision was proposed or applied before. */
  isNew: boolean;
}

/**
 * Proposes, for each active endpoint that calls one of the replaced versions of a model, the revision that calls the
 * other version in its place. Traffic stays as it is, and a proposed revision cannot be activated before it is applied.
 *
 * @param replacement the version, and those in place of which it stands
 * @param parts store, control topic
 * @param reason who proposes it, and why
 * @returns the endpoints that call a replaced version
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { proposeModel } from "./propose_model.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const store = await openStore({ kind: "directory", dir });
 * const model = { name: "delay", version: "2", digest: "0".repeat(64) };
 * const reason = { by: "ann", why: "champion moved" };
 * const found = await proposeModel({ model, replaces: ["1"] }, { store, control }, reason);
 * if (found.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function proposeModel(
  replacement: Replacement,
  { store, control }: { store: Store; control: Control },
  reason: Reason,
): Promise<ProposedChange[]> {
  const found: ProposedChange[] = [];
  for (const [endpoint, { active, revisions, proposals }] of Object.entries((await control.state()).endpoints)) {
    if (active === null) continue;
    const { spec } = await loadRevision(store, active.revision);
    const proposed = replaceModel(spec, replacement);
    const changes = modelChanges(spec, proposed);
    if (changes.length === 0) continue;
    const revision = sha256(canonicalJson(proposed));
    const isKnown = Object.hasOwn(revisions, revision) || Object.hasOwn(proposals, revision);
    const change = { endpoint, active: { revision: active.revision, spec }, revision, changes };
    if (isKnown) {
      found.push({ ...change, isNew: false });
      continue;
    }
    await saveRevision(store, { revision, spec: proposed });
    const target = { op: "propose" as const, target: endpoint, revision, spec: revision };
    const { applied } = await control.append({ ...target, expected: active.offset, rule: 1, ...reason });
    found.push({ ...change, isNew: applied });
  }
  return found;
}

/** A proposed revision as people see it. */
export interface ShownProposal {
  /** Digest of the revision. */
  revision: string;
  /** Why it is proposed. */
  why: string;
  /** What it would change of what is active, a phrase each. */
  changes: string[];
}

/**
 * Tells what the proposed revisions of an endpoint would change.
 *
 * @param store object store
 * @param endpoint state of the endpoint
 * @returns the proposals, oldest first
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { showProposals } from "./propose_model.ts";
 * const store = await openStore({ kind: "directory", dir: Deno.makeTempDirSync() });
 * const shown = await showProposals(store, { revisions: {}, proposals: {}, active: null, previous: null });
 * if (shown.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function showProposals(
  store: Store,
  { active, proposals }: ControlState["endpoints"][string],
): Promise<ShownProposal[]> {
  const all = Object.entries(proposals).sort(([, a], [, b]) => a.offset - b.offset);
  if (active === null || all.length === 0) return [];
  const { spec } = await loadRevision(store, active.revision);
  return Promise.all(all.map(async ([revision, { why }]) => {
    const proposed = await loadRevision(store, revision);
    return { revision, why, changes: modelChanges(spec, proposed.spec) };
  }));
}

function replaceModel(spec: PinnedSpec, { model, replaces }: Replacement): PinnedSpec {
  const pinned = (models: Record<string, PinnedModel>) =>
    Object.fromEntries(
      Object.entries(models).map(([alias, found]) => [
        alias,
        found.name === model.name && replaces.includes(found.version) ? model : found,
      ]),
    );
  const change = (call: PinnedCall): PinnedCall => ({ ...call, models: pinned(call.models) });
  return {
    ...spec,
    variants: spec.variants.map((variant) => ({ ...variant, steps: mapCalls(variant.steps, change) })),
    ...(spec.shadow ? { shadow: spec.shadow.map((call) => ({ ...call, models: pinned(call.models) })) } : {}),
  };
}

/** Both have the same steps: a proposal ends with the activation that it was made from. */
function modelChanges(before: PinnedSpec, after: PinnedSpec): string[] {
  const now = modelsOf(after);
  return modelsOf(before).flatMap(({ place, model: { name, version } }, index) => {
    const next = now[index]!.model.version;
    return next === version ? [] : [`${place}: ${name} ${version} → ${next}`];
  });
}

/**
 * Lists the models that a revision calls.
 *
 * @param spec spec of the revision
 * @returns each with where it is called, such as `control/predictDelay`
 * @example
 * ```ts
 * import type { PinnedSpec } from "./plan_revision.ts";
 * import { modelsOf } from "./propose_model.ts";
 * const model = { name: "delay", version: "2", digest: "0".repeat(64) };
 * const call = { call: "predict", hash: "h", models: { delay: model }, budgetMs: 9 };
 * const spec = { variants: [{ name: "all", weight: 1, steps: [call] }] } as unknown as PinnedSpec;
 * if (modelsOf(spec)[0]?.place !== "all/predict") throw new Error("unexpected");
 * ```
 */
export function modelsOf({ variants, shadow = [] }: PinnedSpec): { place: string; model: PinnedModel }[] {
  const calls = [
    ...variants.flatMap(({ name, steps }) => callsIn(steps).map((step) => ({ place: name, step }))),
    ...shadow.map((step) => ({ place: "shadow", step })),
  ];
  return calls.flatMap(({ place, step }) =>
    Object.values(step.models).map((model) => ({ place: `${place}/${step.call}`, model }))
  );
}
