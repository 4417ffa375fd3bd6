import type { Json } from "../../lib/events/mod.ts";
import { compareReplay, type RecordedReply, replayStep } from "../../lib/functions/mod.ts";
import type { Store } from "../../lib/store/mod.ts";

/** What became of one step of a decision that was computed again. */
export interface ReplayedStep {
  /** Name of the step. */
  step: string;
  /** How it ended then. */
  outcome: string;
  /** How it ends now: equal, what differs, or how it fails. */
  replayed: string;
}

/** A decision that was computed again. */
export interface ReplayedDecision {
  /** Whether the answer is the same. */
  equal: boolean;
  /** The answer now; null where there is none. */
  output: Json;
  /** Its steps that call functions. */
  steps: ReplayedStep[];
}

interface Step {
  step: string;
  function?: string;
  outcome: string;
  calls?: RecordedReply[];
  input?: Json;
  output?: Json;
}

/**
 * Computes a decision again, step by step, from what its event has: input, host replies, time and seed.
 *
 * @param decision data of the `inference` event
 * @param store the lake's store
 * @returns whether the answer is equal, and how each step ends now
 * @throws {RangeError} when a function answered none of it, or a version is not stored here
 */
export async function replayDecision(decision: Record<string, Json>, store: Store): Promise<ReplayedDecision> {
  const { input = null, output = null, now, seed } = decision;
  const path = decision.path as unknown as Step[];
  const called = path.filter((step) => step.function !== undefined && step.outcome !== "open");
  if (called.length === 0) {
    throw new RangeError(
      `Cannot replay decision "${decision.decision}" as it must have called a function: it called none`,
    );
  }
  let equal = true, answer = path.at(-1)?.outcome === "ok" ? output : null;
  const steps: ReplayedStep[] = [];
  for (const { step, function: name, outcome, calls = [], ...own } of called) {
    const hash = name!.split("@")[1]!, isPart = own.output !== undefined;
    const answered = outcome === "ok" || outcome === "condition";
    const given = { input: own.input ?? input, calls, answered, nowMs: now as number, seed: seed as string };
    const replayed = await replayStep({ hash, ...given }, store);
    if (outcome !== "ok") {
      steps.push({ step, outcome, replayed: "error" in replayed ? replayed.error : "it answers, given time" });
      continue;
    }
    const difference = compareReplay(isPart ? own.output! : output, replayed);
    if (difference !== null) equal = false;
    if (difference !== null) answer = "output" in replayed && !isPart ? replayed.output : null;
    steps.push({ step, outcome, replayed: difference ?? "equal" });
  }
  return { equal, output: answer, steps };
}
