import type { Json } from "../events/mod.ts";
import type { CallEnd } from "./breaker.ts";
import type { Breakers } from "./breakers.ts";
import { meanOf, voteOf } from "./combine.ts";
import type { AllStep, CallStep, Plan, PlanStep, WhenStep } from "./compile_plan.ts";
import type { Scope } from "./expression.ts";
import type { PinnedCall } from "./plan_revision.ts";
import { sharedTimer } from "./shared_timer.ts";

/** How a step ended. */
export type Outcome = "ok" | "error" | "timeout" | "schema" | "open" | "condition";

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
  /** What the function was given, where that is not the request. */
  input?: Json;
  /** What the function answered, where that was to be combined with other answers. */
  output?: Json;
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

/** A call of a function as one step of one decision asks for it. */
export interface DecisionCall extends Omit<StepRequest, "step"> {
  /** Unique per decision and step. */
  decision: string;
  /** What the function sees as now, in milliseconds since 1970. */
  nowMs: number;
  /** Seed of the function's randomness. */
  seed: string;
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
  /** Guards functions that fail; none are guarded without. */
  breakers?: Pick<Breakers, "of">;
}

/** The answer of a plan. */
export interface PlanAnswer {
  /** ok = nothing failed, fallback = a step failed before another answered, error = none answered. */
  status: "ok" | "fallback" | "error";
  /** The answer; absent when no step gave one. */
  output?: Json;
  /** True when a step failed before another answered. */
  fallback: boolean;
  /** Every step that was tried and waited for, in order. */
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
  after: sharedTimer(),
};

/**
 * Runs a plan: steps are tried in turn until one answers in time and in shape. A step has its own budget or what is left
 * of the whole, whichever is smaller; a hung step is left behind, not waited for.
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
  const run: Run = { input, effects, startMs: effects.clock.nowMs() };
  const trace: Trace = { path: [], models: {}, isPart: false };
  // As runChain() does, without the promise that a call of it would take on every request.
  let output: Answer;
  for (const step of plan) if ((output = await runStep(step, run, trace)) !== undefined) break;
  const { path, models, error } = trace;
  if (output === undefined) {
    const type = "condition", detail = "no condition of the plan held";
    return { status: "error", fallback: false, path, models, error: error ?? { type, detail } };
  }
  const fallback = error !== undefined;
  return { status: fallback ? "fallback" : "ok", output, fallback, path, models, ...(fallback ? { error } : {}) };
}

/** One run of a plan. */
interface Run {
  input: Json;
  effects: PlanEffects;
  startMs: number;
}

/** What became of some steps. */
interface Trace extends Pick<PlanAnswer, "path" | "models" | "error"> {
  /** Whether their answer is to be combined with others. */
  isPart: boolean;
}

/** undefined = no answer. */
type Answer = Json | undefined;

async function runChain(plan: Plan, run: Run, trace: Trace): Promise<Answer> {
  for (const step of plan) {
    const output = await runStep(step, run, trace);
    if (output !== undefined) return output;
  }
  return undefined;
}

function runStep(step: PlanStep, run: Run, trace: Trace): Answer | Promise<Answer> {
  if ("call" in step) return runCall(step, run, null, trace);
  if ("value" in step) {
    trace.path.push({ step: step.step, outcome: "ok", ms: 0 });
    return step.value;
  }
  if ("chain" in step) return runChain(step.chain, run, trace);
  return "when" in step ? runWhen(step, run, trace) : runAll(step, run, trace);
}

async function runCall(step: CallStep, run: Run, given: Json, trace: Trace): Promise<Answer> {
  const { clock, budgetMs } = run.effects;
  const began = clock.nowMs();
  const left = Math.min(step.call.budgetMs, budgetMs - (began - run.startMs));
  for (const { name, version, digest } of Object.values(step.call.models)) {
    trace.models[name] = `${version}#${digest}`;
  }
  const asked = prepare(step, run.input, given, left);
  const ended = "outcome" in asked ? asked : await ask(step, run, asked.input, left);
  const { outcome, calls } = ended;
  const entry: PathEntry = {
    step: step.step,
    function: step.function,
    outcome,
    ms: Math.round((clock.nowMs() - began) * 1000) / 1000,
  };
  if (calls.length > 0) entry.calls = calls;
  if ("input" in asked && asked.input !== run.input) entry.input = asked.input;
  trace.path.push(entry);
  if (ended.outcome !== "ok") {
    trace.error = { type: outcome, detail: `${step.step}: ${ended.detail}` };
    return undefined;
  }
  if (trace.isPart) entry.output = ended.output;
  return ended.output ?? null;
}

function runWhen(step: WhenStep, run: Run, trace: Trace): Answer | Promise<Answer> {
  let holds: boolean;
  try {
    holds = step.when({ input: run.input });
  } catch (error) {
    return fail(step.step, "error", `its condition cannot be evaluated: ${(error as Error).message}`, trace);
  }
  const branch = holds ? step.then : step.else;
  return branch === null ? undefined : runStep(branch, run, trace);
}

async function runAll(step: AllStep, run: Run, trace: Trace): Promise<Answer> {
  const parts = step.all.map((member) => {
    const part: Trace = { path: [], models: {}, isPart: trace.isPart || step.combine !== "first" };
    return { part, output: runStep(member, run, part) };
  });
  const answers: Json[] = [];
  let hasFailed = false;
  for (const { part, output } of parts) {
    const answer = await output;
    trace.path.push(...part.path);
    Object.assign(trace.models, part.models);
    if (part.error) trace.error = part.error;
    if (answer !== undefined && step.combine === "first") return answer;
    if (answer !== undefined) answers.push(answer);
    else hasFailed ||= part.error !== undefined;
  }
  if (answers.length === 0 || hasFailed && step.combine !== "vote") return undefined;
  if (typeof step.combine !== "string") return runCall(step.combine, run, { input: run.input, answers }, trace);
  return combine(step, answers, trace);
}

function combine(step: AllStep, answers: Json[], trace: Trace): Answer {
  let output: Json;
  try {
    output = step.combine === "mean" ? meanOf(answers) : voteOf(answers);
  } catch (error) {
    return fail(step.step, "error", (error as Error).message, trace);
  }
  const wrong = step.combine === "mean" ? step.fitsOutput(output) : null;
  if (wrong !== null) return fail(step.step, "schema", `mean: ${wrong}`, trace);
  trace.path.push({ step: step.step, outcome: "ok", ms: 0 });
  return output;
}

function fail(step: string, outcome: Outcome, detail: string, trace: Trace): undefined {
  trace.path.push({ step, outcome, ms: 0 });
  trace.error = { type: outcome, detail: `${step}: ${detail}`.slice(0, MAX_DETAIL) };
}

type Failed = { outcome: Exclude<Outcome, "ok">; detail: string; calls: Json[] };
type Ended = { outcome: "ok"; output: Json; calls: Json[] } | Failed;

const MAX_DETAIL = 500;
/** Resolution of timers: one that ends a step may ring a little early, and what is left then is no budget. */
const LEAST_MS = 1;

/** Share of its budget that a call must have had before its time-out is held against the function. */
const FAIR_SHARE = 0.9;
const NO_CALLS: Json[] = [];

/** Makes what a step is given, or says why it cannot be asked. */
function prepare(step: CallStep, request: Json, given: Json, budgetMs: number): { input: Json } | Failed {
  if (budgetMs < LEAST_MS) return failure("timeout", "no budget was left");
  let input = given ?? request;
  try {
    if (step.inputOf !== null) input = step.inputOf({ input: request });
  } catch (error) {
    return failed(error);
  }
  const misfit = step.fitsInput(input);
  return misfit === null ? { input } : failure("schema", `input ${misfit}`);
}

async function ask(step: CallStep, run: Run, input: Json, budgetMs: number): Promise<Ended> {
  const breaker = step.breaker === null ? undefined : run.effects.breakers?.of(step.breaker);
  const pass = breaker?.admit() ?? "call";
  if (pass === "open") return failure("open", "it failed too often of late");
  const ended = await callWithin(step, input, budgetMs, run.effects);
  breaker?.end(pass, endOf(ended.outcome, budgetMs, step));
  if (ended.outcome !== "ok") return ended;
  const wrong = step.fitsOutput(ended.output);
  if (wrong !== null) return failure("schema", `output ${wrong}`, ended.calls);
  if (step.unless.length === 0) return ended;
  const refused = conditionOf(step, { input: run.input, output: ended.output });
  return refused === null ? ended : failure("condition", refused, ended.calls);
}

// What a step left behind answers or throws is of no interest.
function callWithin(step: CallStep, input: Json, budgetMs: number, effects: PlanEffects): Promise<Ended> {
  return new Promise((resolve) => {
    let work: Promise<{ output: Json; calls: Json[] }>;
    try {
      work = effects.call({ step: step.step, call: step.call, input, budgetMs });
    } catch (error) {
      return resolve(failed(error));
    }
    const late = () => resolve(failure("timeout", `no answer within ${round(budgetMs)} ms`));
    const cancel = effects.clock.after(budgetMs, late);
    work.then(({ output, calls }) => {
      cancel();
      resolve({ outcome: "ok", output, calls });
    }, (error) => {
      cancel();
      resolve(failed(error));
    });
  });
}

// A caller who allows little time says nothing about the function.
function endOf(outcome: Outcome, budgetMs: number, step: CallStep): CallEnd {
  if (outcome === "error") return "failed";
  if (outcome !== "timeout") return "good";
  return budgetMs >= FAIR_SHARE * step.call.budgetMs ? "failed" : "unknown";
}

function conditionOf({ unless }: CallStep, scope: Scope): string | null {
  for (const { name, holds } of unless) {
    try {
      if (holds(scope)) return `its answer is ${name}`;
    } catch (error) {
      return `condition ${name} cannot be evaluated: ${(error as Error).message}`;
    }
  }
  return null;
}

function failed(error: unknown): Failed {
  const { outcome, calls } = error instanceof StepFailure ? error : { outcome: "error" as const, calls: NO_CALLS };
  return failure(outcome, error instanceof Error ? error.message : String(error), calls);
}

function failure(outcome: Failed["outcome"], detail: string, calls = NO_CALLS): Failed {
  return { outcome, detail: detail.slice(0, MAX_DETAIL), calls };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
