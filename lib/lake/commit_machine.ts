/** A version of a table, as far as a commit judges it. */
export interface KnownVersion {
  /** Version, from 0. */
  readonly version: number;
  /** When it was read, milliseconds since 1970. */
  readonly readAtMs: number;
  /** Its files. */
  readonly files: readonly { readonly path: string }[];
  /** Paths of files that were removed and are still named by the log. */
  readonly tombstones: { has(path: string): boolean };
  /** Last version of each application id. */
  readonly txns: ReadonlyMap<string, number>;
}

/** What a commit puts, as far as it can be recognised. */
export interface CommitIntent {
  /** Name of the table. */
  table: string;
  /** Version that it is to become. */
  version: number;
  /** Stands in the entry of this commit, and in no other. */
  nonce: string;
  /** Versions by application id. */
  txns: Readonly<Record<string, number>>;
  /** Paths of the files that it adds. */
  paths: readonly string[];
}

/** Something that a commit wants done: put the entry, read the entry or the last checkpoint, read the newest version. */
export type CommitEffect = "put" | "entry" | "checkpoint" | "newest" | "refresh";

/** What became of an effect. */
export type CommitEvent<V> =
  /** false: an entry of that version was there. */
  | { was: "put"; taken: boolean }
  /** The nonce of the entry that lies there, `""` for one without; null when none lies there. */
  | { was: "entry"; nonce: string | null }
  /** Version of the last checkpoint, -1 when there is none. */
  | { was: "checkpoint"; version: number }
  /** The newest version, read anew or brought up from the one that was read before; null when the table has gone. */
  | { was: "newest"; snapshot: V | null }
  /** It failed, and may have been done nevertheless. */
  | { was: "failed"; error: unknown };

/** How a commit ended. */
export type CommitEnd<V> =
  | { how: "won" }
  /** Another writer came first; the files of this commit are named by no version that is read. */
  | { how: "conflict"; newest: V }
  /** `mayLand`: the entry may be in the log, or may still come to it: its files must stay. */
  | { how: "failed"; error: unknown; mayLand: boolean };

/** Where a commit stands. */
export interface CommitState<V> {
  /** What it waits for. */
  at: "refreshing" | "putting" | "recognising" | "checking" | "judging" | "reloading" | "confirming" | "ended";
  /** What it puts. */
  intent: CommitIntent;
  /** Version that it was made for; null creates the table. */
  read: V | null;
  /** Why it is not known whether the entry was put; absent where it is known. */
  doubt?: { error: unknown };
  /** What was read of another's commit, before it is known whether the log could be trusted. */
  reloaded?: V;
  /** How it ended; absent before. */
  end?: CommitEnd<V>;
}

/** A state, and what is to be done next; null at the end. */
export interface CommitStep<V> {
  /** The state. */
  state: CommitState<V>;
  /** What is to be done; its outcome is the next event. */
  effect: CommitEffect | null;
}

/** The decisions that keep a commit from being lost or counted twice. */
export interface CommitRules {
  /** Tells whether an entry is that of this commit. */
  ours(found: string, nonce: string): boolean;
  /** Tells whether an entry that was put is certainly read: no checkpoint has gone past it. */
  settled(checkpoint: number, version: number): boolean;
  /** Tells whether the newest version knows a commit. */
  survives(newest: KnownVersion, intent: CommitIntent): boolean;
}

/**
 * The rules in force (docs/architecture.md, "Commits").
 *
 * @example
 * ```ts
 * import { COMMIT_RULES } from "./commit_machine.ts";
 * console.assert(!COMMIT_RULES.settled(100, 7));
 * ```
 */
export const COMMIT_RULES: CommitRules = {
  ours: (found, nonce) => found === nonce,
  settled: (checkpoint, version) => checkpoint < version,
  survives(newest, { version, txns, paths }) {
    const live = new Set(newest.files.map(({ path }) => path));
    return newest.version >= version &&
      Object.entries(txns).every(([appId, to]) => (newest.txns.get(appId) ?? -1) >= to) &&
      paths.every((path) => live.has(path) || newest.tombstones.has(path));
  },
};

const STALE_MS = 3_600_000; // a writer that paused longer may meet a log that was cleaned behind a checkpoint

/**
 * Begins a commit.
 *
 * @param intent What it puts.
 * @param read Version that it was made for; null creates the table.
 * @param nowMs The time, milliseconds since 1970.
 * @returns The first step.
 * @example
 * ```ts
 * import { startCommit, stepCommit } from "./commit_machine.ts";
 * const intent = { table: "t", version: 0, nonce: "n", txns: {}, paths: [] };
 * const { state, effect } = startCommit(intent, null, 0);
 * console.assert(effect === "put");
 * console.assert(stepCommit(state, { was: "put", taken: false }).effect === "entry");
 * ```
 */
export function startCommit<V extends KnownVersion>(
  intent: CommitIntent,
  read: V | null,
  nowMs: number,
): CommitStep<V> {
  const isStale = read !== null && nowMs - read.readAtMs > STALE_MS;
  return isStale
    ? { state: { at: "refreshing", intent, read }, effect: "newest" }
    : { state: { at: "putting", intent, read }, effect: "put" };
}

/**
 * Takes one step of a commit: the log entry of the next version is put if absent; an answer that was lost is recognised
 * by the nonce; and where a checkpoint has gone past the version, only the newest version tells whether it counts.
 *
 * @param state Where it stands.
 * @param event What became of the effect before.
 * @param rules The decisions.
 * @returns The next step.
 * @throws {TypeError} When the event answers another effect.
 * @example
 * ```ts
 * import { startCommit, stepCommit } from "./commit_machine.ts";
 * const intent = { table: "t", version: 0, nonce: "n", txns: {}, paths: [] };
 * const { state } = stepCommit(startCommit(intent, null, 0).state, { was: "put", taken: true });
 * console.assert(stepCommit(state, { was: "checkpoint", version: -1 }).state.end?.how === "won");
 * ```
 */
export function stepCommit<V extends KnownVersion>(
  state: CommitState<V>,
  event: CommitEvent<V>,
  rules: CommitRules = COMMIT_RULES,
): CommitStep<V> {
  switch (state.at) {
    case "refreshing":
      return refreshed(state, event);
    case "putting":
      return wasPut(state, event);
    case "recognising":
      return recognise(state, event, rules);
    case "checking":
      return check(state, event, rules);
    case "judging":
      return judge(state, event, rules);
    case "reloading":
      return reloaded(state, event);
    case "confirming":
      return confirm(state, event, rules);
    case "ended":
      return unexpected(state, event);
  }
}

function refreshed<V extends KnownVersion>(state: CommitState<V>, event: CommitEvent<V>): CommitStep<V> {
  if (event.was === "failed") return failed(state, event.error, false);
  if (event.was !== "newest") return unexpected(state, event);
  const { snapshot } = event;
  if (snapshot === null) return failed(state, vanished(state), false);
  if (snapshot.version !== state.read!.version) return ended(state, { how: "conflict", newest: snapshot });
  return { state: { ...state, at: "putting" }, effect: "put" };
}

function wasPut<V>(state: CommitState<V>, event: CommitEvent<V>): CommitStep<V> {
  if (event.was === "failed") {
    return { state: { ...state, at: "recognising", doubt: { error: event.error } }, effect: "entry" };
  }
  if (event.was !== "put") return unexpected(state, event);
  return event.taken
    ? { state: { ...state, at: "checking" }, effect: "checkpoint" }
    : { state: { ...state, at: "recognising" }, effect: "entry" };
}

function recognise<V>(state: CommitState<V>, event: CommitEvent<V>, rules: CommitRules): CommitStep<V> {
  if (event.was === "failed") return failed(state, state.doubt?.error ?? event.error, true);
  if (event.was !== "entry") return unexpected(state, event);
  // None there: it was never put, or it was cleaned behind a checkpoint.
  if (event.nonce === null) return { state: { ...state, at: "judging" }, effect: "newest" };
  return rules.ours(event.nonce, state.intent.nonce)
    ? { state: { ...state, at: "checking" }, effect: "checkpoint" }
    : { state: { ...state, at: "reloading" }, effect: "refresh" };
}

function check<V>(state: CommitState<V>, event: CommitEvent<V>, rules: CommitRules): CommitStep<V> {
  if (event.was === "failed") return failed(state, event.error, true);
  if (event.was !== "checkpoint") return unexpected(state, event);
  return rules.settled(event.version, state.intent.version)
    ? ended(state, { how: "won" })
    : { state: { ...state, at: "judging" }, effect: "newest" };
}

function judge<V extends KnownVersion>(
  state: CommitState<V>,
  event: CommitEvent<V>,
  rules: CommitRules,
): CommitStep<V> {
  if (event.was === "failed") return failed(state, state.doubt?.error ?? event.error, true);
  if (event.was !== "newest") return unexpected(state, event);
  const { snapshot } = event;
  if (snapshot === null) return failed(state, state.doubt?.error ?? vanished(state), true);
  if (rules.survives(snapshot, state.intent)) return ended(state, { how: "won" });
  if (snapshot.version >= state.intent.version) return ended(state, { how: "conflict", newest: snapshot });
  return failed(state, state.doubt?.error ?? vanished(state), true); // it may still be on its way
}

function reloaded<V>(state: CommitState<V>, event: CommitEvent<V>): CommitStep<V> {
  if (event.was === "failed") return failed(state, event.error, true);
  if (event.was !== "newest") return unexpected(state, event);
  return event.snapshot === null
    ? failed(state, vanished(state), true)
    : { state: { ...state, at: "confirming", reloaded: event.snapshot }, effect: "checkpoint" };
}

// An entry that lies where a cleaned one lay was put by a writer that slept: neither it nor what follows tells anything,
// and our own may have been there before. A checkpoint that has not come so far proves that none was cleaned.
function confirm<V>(state: CommitState<V>, event: CommitEvent<V>, rules: CommitRules): CommitStep<V> {
  if (event.was === "failed") return failed(state, event.error, true);
  if (event.was !== "checkpoint") return unexpected(state, event);
  return rules.settled(event.version, state.intent.version)
    ? ended(state, { how: "conflict", newest: state.reloaded! })
    : { state: { ...state, at: "judging" }, effect: "newest" };
}

function ended<V>(state: CommitState<V>, end: CommitEnd<V>): CommitStep<V> {
  return { state: { ...state, at: "ended", end }, effect: null };
}

function failed<V>(state: CommitState<V>, error: unknown, mayLand: boolean): CommitStep<V> {
  return ended(state, { how: "failed", error, mayLand });
}

function vanished<V>({ intent }: CommitState<V>): Error {
  return new Error(`Cannot commit to table "${intent.table}" as its log has vanished: it was deleted meanwhile`);
}

function unexpected<V>(state: CommitState<V>, event: CommitEvent<V>): never {
  throw new TypeError(`Cannot step a commit that is ${state.at} as it waits for something else: got ${event.was}`);
}
