import type { Json } from "../events/mod.ts";
import type { CallStep, Plan } from "./compile_plan.ts";
import type { PinnedCall } from "./plan_revision.ts";

/** How a step ended. */
export type Outcome = "ok" | "error" | "timeout" | "schema";

/** One step of the way to an answer, as the `inference` event records it. */
export interface PathEntry {
  /** Name of the step. */
  step: string;
  /** `name@hash` of the function that was called; absent for a constant. */
  function?: string;
  /** How the step ended. */
  outcome: Outcome;
  /** Milliseconds that it took. */
  ms: number;
  /** What the function asked of its host. */
  calls?: Json[];
}

/** What a step asks its host to do. */
export interface StepRequest {
  /** Name of the step, unique in its plan. */
  step: string;
  /** The function and its models. */
  call: PinnedCall;
  /** What the function is given. */
  input: Json;
  /** Milliseconds that are left for it. */
  budgetMs: number;
}

/** Time as a plan sees it. */
export interface Clock {
  /** Milliseconds that only grow. */
  nowMs(): number;
  /** Calls back after some milliseconds; the answer takes it back. */
  after(ms: number, callback: () => void): () => void;
}

/** A call that ended without an answer. */
export class StepFailure extends Error {
  /**
   * Makes the failure of a call.
   *
   * @param outcome whether it failed or came too late
   * @param message why
   * @param calls what the function asked of its host until then
   * @param options what caused it
   */
  constructor(readonly outcome: "error" | "timeout", message: string, readonly calls: Json[], options?: ErrorOptions) {
    super(message, options);
    this.name = "StepFailure";
  }
}

/** What a plan needs of its host. */
export interface PlanEffects {
  /** Calls a function; may reject with StepFailure, any other error counts as one too. */
  call(request: StepRequest): Promise<{ output: Json; calls: Json[] }>;
  /** Time. */
  clock: Clock;
  /** Milliseconds for the whole plan. */
  budgetMs: number;
}

/** The answer of a plan. */
export interface PlanAnswer {
  /** ok = the first step answered, fallback = a later one, error = none. */
  status: "ok" | "fallback" | "error";
  /** The answer; absent when no step gave one. */
  output?: Json;
  /** True when a step failed before another answered. */
  fallback: boolean;
  /** Every step tried, in order. */
  path: PathEntry[];
  /** Models of the calls tried, `version#digest` by name. */
  models: Record<string, string>;
  /** Why the last failing step failed. */
  error?: { type: string; detail: string };
}

/**
 * The real clock.
 *
 * @example
 * ```ts
 * import { CLOCK } from "./run_plan.ts";
 * if (CLOCK.nowMs() <= 0) throw new Error("unexpected");
 * ```
 */
export const CLOCK: Clock = {
  nowMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Runs a fallback chain: steps are tried in turn until one answers in time and in shape. A step has its own budget or
 * what is left of the whole, whichever is smaller; a hung step is left behind, not waited for.
 *
 * @param plan compiled steps of a variant
 * @param input the request
 * @param effects how to call functions, time, and the budget of the whole in milliseconds
 * @returns the answer with its path; never rejects because of a step
 * @example
 * ```ts
 * import { compilePlan } from "./compile_plan.ts";
 * import { CLOCK, runPlan } from "./run_plan.ts";
 * const plan = compilePlan([{ value: { minutes: 0 } }], () => ({ input: {}, output: {} }));
 * const call = () => Promise.reject(new Error("no function"));
 * const answer = await runPlan(plan, {}, { call, clock: CLOCK, budgetMs: 50 });
 * if (answer.status !== "ok") throw new Error("unexpected");
 * ```
 */
export async function runPlan(plan: Plan, input: Json, effects: PlanEffects): Promise<PlanAnswer> {
  const { clock, budgetMs } = effects;
  const start = clock.nowMs();
  const answer: PlanAnswer = { status: "error", fallback: false, path: [], models: {} };
  for (const [index, step] of plan.entries()) {
    const status = index === 0 ? "ok" : "fallback";
    if ("value" in step) {
      answer.path.push({ step: step.step, outcome: "ok", ms: 0 });
      return { ...answer, status, output: step.value, fallback: index > 0 };
    }
    const began = clock.nowMs();
    const left = Math.min(step.call.budgetMs, budgetMs - (began - start));
    for (const { name, version, digest } of Object.values(step.call.models)) {
      answer.models[name] = `${version}#${digest}`;
    }
    const ended = await tryStep(step, input, left, effects);
    const ms = Math.round((clock.nowMs() - began) * 1000) / 1000;
    answer.path.push({
      step: step.step,
      function: step.function,
      outcome: ended.outcome,
      ms,
      ...("calls" in ended && ended.calls.length > 0 ? { calls: ended.calls } : {}),
    });
    if (ended.outcome === "ok") return { ...answer, status, output: ended.output, fallback: index > 0 };
    answer.error = { type: ended.outcome, detail: `${step.step}: ${ended.detail}` };
  }
  return answer;
}

type Ended =
  | { outcome: "ok"; output: Json; calls: Json[] }
  | { outcome: Exclude<Outcome, "ok">; detail: string; calls: Json[] };

const MAX_DETAIL = 500;
/** Resolution of timers: one that ends a step may ring a little early, and what is left then is no budget. */
const LEAST_MS = 1;

async function tryStep(step: CallStep, input: Json, budgetMs: number, effects: PlanEffects): Promise<Ended> {
  if (budgetMs < LEAST_MS) return { outcome: "timeout", detail: "no budget was left", calls: [] };
  const misfit = step.fitsInput(input);
  if (misfit !== null) return { outcome: "schema", detail: `input ${misfit}`.slice(0, MAX_DETAIL), calls: [] };
  let answer: { output: Json; calls: Json[] } | null;
  try {
    answer = await within(effects.call({ step: step.step, call: step.call, input, budgetMs }), budgetMs, effects.clock);
  } catch (error) {
    return failed(error);
  }
  if (answer === null) return { outcome: "timeout", detail: `no answer within ${round(budgetMs)} ms`, calls: [] };
  const wrong = step.fitsOutput(answer.output);
  if (wrong === null) return { outcome: "ok", ...answer };
  return { outcome: "schema", detail: `output ${wrong}`.slice(0, MAX_DETAIL), calls: answer.calls };
}

function failed(error: unknown): Ended {
  const { outcome, calls } = error instanceof StepFailure ? error : { outcome: "error" as const, calls: [] };
  return { outcome, detail: (error instanceof Error ? error.message : String(error)).slice(0, MAX_DETAIL), calls };
}

// Null = too late; what a step left behind answers or throws is of no interest then.
function within<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(null));
    work.then((value) => {
      cancel();
      resolve(value);
    }, (error) => {
      cancel();
      reject(error);
    });
  });
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
