import type { Json } from "../events/mod.ts";
import { type HostRequest, openSandbox } from "../sandbox/mod.ts";
import type { Store } from "../store/mod.ts";
import { differenceOf } from "./examples.ts";
import { loadBundle, readManifest } from "./manifest.ts";

/** A host call as a decision records it. */
export interface RecordedReply {
  /** What kind of help it was. */
  kind: string;
  /** The function's own name of it. */
  name: string;
  /** Number of the question within its call, from 0; where absent, its place in the list. */
  index?: number;
  /** The answer; absent where the host refused, or answered null. */
  reply?: Json;
  /** The host's refusal. */
  error?: string;
}

/** One call of a function as a decision records it. */
export interface RecordedStep {
  /** Version of the function. */
  hash: string;
  /** The request. */
  input: Json;
  /** What its host answered, in the order of asking. */
  calls: readonly RecordedReply[];
  /** Whether it gave an answer: then it waited for no reply that is not recorded. */
  answered: boolean;
  /** What it saw as now, epoch milliseconds. */
  nowMs: number;
  /** Seed of its randomness. */
  seed: string;
}

/** What a replay gave. */
export type Replayed = { output: Json } | { error: string };

const REPLAY_MS = 10_000;

/**
 * Computes a recorded call again: the same bytes in a sandbox, with the recorded replies, time and seed. Nothing outside
 * is asked.
 *
 * @param step the call
 * @param store the lake's store
 * @returns its answer, or how it failed
 * @throws {RangeError} when the version is not there
 */
export async function replayStep(step: RecordedStep, store: Store): Promise<Replayed> {
  const { hash, input, nowMs, seed } = step;
  const manifest = await readManifest(store, hash);
  const bundle = await loadBundle(store, manifest);
  const host = { call: (request: HostRequest) => replyOf(step, request) };
  await using sandbox = await openSandbox({ product: "replay", host, spares: 0 });
  await sandbox.load({ hash, bundle, budgetMs: REPLAY_MS, memoryBytes: manifest.memoryBytes });
  try {
    return { output: (await sandbox.call(hash, input, { decision: seed, nowMs, seed, budgetMs: REPLAY_MS })).output };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/**
 * Compares a replay with what was answered.
 *
 * @param recorded the decision's answer
 * @param replayed what the replay gave
 * @returns what differs, or null
 */
export function compareReplay(recorded: Json, replayed: Replayed): string | null {
  return "error" in replayed ? replayed.error : differenceOf(recorded, replayed.output, 0);
}

async function replyOf({ calls, answered }: RecordedStep, { kind, name, index }: HostRequest): Promise<Json> {
  const call = calls.find((each, place) => (each.index ?? place) === index);
  if (call === undefined && answered) return await new Promise(() => {});
  if (call?.kind !== kind || call.name !== name) {
    const found = call ? `${call.kind} "${call.name}"` : "nothing";
    throw new Error(`Cannot answer ${kind} "${name}" as call ${index + 1} of the decision asked ${found}`);
  }
  if (call.error !== undefined) throw new Error(call.error);
  return call.reply ?? null;
}
