import type { PlanAnswer } from "../../lib/endpoints/mod.ts";
import { type CloudEvent, createEvent, type Json } from "../../lib/events/mod.ts";

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
  /** Offset of the newest record of `control` that is in force. */
  configOffset: number;
}

/** How a decision came about. */
export interface Decided {
  /** Id of the decision. */
  id: string;
  /** What the functions saw as now, in milliseconds since 1970. */
  nowMs: number;
  /** Milliseconds from the request's arrival to its answer. */
  latencyMs: number;
  /** Milliseconds from the request's arrival to the start of its plan. */
  queueMs: number;
  /** Id of the decision that a shadow call goes with, which gives it its seed; absent for an answer. */
  shadowOf?: string;
}

/** Who answered: an endpoint's variant (beside it, a shadow's function), a function called for trying, or none of them: a model alone. */
export type Answerer =
  | { endpoint: string; revision: string; variant: string; unit: string | null; function?: string }
  | { function: string }
  | Record<string, never>;

/**
 * Writes a decision as the event `inference`, with all that is needed to replay it.
 *
 * @param source the node, a URI reference
 * @param who who answered
 * @param asked the request
 * @param answer the plan's answer
 * @param decided id, times
 * @returns the event
 */
export function inferenceEvent(
  source: string,
  who: Answerer,
  asked: Asked,
  answer: PlanAnswer,
  { id, nowMs, latencyMs, queueMs, shadowOf }: Decided,
): CloudEvent {
  const data = {
    decision: id,
    ...withoutNulls(who),
    configOffset: asked.configOffset,
    input: asked.input,
    ...(answer.output === undefined ? {} : { output: answer.output }),
    status: answer.status,
    path: answer.path,
    models: answer.models,
    now: nowMs,
    seed: shadowOf ?? id,
    latencyMs: round(latencyMs),
    queueMs: round(queueMs),
    ...(answer.error === undefined ? {} : { error: answer.error }),
    shadow: shadowOf !== undefined,
    ...(asked.traceparent === null ? {} : { traceparent: asked.traceparent }),
  };
  return createEvent({ type: "boathouse.inference.v1", source, subject: id, data });
}

function withoutNulls(who: Answerer): Record<string, string> {
  return Object.fromEntries(Object.entries(who).filter((pair): pair is [string, string] => pair[1] !== null));
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
