import type { ControlRecord, ControlRequest } from "./request.ts";

/** Something that a request put in place, and where. */
export interface Placed {
  /** Offset of the request. */
  offset: number;
  /** Who asked. */
  by: string;
  /** When the bus took it, microseconds since 1970. */
  atMicros: number;
}

/** A registered topic. */
export interface TopicState extends Placed {
  /** SHA-256 of its spec: type, JSON Schema, key, partitions. */
  spec: string;
}

/** A promoted function. */
export interface FunctionState extends Placed {
  /** Hash of the newest promoted version. */
  hash: string;
  /** All promotions of versions that are not retired, oldest first. */
  history: (Placed & { hash: string })[];
}

/** A promoted model. */
export interface ModelState extends Placed {
  /** The newest promoted version. */
  version: string;
  /** Its digest. */
  digest: string;
}

/** An access token that counts. */
export interface TokenState extends Placed {
  /** SHA-256 of its spec: role, product, rate, and the hash of what is secret. */
  spec: string;
}

/** A revision that may be activated. */
export interface RevisionState extends Placed {
  /** SHA-256 of the pinned spec. */
  spec: string;
  /** True when it was applied without a passing verdict. */
  forced: boolean;
}

/** A revision that nobody applied: it says what would follow from a change elsewhere, and cannot be activated. */
export interface ProposedRevision extends Placed {
  /** SHA-256 of the pinned spec. */
  spec: string;
  /** Why it is proposed. */
  why: string;
}

/** An activation that is, or was, in force. */
export interface Activation extends Placed {
  /** The revision that answers. */
  revision: string;
  /** SHA-256 of its pinned spec. */
  spec: string;
}

/** An endpoint. */
export interface EndpointState {
  /** Applied revisions. */
  revisions: Record<string, RevisionState>;
  /** Revisions proposed in place of the active one; another activation, or applying them, ends them. */
  proposals: Record<string, ProposedRevision>;
  /** The revision that answers now. */
  active: Activation | null;
  /** What answered before it. */
  previous: Activation | null;
}

/** What all control requests up to an offset amount to; plain JSON. */
export interface ControlState {
  /** Next offset to fold. */
  offset: number;
  /** Set when the record at `offset` follows rules that this version does not know: the state stands still, and is not ready. */
  unready: string | null;
  /** Registered topics. */
  topics: Record<string, TopicState>;
  /** Promoted functions. */
  functions: Record<string, FunctionState>;
  /** Promoted models. */
  models: Record<string, ModelState>;
  /** Endpoints. */
  endpoints: Record<string, EndpointState>;
  /** Access tokens by name; those that were revoked are gone. */
  tokens: Record<string, TokenState>;
}

/** What became of a request at its own offset. */
export type Outcome =
  | { applied: true }
  | { applied: false; reason: string; winner: Activation | null };

/** The state before the first request. */
export const EMPTY_STATE: ControlState = {
  offset: 0,
  unready: null,
  topics: {},
  functions: {},
  models: {},
  endpoints: {},
  tokens: {},
};

/**
 * Folds one record into the state: pure, and the same on every node.
 *
 * @param state The state before; records below its offset change nothing.
 * @param record The record.
 * @returns The state after; the very same object when the record changes nothing but the offset is past it already.
 *
 * @example
 * ```ts
 * import { EMPTY_STATE, fold } from "./state.ts";
 *
 * const state = fold(EMPTY_STATE, { offset: 0, atMicros: 0, kind: "ignored", reason: "it is unsigned or forged" });
 * console.assert(state.offset === 1);
 * ```
 */
export function fold(state: ControlState, record: ControlRecord): ControlState {
  return decide(state, record).state;
}

/**
 * Folds one record and says what became of it. An activation or rollback applies iff it expects the activation that is
 * in force at its own offset.
 *
 * @param state The state before.
 * @param record The record.
 * @returns The state after, and the outcome.
 *
 * @example
 * ```ts
 * import { decide, EMPTY_STATE } from "./state.ts";
 *
 * const { outcome } = decide(EMPTY_STATE, { offset: 0, atMicros: 0, kind: "unknown", found: "rule 2" });
 * console.assert(!outcome.applied);
 * ```
 */
export function decide(state: ControlState, record: ControlRecord): { state: ControlState; outcome: Outcome } {
  if (record.offset < state.offset) return { state, outcome: voided("it was folded before") };
  if (state.unready !== null) return { state, outcome: voided(state.unready) };
  if (record.kind === "unknown") {
    const unready = `${record.found} at offset ${record.offset} of topic "control" is not known to this version`;
    return { state: { ...state, offset: record.offset, unready }, outcome: voided(unready) };
  }
  const next = { ...state, offset: record.offset + 1 };
  if (record.kind === "ignored") return { state: next, outcome: voided(record.reason) };
  const change = CHANGES[record.request.op](next, record.request, placed(record, record.request));
  return "reason" in change
    ? { state: next, outcome: { applied: false, ...change } }
    : { state: { ...next, ...change }, outcome: { applied: true } };
}

type Refusal = { reason: string; winner: Activation | null };
type Change = (state: ControlState, request: ControlRequest, placed: Placed) => Partial<ControlState> | Refusal;

const LATER: Change = (_, { op }) => voided(`operation "${op}" is not in this version`);

const CHANGES: Readonly<Record<ControlRequest["op"], Change>> = {
  topic: (state, { target, spec }, at) => ({ topics: { ...state.topics, [target]: { ...at, spec } } }),
  promote,
  apply: (state, request, at) => addRevision(state, request, { ...at, spec: request.spec, forced: false }),
  force: (state, request, at) => addRevision(state, request, { ...at, spec: request.spec, forced: true }),
  activate: (state, request, at) => activate(state, request, request.revision!, at),
  rollback,
  propose,
  approve: LATER,
  rollout: LATER,
  retire,
  token: addToken,
  revoke: removeToken,
};

function addToken(state: ControlState, { target, spec }: ControlRequest, at: Placed): Partial<ControlState> | Refusal {
  if (own(state.tokens, target)) return { reason: `there is a token "${target}" already`, winner: null };
  return { tokens: { ...state.tokens, [target]: { ...at, spec } } };
}

function removeToken(state: ControlState, { target }: ControlRequest): Partial<ControlState> | Refusal {
  if (!own(state.tokens, target)) return { reason: `there is no token "${target}"`, winner: null };
  const { [target]: _, ...tokens } = state.tokens;
  return { tokens };
}

function promote(state: ControlState, { target, revision, spec }: ControlRequest, at: Placed): Partial<ControlState> {
  if (target.startsWith("model:")) {
    const model = { ...at, version: revision!, digest: spec };
    return { models: { ...state.models, [target.slice("model:".length)]: model } };
  }
  const history = own(state.functions, target)?.history ?? [];
  const promoted = { ...at, hash: spec };
  return { functions: { ...state.functions, [target]: { ...promoted, history: [...history, promoted] } } };
}

/** Whoever asks has looked at what is in force: an activation since then may use the version. */
function retire(state: ControlState, { target, spec, expected }: ControlRequest): Partial<ControlState> | Refusal {
  const newest = newestActivation(state), current = newest?.offset ?? null;
  if (current !== expected) {
    return { reason: `it expects the newest activation at offset ${expected}, it is ${current}`, winner: newest };
  }
  const history = own(state.functions, target)?.history ?? [];
  const kept = history.filter(({ hash }) => hash !== spec);
  if (kept.length === history.length) {
    return { reason: `function "${target}" has no version ${spec.slice(0, 12)}`, winner: null };
  }
  const { [target]: _, ...others } = state.functions;
  const last = kept.at(-1);
  return { functions: last ? { ...others, [target]: { ...last, history: kept } } : others };
}

function addRevision(state: ControlState, request: ControlRequest, revision: RevisionState): Partial<ControlState> {
  const endpoint = endpointOf(state, request.target);
  const revisions = { ...endpoint.revisions, [request.revision!]: revision };
  const { [request.revision!]: _, ...proposals } = endpoint.proposals;
  return { endpoints: { ...state.endpoints, [request.target]: { ...endpoint, revisions, proposals } } };
}

function propose(state: ControlState, request: ControlRequest, at: Placed): Partial<ControlState> | Refusal {
  const { target, spec, why, expected } = request, revision = request.revision!;
  const endpoint = endpointOf(state, target), { active } = endpoint;
  if (active === null || active.offset !== expected) {
    const current = active?.offset ?? null;
    return { reason: `it expects the activation at offset ${expected}, in force is ${current}`, winner: active };
  }
  if (own(endpoint.revisions, revision)) return { reason: `revision "${revision}" is applied already`, winner: active };
  const proposals = { ...endpoint.proposals, [revision]: { ...at, spec, why } };
  return { endpoints: { ...state.endpoints, [target]: { ...endpoint, proposals } } };
}

function rollback(state: ControlState, request: ControlRequest, at: Placed): Partial<ControlState> | Refusal {
  const { active, previous } = endpointOf(state, request.target);
  const revision = request.revision ?? previous?.revision;
  if (active !== null && revision !== undefined) return activate(state, request, revision, at);
  return { reason: `endpoint "${request.target}" has no earlier activation`, winner: active };
}

function activate(
  state: ControlState,
  { target, expected }: ControlRequest,
  revision: string,
  at: Placed,
): Partial<ControlState> | Refusal {
  const endpoint = endpointOf(state, target);
  const { active } = endpoint;
  const current = active?.offset ?? null;
  if (current !== expected) {
    return { reason: `it expects the activation at offset ${expected}, in force is ${current}`, winner: active };
  }
  const known = own(endpoint.revisions, revision);
  if (!known) {
    const isProposed = own(endpoint.proposals, revision) !== undefined;
    const reason = isProposed
      ? `revision "${revision}" of endpoint "${target}" is proposed, not applied`
      : `endpoint "${target}" has no revision "${revision}"`;
    return { reason, winner: active };
  }
  const next = { ...endpoint, proposals: {}, active: { ...at, revision, spec: known.spec }, previous: active };
  return { endpoints: { ...state.endpoints, [target]: next } };
}

/**
 * Finds the activation of all endpoints that came last.
 *
 * @param state The state.
 * @returns The activation; null where nothing is active.
 */
export function newestActivation({ endpoints }: Pick<ControlState, "endpoints">): Activation | null {
  const active = Object.values(endpoints).flatMap(({ active }) => active ?? []);
  return active.reduce<Activation | null>((last, each) => last && last.offset > each.offset ? last : each, null);
}

function endpointOf(state: ControlState, name: string): EndpointState {
  return own(state.endpoints, name) ?? { revisions: {}, proposals: {}, active: null, previous: null };
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function placed({ offset, atMicros }: ControlRecord, { by }: ControlRequest): Placed {
  return { offset, by, atMicros };
}

function voided(reason: string): Refusal & { applied: false } {
  return { applied: false, reason, winner: null };
}
