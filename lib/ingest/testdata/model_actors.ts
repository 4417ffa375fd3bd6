// Who works on the model: ingesters, by the machine of production, and other writers, by its machine of a commit.
import { type CommitIntent, type CommitRules, type CommitState, startCommit, stepCommit } from "../../lake/mod.ts";
import {
  type IngestEffect,
  type IngestEvent,
  type IngestRules,
  type IngestStep,
  type Span,
  startIngest,
  stepIngest,
} from "../machine.ts";
import { marksOf } from "../_mark_stop.ts";
import { appIdOf } from "../_position.ts";
import type { Gap } from "../gap.ts";
import { findRepeats, REPEAT_MICROS, type SeenByProducer } from "../_repeats.ts";
import {
  type ModelEntry,
  type ModelRecord,
  type ModelRow,
  type ModelVersion,
  performCommit,
  put,
  readNewest,
  rowsOf,
  TOPIC,
  type World,
} from "./model_world.ts";

/** What happens to one effect: done; refused; done, with its answer lost; done after its caller has given up. */
export type Fault = "none" | "error" | "lost" | "late";

/** One process. */
export interface Actor {
  /** Does the next effect, and hands the outcome over; begins anew when nothing is under way. */
  act(fault: Fault): void;
  /** Forgets all that is in memory. */
  crash(): void;
  /** Whether nothing is under way. */
  isIdle(): boolean;
}

interface Part extends Span {
  records: ModelRecord[];
}

interface Written {
  path: string | null;
  schema: number;
}

interface Material {
  snapshot: ModelVersion;
  part: Part;
  written: Written;
  prepared: { intent: CommitIntent; entry: ModelEntry; read: ModelVersion | null };
}

const SEALED_RECORDS = 3;

/** An ingester; `failures` counts flushes that ended with an error. */
export function ingester(world: World, rules: IngestRules): Actor & { lastFailure(): unknown } {
  let step: IngestStep<Material> | null = null, failure: unknown = null;
  const cache: Cache = new Map();
  return {
    act(fault) {
      step ??= startIngest<Material>(TOPIC, { truncates: true });
      const moved = step.state.moved.length;
      const event = withFault(world, fault, step.effect!, cache);
      world.reached.add(step.state.at === "committing" ? step.state.commit.at : `${step.state.at} ${event.was}`);
      step = stepIngest(step.state, event, rules);
      for (const { prepared } of step.state.moved.slice(moved)) checkWon(world, prepared.intent);
      if (step.effect !== null) return;
      failure = step.state.at === "ended" ? step.state.failure : null;
      world.reached.add(failure ? "failed" : "finished");
      step = null;
    },
    crash() {
      step = null;
      cache.clear();
    },
    isIdle: () => step === null,
    lastFailure: () => failure,
  };
}

/** What is told as committed is what readers see at that version; a commit without a row may be another's as well. */
function checkWon(world: World, { version, nonce, paths }: CommitIntent): void {
  if (paths.length === 0) return;
  const found = world.history[version];
  if (!found) {
    throw new Error(`Cannot claim version ${version} as it must be there: got ${world.history.length} versions`);
  }
  if (found.nonce === nonce) return;
  throw new Error(`Cannot claim version ${version} as it is that of "${found.nonce}": got "${nonce}"`);
}

type Cache = Map<string, { at: number; seen: SeenByProducer }>;

function withFault(world: World, fault: Fault, effect: IngestEffect<Material>, cache: Cache): IngestEvent<Material> {
  if (fault === "none") return perform(world, effect, cache);
  const isPut = effect.do === "commit" && effect.effect === "put";
  if (fault === "lost") perform(world, effect, cache);
  if (fault === "late" && isPut) {
    world.late.push(() => put(world, effect.prepared.intent.version, effect.prepared.entry));
  }
  return { was: "failed", error: fault };
}

function perform(world: World, effect: IngestEffect<Material>, cache: Cache): IngestEvent<Material> {
  switch (effect.do) {
    case "positions": {
      const places = world.partitions.map(({ low, high, group }, partition) => ({ partition, low, high, group }));
      return { was: "positions", incarnation: world.incarnation, places };
    }
    case "snapshot":
      return { was: "snapshot", snapshot: readNewest(world) };
    case "gap":
      if (effect.gap.reason === "rewound") mark(world, effect.gap);
      world.gaps.push(effect.gap);
      return { was: "done" };
    case "forward": {
      const at = world.partitions[effect.partition]!;
      if (effect.offset > at.high) return { was: "failed", error: "commit past the end" };
      at.group = effect.offset;
      return { was: "done" };
    }
    case "truncate": {
      const at = world.partitions[effect.partition]!;
      if (effect.before > Math.min(at.group, at.high)) return { was: "failed", error: "truncation past the group" };
      at.low = Math.max(at.low, effect.before);
      return { was: "done" };
    }
    case "seal":
      return seal(world, effect.span);
    case "write":
      return { was: "written", written: write(world, effect, cache) };
    case "prepare":
      return prepare(world, effect);
    case "commit":
      return {
        was: "commit",
        event: performCommit(world, effect.prepared, effect.prepared.read, effect.effect),
      };
    case "discard":
      if (effect.written.path !== null) world.files.delete(effect.written.path);
      return { was: "done" };
  }
}

function mark(world: World, gap: Gap): void {
  const { length } = world.history, txns = marksOf(readNewest(world), gap);
  if (txns === null) return;
  put(world, length, { nonce: `gap${length}`, txns, add: [], remove: [] });
  world.reached.add("marked");
}

function seal(world: World, { partition, from, to }: Span): IngestEvent<Material> {
  const { records, low, high } = world.partitions[partition]!;
  if (to > high) world.reached.add("sealing less");
  if (from < low || to > high) return { was: "truncated", error: "truncated" };
  const found = records.filter(({ offset }) => offset >= from && offset < to);
  const some = found.slice(0, SEALED_RECORDS);
  const end = some.length < found.length ? some.at(-1)!.offset + 1 : to;
  return { was: "sealed", incarnation: world.incarnation, part: { partition, from, to: end, records: some } };
}

function write(
  world: World,
  { parts, read, incarnation }: Extract<IngestEffect<Material>, { do: "write" }>,
  cache: Cache,
): Written {
  const rows = parts.flatMap(({ partition, from, to, records }): ModelRow[] => {
    if (records.length === 0) return []; // nothing was looked up, so nothing is known
    const key = `${incarnation}/${partition}`, cached = cache.get(key);
    const before = cached?.at === from ? cached.seen : seenIn(world, partition, from, records, read);
    const { repeats, seen } = findRepeats(before, records);
    cache.set(key, { at: to, seen });
    if (repeats.length > 0) world.reached.add("dropped repeats");
    return records.filter(({ offset }) => !repeats.includes(offset));
  });
  const path = rows.length === 0 ? null : `file${world.names++}`;
  if (path !== null) world.files.set(path, rows);
  return { path, schema: read?.schema ?? 0 };
}

/** What a process that takes over finds in the lake. */
function seenIn(
  world: World,
  partition: number,
  from: number,
  records: readonly ModelRecord[],
  read: ModelVersion | null,
): SeenByProducer {
  const since = Math.min(...records.map(({ busTimeMicros }) => busTimeMicros)) - REPEAT_MICROS;
  const rows = (read === null ? [] : rowsOf(world, read))
    .filter((row) => row.partition === partition && row.offset < from && row.busTimeMicros >= since)
    .sort((a, b) => a.offset - b.offset);
  return new Map(rows.map((row) => [row.producer, row]));
}

function prepare(
  world: World,
  { parts, written, read, incarnation }: Extract<IngestEffect<Material>, { do: "prepare" }>,
): IngestEvent<Material> {
  if (read !== null && read.schema !== written.schema) return { was: "unfit" };
  const nonce = `nonce${world.names++}`;
  const txns = Object.fromEntries(parts.map(({ partition, to }) => [appIdOf(TOPIC, incarnation, partition), to]));
  const paths = written.path === null ? [] : [written.path];
  const intent = { table: TOPIC, version: (read?.version ?? -1) + 1, nonce, txns, paths };
  const entry = { nonce, txns, add: paths, remove: [] };
  return { was: "prepared", prepared: { intent, entry, read }, nowMs: world.nowMs };
}

/** A writer whose commits add or replace files; it plans anew after a conflict. */
interface Plan {
  add: string[];
  remove: string[];
}

interface Writing {
  plan: Plan;
  read: ModelVersion;
  intent: CommitIntent;
  entry: ModelEntry;
  commit: CommitState<ModelVersion>;
  effect: "put" | "entry" | "checkpoint" | "newest" | "refresh";
}

function writer(
  world: World,
  rules: CommitRules,
  plan: (read: ModelVersion) => Plan | null,
  replan: (read: ModelVersion, plan: Plan) => boolean,
  won: (plan: Plan) => void,
): Actor {
  let at: Writing | null = null;
  function begin(read: ModelVersion, made: Plan): void {
    const nonce = `nonce${world.names++}`;
    const intent = { table: TOPIC, version: read.version + 1, nonce, txns: { [`write/${nonce}`]: 0 }, paths: made.add };
    const { state, effect } = startCommit(intent, read, world.nowMs);
    at = { plan: made, read, intent, entry: { nonce, txns: intent.txns, ...made }, commit: state, effect: effect! };
  }
  function end(): void {
    const { plan: made, commit } = at!;
    at = null;
    if (commit.end!.how === "won") won(made);
    if (commit.end!.how !== "conflict") return;
    if (replan(commit.end!.newest, made)) begin(commit.end!.newest, made);
    else for (const path of made.add) world.files.delete(path);
  }
  return {
    act(fault) {
      if (at === null) {
        const read = readNewest(world), made = read && plan(read);
        if (made !== null) begin(read!, made);
        return;
      }
      const { entry, intent, read, effect } = at;
      const isLate = fault === "late" && effect === "put";
      if (isLate) world.late.push(() => put(world, intent.version, entry));
      const event = fault === "none" || fault === "lost" ? performCommit(world, at, read, effect) : null;
      const step = stepCommit(at.commit, fault === "none" ? event! : { was: "failed", error: fault }, rules);
      at = { ...at, commit: step.state, effect: step.effect ?? effect };
      if (step.effect === null) end();
    },
    crash: () => at = null,
    isIdle: () => at === null,
  };
}

/** Merges the live files into one, as long as all of them are live. */
export function compactor(world: World, rules: CommitRules): Actor {
  return writer(
    world,
    rules,
    (read) => {
      if (read.files.length < 2) return null;
      const path = `file${world.names++}`;
      world.files.set(path, rowsOf(world, read));
      return { add: [path], remove: read.files.map(({ path }) => path) };
    },
    (read, { remove }) => {
      const live = new Set(read.files.map(({ path }) => path));
      return remove.every((path) => live.has(path));
    },
    () => undefined,
  );
}

/** Adds a row of its own at a time; `acknowledged` are those whose commit has won. */
export function appender(world: World, rules: CommitRules): Actor & { acknowledged: number[] } {
  const acknowledged: number[] = [];
  const actor = writer(
    world,
    rules,
    () => {
      const offset = world.names++, path = `file${offset}`;
      world.files.set(path, [{ incarnation: "", partition: -1, offset, producer: "", sequence: 0, busTimeMicros: 0 }]);
      return { add: [path], remove: [] };
    },
    () => true,
    ({ add: [path] }) => acknowledged.push(Number(path!.slice("file".length))),
  );
  return Object.assign(actor, { acknowledged });
}
