import {
  COMMIT_RULES,
  type CommitEffect,
  type CommitEvent,
  type CommitIntent,
  type CommitRules,
  type CommitState,
  type KnownVersion,
  startCommit,
  stepCommit,
} from "../lake/mod.ts";
import { committedOf, olderTopic, stopOf } from "./_position.ts";
import { findGap, type Gap } from "./gap.ts";

/** A range of a partition. */
export interface Span {
  /** The partition. */
  partition: number;
  /** First offset. */
  from: number;
  /** Offset that it ends before. */
  to: number;
}

/** What a partition holds on the bus, and how far the group `lake` is. */
export interface Place {
  /** The partition. */
  partition: number;
  /** First offset that is kept. */
  low: number;
  /** Next offset to be given. */
  high: number;
  /** Offset that the group has committed. */
  group: number;
}

/** What the machine handles without looking into it. */
export interface Material {
  /** A version of the table. */
  snapshot: KnownVersion;
  /** Records of a range that were read. */
  part: Span;
  /** Files made of parts. */
  written: unknown;
  /** A commit that can be put. */
  prepared: { intent: CommitIntent };
}

/** Something that the machine wants done; its outcome is the next event. */
export type IngestEffect<M extends Material> =
  | { do: "positions" }
  | { do: "snapshot" }
  | { do: "gap"; gap: Gap }
  | { do: "forward"; partition: number; offset: number }
  | { do: "truncate"; partition: number; before: number }
  /** `of`: how many spans share one commit. */
  | { do: "seal"; span: Span; of: number }
  | { do: "write"; parts: readonly M["part"][]; read: M["snapshot"] | null; incarnation: string }
  | {
    do: "prepare";
    parts: readonly M["part"][];
    written: M["written"];
    read: M["snapshot"] | null;
    incarnation: string;
  }
  | { do: "commit"; prepared: M["prepared"]; effect: CommitEffect }
  | { do: "discard"; written: M["written"] };

/** What became of an effect. */
export type IngestEvent<M extends Material> =
  | { was: "positions"; incarnation: string; places: readonly Place[] }
  | { was: "snapshot"; snapshot: M["snapshot"] | null }
  | { was: "done" }
  /** `incarnation`: identity of the topic after it was read. */
  | { was: "sealed"; incarnation: string; part: M["part"] }
  /** The bus does not hold the range: it keeps only later offsets, or has ended before its end. */
  | { was: "truncated"; error: unknown }
  | { was: "written"; written: M["written"] }
  | { was: "prepared"; prepared: M["prepared"]; nowMs: number }
  /** The table's columns have changed: the files are of no use. */
  | { was: "unfit" }
  | { was: "commit"; event: CommitEvent<M["snapshot"]> }
  | { was: "failed"; error: unknown };

/** Parts that are in the lake now. */
export interface Moved<M extends Material> {
  /** The parts. */
  parts: readonly M["part"][];
  /** Their files. */
  written: M["written"];
  /** The commit that has won. */
  prepared: M["prepared"];
}

/** What a flush has found and done so far. */
export interface IngestLedger<M extends Material> {
  /** Name of the topic. */
  topic: string;
  /** Whether the bus is to drop what the lake has. */
  truncates: boolean;
  /** Offsets where the flush ends, by partition: what was on the bus when it began. */
  ends: ReadonlyMap<number, number> | null;
  /** Partitions that stand still, and why. */
  stopped: ReadonlyMap<number, Gap & { committed: number }>;
  /** What was moved, in order. */
  moved: readonly Moved<M>[];
  /** Offsets that could not be read, by partition, since the last commit. */
  missed: ReadonlyMap<number, number>;
}

type Phase<M extends Material> =
  | { at: "looking"; before: Extract<IngestEvent<M>, { was: "positions" }> | null; read?: M["snapshot"] | null }
  | { at: "telling"; queue: readonly IngestEffect<M>[]; incarnation: string; open: readonly Span[]; read: Read<M> }
  | {
    at: "sealing";
    incarnation: string;
    open: readonly Span[];
    of: number;
    parts: readonly M["part"][];
    read: Read<M>;
  }
  | { at: "writing"; incarnation: string; parts: readonly M["part"][]; read: Read<M> }
  | { at: "preparing"; incarnation: string; parts: readonly M["part"][]; read: Read<M>; written: M["written"] }
  | {
    at: "committing";
    incarnation: string;
    parts: readonly M["part"][];
    written: M["written"];
    prepared: M["prepared"];
    commit: CommitState<M["snapshot"]>;
  }
  | { at: "discarding"; incarnation: string; parts: readonly M["part"][]; read: Read<M>; doubt?: { error: unknown } }
  | { at: "ended"; failure: { error: unknown } | null };

type Read<M extends Material> = M["snapshot"] | null;

/** Where a flush of one topic stands. */
export type IngestState<M extends Material> = IngestLedger<M> & Phase<M>;

type At<M extends Material, Name extends Phase<M>["at"]> = IngestLedger<M> & Extract<Phase<M>, { at: Name }>;

/** A state, and what is to be done next; null at the end. */
export interface IngestStep<M extends Material> {
  /** The state. */
  state: IngestState<M>;
  /** What is to be done. */
  effect: IngestEffect<M> | null;
}

/** The decisions that keep a record from being lost or doubled. */
export interface IngestRules extends CommitRules {
  /** Tells whether a part begins where the lake ends. */
  continues(committed: number, from: number): boolean;
  /** Finds the mark of a partition that must stand still. */
  stop: typeof stopOf;
}

/** The rules in force (docs/architecture.md, "Exactly once"). */
export const INGEST_RULES: IngestRules = {
  ...COMMIT_RULES,
  continues: (committed, from) => committed === from,
  stop: stopOf,
};

/**
 * Begins to move what is on a topic now.
 *
 * @param topic Name of the topic.
 * @param options `truncates`: the bus is to drop what the lake has.
 * @returns The first step.
 */
export function startIngest<M extends Material>(
  topic: string,
  { truncates = false }: { truncates?: boolean } = {},
): IngestStep<M> {
  return look({ topic, truncates, ends: null, stopped: new Map(), moved: [], missed: new Map() });
}

/**
 * Takes one step: look where bus and lake stand, tell gaps and what is safe, seal what is new, write it, commit it, look
 * again, until everything that was there at the start is in the lake.
 *
 * @param state Where it stands.
 * @param event What became of the effect before.
 * @param rules The decisions.
 * @returns The next step.
 */
export function stepIngest<M extends Material>(
  state: IngestState<M>,
  event: IngestEvent<M>,
  rules: IngestRules = INGEST_RULES,
): IngestStep<M> {
  switch (state.at) {
    case "looking":
      return event.was === "failed" ? fail(state, event.error) : looked(state, event, rules);
    case "telling":
      return event.was === "failed" ? fail(state, event.error) : tell(state);
    case "sealing":
      return event.was === "failed" ? fail(state, event.error) : sealed(state, event);
    case "writing":
      return event.was === "failed" ? fail(state, event.error) : written(state, event);
    case "preparing":
      return prepared(state, event);
    case "committing":
      return committing(state, event, rules);
    case "discarding":
      return discarded(state, event);
    case "ended":
      return unexpected(state, event);
  }
}

function ledgerOf<M extends Material>(state: IngestLedger<M>): IngestLedger<M> {
  const { topic, truncates, ends, stopped, moved, missed } = state;
  return { topic, truncates, ends, stopped, moved, missed };
}

function look<M extends Material>(state: IngestLedger<M>): IngestStep<M> {
  return { state: { ...ledgerOf(state), at: "looking", before: null }, effect: { do: "positions" } };
}

// Another process may commit and truncate meanwhile: the low watermark must be older than the version, the high one newer.
function looked<M extends Material>(
  state: At<M, "looking">,
  event: IngestEvent<M>,
  rules: IngestRules,
): IngestStep<M> {
  if (event.was === "snapshot") {
    return { state: { ...state, read: event.snapshot }, effect: { do: "positions" } };
  }
  if (event.was !== "positions") return unexpected(state, event);
  if (state.before === null) return { state: { ...state, before: event }, effect: { do: "snapshot" } };
  if (state.before.incarnation !== event.incarnation) return look(state);
  return judge(state, state.before.places, event, state.read ?? null, rules);
}

function judge<M extends Material>(
  state: At<M, "looking">,
  before: readonly Place[],
  { incarnation, places }: { incarnation: string; places: readonly Place[] },
  read: Read<M>,
  rules: IngestRules,
): IngestStep<M> {
  const { topic, truncates } = state;
  const ends = state.ends ?? new Map(places.map(({ partition, high }) => [partition, high]));
  const stopped = new Map(state.stopped);
  const queue: IngestEffect<M>[] = [], open: Span[] = [];
  for (const { partition, high, group } of places) {
    const low = before.find((place) => place.partition === partition)?.low ?? 0;
    const committed = committedOf(read, topic, incarnation, partition);
    const gap = findGap(read, { topic, incarnation, partition }, { low, high }, rules.stop);
    if (gap !== null) {
      if (!stopped.has(partition)) queue.push({ do: "gap", gap });
      stopped.set(partition, { ...gap, committed });
      continue;
    }
    if (high < committed) continue; // goes on where the bus is past it, as a person has said
    if (committed > group) queue.push({ do: "forward", partition, offset: committed });
    if (truncates && committed > low) queue.push({ do: "truncate", partition, before: committed });
    const to = Math.min(ends.get(partition) ?? 0, high);
    if (committed < to) open.push({ partition, from: committed, to });
  }
  return tell({ ...ledgerOf(state), ends, stopped, at: "telling", queue, incarnation, open, read });
}

function tell<M extends Material>(state: At<M, "telling">): IngestStep<M> {
  const [effect, ...queue] = state.queue;
  if (effect !== undefined) return { state: { ...state, queue }, effect };
  const { incarnation, open, read } = state;
  if (open.length === 0) return { state: { ...ledgerOf(state), at: "ended", failure: null }, effect: null };
  return seal({ ...ledgerOf(state), at: "sealing", incarnation, open, of: open.length, parts: [], read });
}

function seal<M extends Material>(state: At<M, "sealing">): IngestStep<M> {
  const { incarnation, open: [span], of, parts, read } = state;
  if (span !== undefined) return { state, effect: { do: "seal", span, of } };
  if (parts.length === 0) return look(state);
  return write(state, incarnation, parts, read);
}

function sealed<M extends Material>(state: At<M, "sealing">, event: IngestEvent<M>): IngestStep<M> {
  const [{ partition, from }, ...open] = state.open as [Span, ...Span[]];
  if (event.was === "truncated") {
    // Another process may have committed and truncated since the look, or the bus lost its end: the next look tells. If
    // it tells nothing new, it is neither.
    if (state.missed.get(partition) === from) return fail(state, event.error);
    return seal({ ...state, open, missed: new Map([...state.missed, [partition, from]]) });
  }
  if (event.was !== "sealed") return unexpected(state, event);
  if (event.incarnation !== state.incarnation) return look(state);
  return seal({ ...state, open, parts: [...state.parts, event.part] });
}

function write<M extends Material>(
  state: IngestLedger<M>,
  incarnation: string,
  parts: readonly M["part"][],
  read: Read<M>,
): IngestStep<M> {
  return {
    state: { ...ledgerOf(state), at: "writing", incarnation, parts, read },
    effect: { do: "write", parts, read, incarnation },
  };
}

function written<M extends Material>(state: At<M, "writing">, event: IngestEvent<M>): IngestStep<M> {
  if (event.was !== "written") return unexpected(state, event);
  return prepare(state, state.incarnation, state.parts, state.read, event.written);
}

function prepare<M extends Material>(
  state: IngestLedger<M>,
  incarnation: string,
  parts: readonly M["part"][],
  read: Read<M>,
  written: M["written"],
): IngestStep<M> {
  return {
    state: { ...ledgerOf(state), at: "preparing", incarnation, parts, read, written },
    effect: { do: "prepare", parts, read, written, incarnation },
  };
}

function prepared<M extends Material>(state: At<M, "preparing">, event: IngestEvent<M>): IngestStep<M> {
  const { incarnation, parts, read, written } = state;
  if (event.was === "failed") return discard(state, incarnation, parts, read, written, { error: event.error });
  if (event.was === "unfit") return discard(state, incarnation, parts, read, written);
  if (event.was !== "prepared") return unexpected(state, event);
  const { prepared, nowMs } = event;
  const { state: commit, effect } = startCommit(prepared.intent, read, nowMs);
  return {
    state: { ...ledgerOf(state), at: "committing", incarnation, parts, written, prepared, commit },
    effect: { do: "commit", prepared, effect: effect! },
  };
}

function committing<M extends Material>(
  state: At<M, "committing">,
  event: IngestEvent<M>,
  rules: IngestRules,
): IngestStep<M> {
  const { topic, incarnation, parts, written, prepared } = state;
  if (event.was !== "commit" && event.was !== "failed") return unexpected(state, event);
  const { state: commit, effect } = stepCommit(state.commit, event.was === "commit" ? event.event : event, rules);
  if (effect !== null) return { state: { ...state, commit }, effect: { do: "commit", prepared, effect } };
  const end = commit.end!;
  if (end.how === "won") {
    const moved = [...state.moved, { parts, written, prepared }];
    return look({ ...state, moved, missed: new Map() });
  }
  if (end.how === "failed") {
    if (end.mayLand) return fail(state, end.error);
    return discard(state, incarnation, parts, commit.read, written, { error: end.error });
  }
  const { newest } = end;
  const kept = parts.filter(({ partition, from }) =>
    olderTopic(newest, topic, incarnation, partition) === null &&
    rules.stop(newest, topic, incarnation, partition) === null &&
    rules.continues(committedOf(newest, topic, incarnation, partition), from)
  );
  if (kept.length === parts.length) return prepare(state, incarnation, parts, newest, written);
  return discard(state, incarnation, kept, newest, written);
}

/** Removes files that no entry of the log names, or can name. */
function discard<M extends Material>(
  state: IngestLedger<M>,
  incarnation: string,
  parts: readonly M["part"][],
  read: Read<M>,
  written: M["written"],
  doubt?: { error: unknown },
): IngestStep<M> {
  const next = { ...ledgerOf(state), at: "discarding" as const, incarnation, parts, read };
  return { state: doubt ? { ...next, doubt } : next, effect: { do: "discard", written } };
}

function discarded<M extends Material>(state: At<M, "discarding">, event: IngestEvent<M>): IngestStep<M> {
  if (state.doubt) return fail(state, state.doubt.error);
  if (event.was === "failed") return fail(state, event.error);
  return state.parts.length === 0 ? look(state) : write(state, state.incarnation, state.parts, state.read);
}

function fail<M extends Material>(state: IngestState<M>, error: unknown): IngestStep<M> {
  return { state: { ...ledgerOf(state), at: "ended", failure: { error } }, effect: null };
}

function unexpected<M extends Material>({ at }: IngestState<M>, { was }: IngestEvent<M>): never {
  throw new TypeError(`Cannot step an ingest that is ${at} as it waits for something else: got ${was}`);
}
