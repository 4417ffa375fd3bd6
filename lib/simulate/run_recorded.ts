import {
  type CompiledEndpoint,
  type DecisionCall,
  type PathEntry,
  type PlanAnswer,
  runPlan,
  StepFailure,
  type StepRequest,
} from "../endpoints/mod.ts";
import type { Json } from "../events/mod.ts";
import { type Injected, isFailed, slownessOf } from "./injected.ts";
import { type RecordedDecision, replyFrom } from "./recorded_decision.ts";
import { simulatedClock } from "./simulated_clock.ts";

/** A call of a function as a decision of the past asks for it. */
export interface RecordedCallRequest extends DecisionCall {
  /** Answers its questions to hosts; throws where a host refused or nothing is recorded. */
  replyOf(host: string): Json;
  /** Tells whether a call of this model is to fail. */
  fails(model: string): boolean;
}

/** Calls a function, as a serving node does. */
export type CallRecorded = (request: RecordedCallRequest) => Promise<{ output: Json; calls: Json[] }>;

/** What a revision makes of a decision of the past. */
export interface Ran {
  /** The variant that answers. */
  variant: string;
  /** ok = the first step answered, fallback = a later one, error = none. */
  status: PlanAnswer["status"];
  /** The answer; absent when no step gave one. */
  output?: Json;
  /** Every step tried, in order, with its milliseconds as measured and as injected. */
  path: PathEntry[];
  /** Milliseconds as measured here, injected ones included. */
  ms: number;
  /** Why the last failing step failed, or the request was refused. */
  error?: { type: string; detail: string };
}

/** A machine that simulates many at once is later than one that serves; a hung function is ended all the same. */
const LEAST_BUDGET_MS = 2_000;
const BUDGETS = 10;

/**
 * Makes a decision of the past again by a revision: its plan runs with the recorded input, time, randomness and replies of
 * hosts.
 *
 * @param endpoint the revision
 * @param decision the decision
 * @param call calls a function
 * @param injected faults
 * @returns what became of it; never rejects because of a step or a request that no longer fits
 */
export async function runRecorded(
  endpoint: CompiledEndpoint,
  decision: RecordedDecision,
  call: CallRecorded,
  injected: Injected,
): Promise<Ran> {
  const { input } = decision;
  const refused = refusalOf(endpoint, input);
  if (refused !== null) {
    return { variant: "none", status: "error", path: [], ms: 0, error: { type: "input", detail: refused } };
  }
  const { variant, plan } = endpoint.choose(endpoint.unitOf(input));
  const clock = simulatedClock(), measured = new Map<string, number>();
  const works: Promise<unknown>[] = [];
  let isOver = false;
  const began = performance.now();
  const callStep = async (request: StepRequest) => {
    const slowMs = slownessOf(injected, request.call);
    if (slowMs > 0) await clock.sleep(slowMs);
    // The plan has gone on: nothing is asked for it any more.
    if (isOver || slowMs >= request.budgetMs) throw new StepFailure("timeout", `held back by ${slowMs} ms`, []);
    const start = performance.now();
    const work = callOf(request, decision, call, injected);
    works.push(work);
    try {
      return await clock.during(work);
    } finally {
      measured.set(request.step, performance.now() - start);
    }
  };
  const { status, output, path, error } = await runPlan(plan, input, {
    call: callStep,
    clock,
    budgetMs: endpoint.spec.budgetMs,
  });
  isOver = true;
  const ms = performance.now() - began + clock.nowMs();
  // What an ensemble left behind would share its id with the other revision's calls.
  await Promise.allSettled(works);
  return {
    variant,
    status,
    ...(output === undefined ? {} : { output }),
    path: path.map((each) => ({ ...each, ms: round(each.ms + (measured.get(each.step) ?? 0)) })),
    ms,
    ...(error === undefined ? {} : { error }),
  };
}

async function callOf(
  { step, call: pinned, input, budgetMs }: StepRequest,
  decision: RecordedDecision,
  call: CallRecorded,
  injected: Injected,
): Promise<{ output: Json; calls: Json[] }> {
  const { id, nowMs, seed } = decision;
  if (isFailed(injected, pinned.call, seed)) {
    throw new Error(`Function "${pinned.call}" failed by an injected fault`);
  }
  return await call({
    call: pinned,
    input,
    decision: `${id}.${step}`,
    budgetMs: Math.max(LEAST_BUDGET_MS, BUDGETS * budgetMs),
    nowMs,
    seed,
    replyOf: replyFrom(decision, pinned.call),
    fails: (model) => isFailed(injected, model, seed),
  });
}

function refusalOf(endpoint: CompiledEndpoint, input: Json): string | null {
  const misfit = endpoint.fits(input);
  if (misfit !== null) return misfit;
  try {
    endpoint.unitOf(input);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
