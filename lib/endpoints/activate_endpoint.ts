import type { Activation, Control, ControlAppended, EndpointState } from "../control/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Reason } from "./apply_endpoint.ts";
import { contractBreaks } from "./contract_rule.ts";
import type { FunctionSchemas } from "./compile_plan.ts";
import { callsOf } from "./compile_endpoint.ts";
import type { PinnedSpec } from "./plan_revision.ts";
import { loadRevision } from "./revision_store.ts";
import { findSimulation } from "./simulation_record.ts";

/** What an activation needs. */
export interface ActivateParts {
  /** Where revisions are stored. */
  store: Store;
  /** The control topic. */
  control: Control;
  /** Reads the schemas of a function's version by its hash. */
  readSchemas(hash: string): Promise<FunctionSchemas>;
}

/** What is to be activated. */
export interface ActivateRequest extends Reason {
  /** Name of the endpoint. */
  endpoint: string;
  /** Revision, or the beginning of its digest; the newest applied one unless given. */
  revision?: string;
  /** Offset of the activation that it replaces, as the caller saw it; the one in force now unless given. */
  expected?: number | null;
  /** Refuses a revision that was not simulated against the active one. */
  mustBeSimulated?: boolean;
}

/** What became of an activation or a rollback. */
export type Activated =
  | { applied: true; offset: number; revision: string; previous: string | null; changed: boolean }
  | { applied: false; offset: number; reason: string; winner: Activation | null };

/**
 * Lets a revision answer, by one event that every node follows. Of several who expect the same activation, one wins.
 *
 * @param request endpoint, revision, expected activation, who and why
 * @param parts store, control topic, schemas
 * @returns the activation's offset, or who won instead and when
 * @throws {RangeError} when endpoint or revision are unknown, callers would notice a change under the same contract, or a
 * simulation is asked for and there is none
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { activateEndpoint } from "./activate_endpoint.ts";
 * import { applyEndpoint } from "./apply_endpoint.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const store = await openStore({ kind: "directory", dir });
 * const none = () => Promise.resolve(null);
 * const pins = { findFunction: none, findModel: none, findVerdict: none, readDigest: () => Promise.resolve("") };
 * const product = { name: "p", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
 * const text = "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: 1 }] } }] }";
 * const reason = { by: "ann", why: "new" };
 * await applyEndpoint({ text, name: "e.yaml" }, product, { store, control, pins }, reason);
 * const readSchemas = () => Promise.resolve({ input: {}, output: {} });
 * const request = { endpoint: "e", ...reason };
 * const activated = await activateEndpoint(request, { store, control, readSchemas });
 * if (!activated.applied || activated.offset !== 1) throw new Error("unexpected");
 * ```
 */
export async function activateEndpoint(request: ActivateRequest, parts: ActivateParts): Promise<Activated> {
  const { endpoint, by, why } = request;
  const found = await findEndpoint(parts.control, endpoint);
  const revision = findRevision(endpoint, found, request.revision);
  const { active } = found;
  if (active?.revision === revision) {
    return {
      applied: true,
      offset: active.offset,
      revision,
      previous: found.previous?.revision ?? null,
      changed: false,
    };
  }
  if (active !== null) await checkContract(endpoint, active.revision, revision, parts);
  const pair = { endpoint, base: active?.revision ?? null, candidate: revision };
  const simulation = await findSimulation(parts.store, pair);
  if (request.mustBeSimulated && active !== null && simulation === null) throw unsimulated(endpoint, revision, active);
  const expected = request.expected === undefined ? active?.offset ?? null : request.expected;
  const appended = await parts.control.append({
    op: "activate",
    target: endpoint,
    revision,
    expected,
    rule: 1,
    spec: revision,
    ...(simulation === null ? {} : { simulation }),
    by,
    why,
  });
  return outcomeOf(appended, revision, active);
}

/**
 * Lets the revision answer that answered before the present one. Needs the bus only.
 *
 * @param request endpoint, expected activation, who and why
 * @param parts control topic
 * @returns the rollback's offset, or who won instead and when
 * @throws {RangeError} when the endpoint is unknown or has no earlier activation
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { rollbackEndpoint } from "./activate_endpoint.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const error = await rollbackEndpoint({ endpoint: "e", by: "ann", why: "late" }, { control }).catch((error) => error);
 * if (!error.message.startsWith('Cannot find endpoint "e"')) throw error;
 * ```
 */
export async function rollbackEndpoint(
  request: Omit<ActivateRequest, "revision">,
  { control }: Pick<ActivateParts, "control">,
): Promise<Activated> {
  const { endpoint, by, why } = request;
  const { active, previous } = await findEndpoint(control, endpoint);
  if (active === null || previous === null) {
    throw new RangeError(`Cannot roll back endpoint "${endpoint}" as it has no earlier activation`);
  }
  const { revision } = previous;
  const expected = request.expected === undefined ? active.offset : request.expected;
  const appended = await control.append({
    op: "rollback",
    target: endpoint,
    revision,
    expected,
    rule: 1,
    spec: revision,
    by,
    why,
  });
  return outcomeOf(appended, revision, active);
}

async function findEndpoint(control: Control, name: string) {
  const { endpoints } = await control.state();
  if (Object.hasOwn(endpoints, name)) return endpoints[name]!;
  const known = Object.keys(endpoints).join(", ") || "none";
  throw new RangeError(`Cannot find endpoint "${name}" as it must be applied before: applied are ${known}`);
}

function findRevision(
  endpoint: string,
  { revisions: known, proposals }: Pick<EndpointState, "revisions" | "proposals">,
  wanted: string | undefined,
): string {
  const all = Object.keys(known);
  if (wanted === undefined) return all.reduce((a, b) => (known[b]!.offset > known[a]!.offset ? b : a));
  const fitting = wanted.length < 7 ? [] : all.filter((revision) => revision.startsWith(wanted));
  if (fitting.length === 1) return fitting[0]!;
  if (wanted.length >= 7 && Object.keys(proposals).some((revision) => revision.startsWith(wanted))) {
    throw new RangeError(
      `Cannot activate revision "${wanted}" of endpoint "${endpoint}" as it is only proposed: apply a file that says so`,
    );
  }
  throw new RangeError(
    `Cannot activate revision "${wanted}" of endpoint "${endpoint}" as it must name one applied revision by 7 digits ` +
      `or more: ${fitting.length} fit`,
  );
}

async function checkContract(endpoint: string, active: string, next: string, parts: ActivateParts): Promise<void> {
  const [before, after] = await Promise.all([loadRevision(parts.store, active), loadRevision(parts.store, next)]);
  const refuse = (because: string) =>
    new RangeError(`Cannot activate revision ${next.slice(0, 12)} of endpoint "${endpoint}" as ${because}`);
  if (after.spec.contract > before.spec.contract) return;
  if (after.spec.contract < before.spec.contract) {
    throw refuse(
      `its contract must be at least ${before.spec.contract}: got ${after.spec.contract}; roll back instead`,
    );
  }
  const schemas = await readAll([before.spec, after.spec], parts);
  const breaks = contractBreaks(before.spec, after.spec, (hash) => schemas.get(hash)!);
  if (breaks.length > 0) {
    throw refuse(`callers would notice: ${breaks.join(", ")}; raise contract to ${before.spec.contract + 1}`);
  }
}

async function readAll(specs: PinnedSpec[], { readSchemas }: ActivateParts): Promise<Map<string, FunctionSchemas>> {
  const hashes = [...new Set(specs.flatMap(callsOf).map(({ hash }) => hash))];
  return new Map(await Promise.all(hashes.map(async (hash) => [hash, await readSchemas(hash)] as const)));
}

function unsimulated(endpoint: string, revision: string, active: Activation): RangeError {
  return new RangeError(
    `Cannot activate revision ${revision.slice(0, 12)} of endpoint "${endpoint}" as it must be simulated against the ` +
      `active ${active.revision.slice(0, 12)}: boathouse endpoint simulate ${endpoint} --candidate FILE, or say ` +
      `--why-unsimulated REASON`,
  );
}

function outcomeOf(appended: ControlAppended, revision: string, active: Activation | null): Activated {
  return appended.applied
    ? { applied: true, offset: appended.offset, revision, previous: active?.revision ?? null, changed: true }
    : appended;
}
