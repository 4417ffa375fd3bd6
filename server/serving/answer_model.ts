import { CLOCK, type PinnedModel, type PlanAnswer, StepFailure } from "../../lib/endpoints/mod.ts";
import { type Json, uuidv7 } from "../../lib/events/mod.ts";
import type { ModelSignature } from "../../lib/models/mod.ts";
import { Problem } from "../http/mod.ts";
import type { AnswerEffects } from "./answer.ts";
import { type Asked, inferenceEvent } from "./inference_event.ts";
import { type Answers, byOutput, type Infer } from "./oip.ts";
import type { ModelColumns } from "./predict_slices.ts";
import type { ServedModel } from "./served_models.ts";

/** Rows for a promoted model. */
export interface ModelCall {
  /** The model. */
  model: PinnedModel;
  /** Values by column. */
  columns: ModelColumns;
  /** Number of rows. */
  count: number;
  /** Milliseconds that it may take. */
  budgetMs: number;
}

/** What answering by a model needs of its node. */
export interface ModelEffects extends Pick<AnswerEffects, "writer" | "metrics" | "source"> {
  /** Answers rows by a model that was prepared. */
  callModel(call: ModelCall): Promise<Json[]>;
}

/** A request has no plan that says how long it may take. */
const BUDGET_MS = 1_000;

/**
 * Answers one request of a promoted model, and hands its decision to the writer.
 *
 * @param model the model
 * @param infer what is asked of it
 * @param asked the request
 * @param effects model, events, counts
 * @returns id of the decision, and the answers by output
 * @throws {Problem} 400 when the model refuses a row, 413 when the answers are too large for one event, 503 when it failed or took too long
 */
export async function answerModel(
  model: ServedModel,
  { columns, count }: Infer,
  asked: Asked,
  { callModel, writer, metrics, source }: ModelEffects,
): Promise<{ decision: string; answers: Answers }> {
  const { name, version, digest, signature } = model;
  const id = uuidv7(), nowMs = Date.now(), startedMs = CLOCK.nowMs();
  const budgetMs = Math.min(BUDGET_MS, asked.budgetMs ?? BUDGET_MS);
  const result = await attempt(callModel({ model, columns, count, budgetMs }), signature);
  const endedMs = CLOCK.nowMs();
  const answerChars = result.outcome === "ok" ? checkSize(result.answers, count) : 0;
  const { outcome } = result;
  const answer: PlanAnswer = {
    status: outcome === "ok" ? "ok" : "error",
    fallback: false,
    path: [{ step: name, outcome, ms: Math.round((endedMs - startedMs) * 1000) / 1000 }],
    models: { [name]: `${version}#${digest}` },
    ...(outcome === "ok" ? { output: result.answers } : { error: { type: outcome, detail: result.detail } }),
  };
  const latencyMs = endedMs - asked.arrivedMs;
  metrics.observe({ endpoint: modelLabel(name), variant: version, status: answer.status, ms: latencyMs });
  const decided = { id, nowMs, latencyMs, queueMs: startedMs - asked.arrivedMs };
  writer.write("inference", inferenceEvent(source, {}, asked, answer, decided), asked.chars + 1200 + answerChars);
  if (outcome === "ok") return { decision: id, answers: result.answers };
  const detail = `Model "${name}@${version}" did not answer: ${result.detail}`;
  throw new Problem(503, detail, { retryAfterS: 1, members: { decision: id } });
}

/** A decision is one record of the bus, of at most a million bytes, and holds the answer beside the request. */
const MAX_ANSWER_CHARS = 600_000;

/** About how long the answers are as text, told by the first of them; a number has at most 24 characters. */
function checkSize(answers: Answers, count: number): number {
  const first = Object.values(answers).reduce((sum, [row]) => sum + Math.max(24, JSON.stringify(row ?? 0).length), 0);
  if (first * count <= MAX_ANSWER_CHARS) return first * count;
  const most = Math.floor(MAX_ANSWER_CHARS / first);
  throw new Problem(413, `A request must have at most ${most} rows where each answer is so large: got ${count}`);
}

type Attempt = { outcome: "ok"; answers: Answers } | { outcome: "error" | "timeout"; detail: string };

const MAX_DETAIL = 500;

async function attempt(work: Promise<Json[]>, signature: ModelSignature): Promise<Attempt> {
  try {
    return { outcome: "ok", answers: byOutput(await work, signature) };
  } catch (error) {
    const { message } = error as Error;
    // What a model says of its rows is the caller's to mend.
    if (error instanceof TypeError && message.startsWith("Cannot predict")) throw new Problem(400, message);
    return { outcome: error instanceof StepFailure ? error.outcome : "error", detail: message.slice(0, MAX_DETAIL) };
  }
}

/**
 * Names a model where endpoints are counted; no endpoint's name has a colon.
 *
 * @param name name of the model
 * @returns label
 */
export function modelLabel(name: string): string {
  return `model:${name}`;
}
