import {
  type Breakers,
  CLOCK,
  type CompiledEndpoint,
  compilePlan,
  type DecisionCall,
  type FunctionSchemas,
  type PathEntry,
  type PinnedCall,
  type Plan,
  type PlanAnswer,
  runPlan,
} from "../../lib/endpoints/mod.ts";
import { type CloudEvent, createEvent, type Json, uuidv7 } from "../../lib/events/mod.ts";
import { misfit, Problem } from "../http/mod.ts";
import type { EventWriter } from "./event_writer.ts";
import { type Asked, type Decided, inferenceEvent } from "./inference_event.ts";
import type { Metrics } from "./metrics.ts";
import type { GivenAnswer } from "./shadow_calls.ts";

/** A call of a promoted function in one step of one decision. */
export interface FunctionCall extends DecisionCall {
  /** Product whose sandbox runs it. */
  product: string;
}

/** What answering needs of its node. */
export interface AnswerEffects {
  /** Calls a function in its sandbox. */
  callFunction(call: FunctionCall): Promise<{ output: Json; calls: Json[] }>;
  /** Where events go. */
  writer: Pick<EventWriter, "write" | "writeDurable">;
  /** Where answers are counted. */
  metrics: Metrics;
  /** Source of the node's events, a URI reference. */
  source: string;
  /** Guards functions that fail. */
  breakers: Breakers;
}

/** One step of the way to an answer, as the caller sees it. */
export type ShownStep = Omit<PathEntry, "calls" | "input" | "output">;

/** What a caller of an endpoint gets. */
export interface Answered {
  /** The answer. */
  output: Json;
  /** How it came about. */
  decision: { id: string; revision: string; variant: string; path: ShownStep[]; fallback: boolean };
}

/** What a caller of a function gets. */
export interface Tried {
  /** The answer. */
  output: Json;
  /** How it came about. */
  decision: { id: string; function: string; path: ShownStep[] };
}

/**
 * Answers one request of an endpoint: checks it, assigns it, runs its plan, and hands the events of the decision to the
 * writer.
 *
 * @param endpoint compiled revision
 * @param asked the request
 * @param effects functions, events, counts
 * @param onAnswered is told of an answer that shadows go with, before it is given
 * @returns the answer
 * @throws {Problem} 422 when the request does not fit, 503 when no step answered or a durable event cannot be written
 */
export async function answerRequest(
  endpoint: CompiledEndpoint,
  asked: Asked,
  effects: AnswerEffects,
  onAnswered: (answered: GivenAnswer) => void = () => {},
): Promise<Answered> {
  const { spec: { endpoint: name, product, budgetMs, logging, experiment, seed, shadow }, revision } = endpoint;
  const unit = checkRequest(endpoint, asked.input);
  const { variant, plan, isEnrolled } = endpoint.choose(unit);
  const { answer, decided } = await decide(plan, product, budgetMs, asked, effects, effects.breakers);
  effects.metrics.observe({ endpoint: name, variant, status: answer.status, ms: decided.latencyMs });
  const who = { endpoint: name, revision, variant, unit };
  const event = inferenceEvent(effects.source, who, asked, answer, decided);
  if (logging === "buffered") effects.writer.write("inference", event, sizeOf(asked));
  else await makeDurable(event, decided.id, asked, effects);
  if (answer.status === "error") throw unanswered(`endpoint "${name}"`, answer, decided.id);
  if (experiment !== undefined && unit !== null && isEnrolled) {
    expose({ ...who, unit, decision: decided.id, experiment: seed, fallback: answer.fallback }, effects);
  }
  if (shadow !== undefined) onAnswered({ endpoint, variant, unit, asked, id: decided.id, nowMs: decided.nowMs });
  const decision = { id: decided.id, revision, variant, path: shown(answer), fallback: answer.fallback };
  return { output: answer.output!, decision };
}

/**
 * Answers one request of a function, for trying: no assignment, no fallback.
 *
 * @param call the function and its models
 * @param schemas the function's schemas
 * @param product product whose sandbox runs it
 * @param asked the request
 * @param effects functions, events
 * @returns the answer
 * @throws {Problem} 422 when the request does not fit, 503 when the function did not answer
 */
export async function tryFunction(
  call: PinnedCall,
  schemas: FunctionSchemas,
  product: string,
  asked: Asked,
  effects: AnswerEffects,
): Promise<Tried> {
  const plan = compilePlan([call], () => schemas);
  const step = plan[0]!;
  const reason = "fitsInput" in step ? step.fitsInput(asked.input) : null;
  if (reason !== null) throw misfit(reason);
  const name = `${call.call}@${call.hash}`;
  const { answer, decided } = await decide(plan, product, call.budgetMs, asked, effects);
  const event = inferenceEvent(effects.source, { function: name }, asked, answer, decided);
  effects.writer.write("inference", event, sizeOf(asked));
  if (answer.status === "error") throw unanswered(`function "${call.call}"`, answer, decided.id);
  return { output: answer.output!, decision: { id: decided.id, function: name, path: shown(answer) } };
}

async function decide(
  plan: Plan,
  product: string,
  budgetMs: number,
  asked: Asked,
  { callFunction }: AnswerEffects,
  breakers?: Breakers,
): Promise<{ answer: PlanAnswer; decided: Decided }> {
  const id = uuidv7(), nowMs = Date.now(), startedMs = CLOCK.nowMs();
  const answer = await runPlan(plan, asked.input, {
    clock: CLOCK,
    ...(breakers ? { breakers } : {}),
    budgetMs: Math.min(budgetMs, asked.budgetMs ?? budgetMs),
    call: ({ step, ...request }) => callFunction({ ...request, product, decision: `${id}.${step}`, nowMs, seed: id }),
  });
  const latencyMs = CLOCK.nowMs() - asked.arrivedMs;
  return { answer, decided: { id, nowMs, latencyMs, queueMs: startedMs - asked.arrivedMs } };
}

function checkRequest(endpoint: CompiledEndpoint, input: Json): string | null {
  const reason = endpoint.fits(input);
  if (reason !== null) throw misfit(reason);
  try {
    return endpoint.unitOf(input);
  } catch (error) {
    throw error instanceof RangeError ? misfit(error.message) : error;
  }
}

interface Exposure {
  decision: string;
  endpoint: string;
  experiment: string;
  revision: string;
  variant: string;
  unit: string;
  fallback: boolean;
}

function expose(data: Exposure, { writer, source }: AnswerEffects): void {
  const event = createEvent({ type: "boathouse.exposure.v1", source, subject: data.unit, data });
  writer.write("exposure", event, EXPOSURE_BYTES);
}

const EXPOSURE_BYTES = 600;

// About: what the envelope, the path and a small answer take beside the input.
function sizeOf({ chars }: Asked): number {
  return chars + 1200;
}

function shown({ path }: PlanAnswer): ShownStep[] {
  return path.map(({ calls: _, input: _input, output: _output, ...step }) => step);
}

function unanswered(who: string, { error }: PlanAnswer, decision: string): Problem {
  const detail = `No step of ${who} answered: ${error?.detail ?? "it has none"}`;
  return new Problem(503, detail, { retryAfterS: 1, members: { decision } });
}

async function makeDurable(
  event: CloudEvent,
  decision: string,
  asked: Asked,
  { writer }: AnswerEffects,
): Promise<void> {
  try {
    await writer.writeDurable("inference", event, sizeOf(asked));
  } catch (cause) {
    const members = { decision };
    throw new Problem(503, "The answer could not be made durable", { retryAfterS: 1, members, cause });
  }
}
