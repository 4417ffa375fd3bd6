import {
  CLOCK,
  type CompiledEndpoint,
  type PathEntry,
  type PinnedCall,
  type PlanAnswer,
  runPlan,
} from "../../lib/endpoints/mod.ts";
import { type CloudEvent, createEvent, type Json, uuidv7 } from "../../lib/events/mod.ts";
import type { EventWriter } from "./event_writer.ts";
import type { Metrics } from "./metrics.ts";
import { misfit, Problem } from "../http/mod.ts";

/** A call of a promoted function in one step of one decision. */
export interface FunctionCall {
  /** Product whose sandbox runs it. */
  product: string;
  /** The function and its models. */
  call: PinnedCall;
  /** What it is given. */
  input: Json;
  /** Unique per decision and step. */
  decision: string;
  /** Milliseconds that it may take. */
  budgetMs: number;
  /** What the function sees as now, in milliseconds since 1970. */
  nowMs: number;
  /** Seed of the function's randomness. */
  seed: string;
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
}

/** A request as it came. */
export interface Asked {
  /** Its body. */
  input: Json;
  /** Length of the body's text. */
  chars: number;
  /** Milliseconds that the caller allows; never more than the endpoint's budget. */
  budgetMs: number | null;
  /** W3C trace context, as received. */
  traceparent: string | null;
  /** When it arrived, by the plan's clock. */
  arrivedMs: number;
  /** Offset of `control` that is in force. */
  configOffset: number;
}

/** What a caller gets. */
export interface Answered {
  /** The answer. */
  output: Json;
  /** How it came about. */
  decision: {
    id: string;
    revision: string;
    variant: string;
    path: Omit<PathEntry, "calls">[];
    fallback: boolean;
  };
}

/**
 * Answers one request of an endpoint: checks it, assigns it, runs its plan, and hands the events of the decision to the
 * writer.
 *
 * @param endpoint compiled revision
 * @param asked the request
 * @param effects functions, events, counts
 * @returns the answer
 * @throws {Problem} 422 when the request does not fit, 503 when no step answered or a durable event cannot be written
 */
export async function answerRequest(
  endpoint: CompiledEndpoint,
  asked: Asked,
  effects: AnswerEffects,
): Promise<Answered> {
  const { spec, revision } = endpoint;
  const unit = checkRequest(endpoint, asked.input);
  const { variant, plan } = endpoint.choose(unit);
  const id = uuidv7(), nowMs = Date.now();
  const startedMs = CLOCK.nowMs();
  const answer = await runPlan(plan, asked.input, {
    clock: CLOCK,
    budgetMs: Math.min(spec.budgetMs, asked.budgetMs ?? spec.budgetMs),
    call: ({ step, ...request }) =>
      effects.callFunction({ ...request, product: spec.product, decision: `${id}.${step}`, nowMs, seed: id }),
  });
  const latencyMs = CLOCK.nowMs() - asked.arrivedMs;
  effects.metrics.observe({ endpoint: spec.endpoint, variant, status: answer.status, ms: latencyMs });
  const decision: Decision = { id, unit, variant, nowMs, latencyMs, queueMs: startedMs - asked.arrivedMs };
  await record(endpoint, asked, answer, decision, effects);
  if (answer.status === "error") {
    throw new Problem(503, `No step of endpoint "${spec.endpoint}" answered: ${answer.error!.detail}`, {
      retryAfterS: 1,
      members: { decision: id },
      cause: answer.error,
    });
  }
  const path = answer.path.map(({ calls: _, ...entry }) => entry);
  return { output: answer.output!, decision: { id, revision, variant, path, fallback: answer.fallback } };
}

interface Decision {
  id: string;
  unit: string | null;
  variant: string;
  nowMs: number;
  latencyMs: number;
  queueMs: number;
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

async function record(
  { spec, revision }: CompiledEndpoint,
  asked: Asked,
  answer: PlanAnswer,
  { id, unit, variant, nowMs, latencyMs, queueMs }: Decision,
  { writer, source }: AnswerEffects,
): Promise<void> {
  const inference = createEvent({
    type: "boathouse.inference.v1",
    source,
    subject: id,
    data: {
      decision: id,
      endpoint: spec.endpoint,
      revision,
      configOffset: asked.configOffset,
      variant,
      ...(unit === null ? {} : { unit }),
      input: asked.input,
      ...(answer.output === undefined ? {} : { output: answer.output }),
      status: answer.status,
      path: answer.path,
      models: answer.models,
      now: nowMs,
      seed: id,
      latencyMs: round(latencyMs),
      queueMs: round(queueMs),
      ...(answer.error === undefined ? {} : { error: answer.error }),
      shadow: false,
      ...(asked.traceparent === null ? {} : { traceparent: asked.traceparent }),
    },
  });
  const bytes = asked.chars + 1000;
  if (spec.logging === "buffered") writer.write("inference", inference, bytes);
  else await makeDurable(writer, inference, bytes, id);
  if (spec.experiment === undefined || unit === null || answer.status === "error") return;
  const exposure = { decision: id, endpoint: spec.endpoint, experiment: spec.seed, revision, variant, unit };
  const data = { ...exposure, fallback: answer.fallback };
  writer.write("exposure", createEvent({ type: "boathouse.exposure.v1", source, subject: unit, data }), 500);
}

async function makeDurable(
  writer: AnswerEffects["writer"],
  inference: CloudEvent,
  bytes: number,
  decision: string,
): Promise<void> {
  try {
    await writer.writeDurable("inference", inference, bytes);
  } catch (cause) {
    const members = { decision };
    throw new Problem(503, "The answer could not be made durable", { retryAfterS: 1, members, cause });
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
