import { CLOCK, type PinnedModel, type PlanAnswer, StepFailure } from "../../lib/endpoints/mod.ts";
import { uuidv7 } from "../../lib/events/mod.ts";
import { Problem } from "../http/mod.ts";
import type { AnswerEffects } from "./answer.ts";
import { type Asked, inferenceEvent } from "./inference_event.ts";
import type { Infer } from "./oip.ts";
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
  callModel(call: ModelCall): Promise<number[]>;
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
 * @returns id of the decision, and a number per row
 * @throws {Problem} 400 when the model refuses a row, 503 when it failed or took too long
 */
export async function answerModel(
  model: ServedModel,
  { columns, count }: Infer,
  asked: Asked,
  { callModel, writer, metrics, source }: ModelEffects,
): Promise<{ decision: string; values: number[] }> {
  const { name, version, digest, signature } = model;
  const id = uuidv7(), nowMs = Date.now(), startedMs = CLOCK.nowMs();
  const budgetMs = Math.min(BUDGET_MS, asked.budgetMs ?? BUDGET_MS);
  const result = await attempt(callModel({ model, columns, count, budgetMs }));
  const endedMs = CLOCK.nowMs();
  const { outcome } = result;
  const answer: PlanAnswer = {
    status: outcome === "ok" ? "ok" : "error",
    fallback: false,
    path: [{ step: name, outcome, ms: Math.round((endedMs - startedMs) * 1000) / 1000 }],
    models: { [name]: `${version}#${digest}` },
    ...(outcome === "ok"
      ? { output: { [signature.outputs[0]!.name]: result.values } }
      : { error: { type: outcome, detail: result.detail } }),
  };
  const latencyMs = endedMs - asked.arrivedMs;
  metrics.observe({ endpoint: modelLabel(name), variant: version, status: answer.status, ms: latencyMs });
  const decided = { id, nowMs, latencyMs, queueMs: startedMs - asked.arrivedMs };
  writer.write("inference", inferenceEvent(source, {}, asked, answer, decided), asked.chars + 1200 + 20 * count);
  if (outcome === "ok") return { decision: id, values: result.values };
  const detail = `Model "${name}@${version}" did not answer: ${result.detail}`;
  throw new Problem(503, detail, { retryAfterS: 1, members: { decision: id } });
}

type Attempt = { outcome: "ok"; values: number[] } | { outcome: "error" | "timeout"; detail: string };

const MAX_DETAIL = 500;

async function attempt(work: Promise<number[]>): Promise<Attempt> {
  try {
    return { outcome: "ok", values: await work };
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
