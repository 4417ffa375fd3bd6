import type { ControlState } from "../../lib/control/mod.ts";
import {
  callsOf,
  type CompiledEndpoint,
  compileEndpoint,
  type FunctionSchemas,
  loadRevision,
  type PinnedCall,
  type PinnedModel,
} from "../../lib/endpoints/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { loadServedModels, type PreparedModel, type ServedModels } from "./served_models.ts";

/** What a node answers by, at one offset of topic `control`. */
export interface Served extends Pick<ServedModels, "models" | "brokenModels"> {
  /** Next offset of `control` to fold; stays before an activation or promotion that could not be loaded. */
  offset: number;
  /** Endpoints by name, ready to answer. */
  endpoints: ReadonlyMap<string, CompiledEndpoint>;
  /** Compiled revisions, active and previous ones, so that a rollback finds them warm. */
  warm: ReadonlyMap<string, CompiledEndpoint>;
  /** Why endpoints are not served as activated, by name. */
  broken: ReadonlyMap<string, string>;
}

/** What loading needs of its node. */
export interface LoadParts {
  /** Where revisions are stored. */
  store: Store;
  /** Makes a function and its models ready to be called; answers the function's schemas. */
  prepare(product: string, call: PinnedCall): Promise<FunctionSchemas>;
  /** Makes a model ready to be called by itself. */
  prepareModel(model: PinnedModel): Promise<PreparedModel>;
}

/** Nothing served. */
export const NOTHING: Served = {
  offset: 0,
  endpoints: new Map(),
  warm: new Map(),
  broken: new Map(),
  models: new Map(),
  brokenModels: new Map(),
};

/**
 * Makes what is active at a state ready to answer. An endpoint whose new revision cannot be made ready goes on answering
 * by the one before.
 *
 * @param state folded state of topic `control`
 * @param before what is served until then
 * @param parts store, and how functions are made ready
 * @returns what is to be served from now on
 */
export async function loadServed(state: ControlState, before: Served, parts: LoadParts): Promise<Served> {
  const endpoints = new Map<string, CompiledEndpoint>(), warm = new Map<string, CompiledEndpoint>();
  const broken = new Map<string, string>();
  let offset = state.offset;
  for (const [name, { active, previous }] of Object.entries(state.endpoints)) {
    if (active === null) continue;
    try {
      const compiled = before.warm.get(active.revision) ?? await compile(active.revision, parts);
      warm.set(active.revision, compiled);
      endpoints.set(name, compiled);
    } catch (error) {
      broken.set(name, (error as Error).message);
      offset = Math.min(offset, active.offset);
      const last = before.endpoints.get(name);
      if (last) endpoints.set(name, last);
      if (last) warm.set(last.revision, last);
    }
    const kept = previous === null ? undefined : before.warm.get(previous.revision);
    if (kept) warm.set(kept.revision, kept);
  }
  const { missing, ...models } = await loadServedModels(state.models, before.models, parts.prepareModel);
  return { offset: Math.min(offset, missing), endpoints, warm, broken, ...models };
}

/**
 * Tells which models answer, or would after a rollback, beside them those of shadows.
 *
 * @param served what is served
 * @returns digests of their content
 */
export function modelsOf({ warm, models }: Served): Set<string> {
  const calls = [...warm.values()].flatMap(({ spec }) => [...callsOf(spec), ...spec.shadow ?? []]);
  const called = calls.flatMap(({ models }) => Object.values(models));
  return new Set([...called, ...models.values()].map(({ digest }) => digest));
}

async function compile(digest: string, { store, prepare }: LoadParts): Promise<CompiledEndpoint> {
  const revision = await loadRevision(store, digest);
  const schemas = new Map<string, FunctionSchemas>();
  for (const call of callsOf(revision.spec)) schemas.set(call.hash, await prepare(revision.spec.product, call));
  return compileEndpoint(revision, (hash) => schemas.get(hash)!);
}
