import {
  CLOCK,
  type CompiledEndpoint,
  compilePlan,
  type FunctionSchemas,
  hashUnit,
  type PinnedCall,
  type Plan,
  runPlan,
} from "../../lib/endpoints/mod.ts";
import { uuidv7 } from "../../lib/events/mod.ts";
import type { AnswerEffects } from "./answer.ts";
import type { EventWriter } from "./event_writer.ts";
import { type Asked, inferenceEvent } from "./inference_event.ts";

/** An answer of an endpoint that was given. */
export interface GivenAnswer {
  /** The revision that answered. */
  endpoint: CompiledEndpoint;
  /** The variant that answered. */
  variant: string;
  /** Who was assigned. */
  unit: string | null;
  /** What was asked. */
  asked: Asked;
  /** Id of the decision. */
  id: string;
  /** What its functions saw as now, in milliseconds since 1970. */
  nowMs: number;
}

/** Counts of shadow calls. */
export interface ShadowCounts {
  /** Calls that ended. */
  called: number;
  /** Calls left out, as too many waited or the shadow was not ready. */
  dropped: number;
  /** Calls that wait. */
  waiting: number;
  /** Why shadows cannot be called, a text each. */
  broken: string[];
}

/** Calls the shadows of answers, behind the caller's back. */
export interface ShadowCalls {
  /** Makes the shadows of these revisions ready in the background, and lets all others go. */
  take(endpoints: readonly CompiledEndpoint[]): void;
  /** Calls the shadows of an answer whose sample it falls into; returns at once, never throws. */
  ask(given: GivenAnswer): void;
  /** Counts until now. */
  counts(): ShadowCounts;
  /** Calls none any more, and keeps no answer that comes later. */
  close(): void;
}

/** What shadow calls need of their node. */
export interface ShadowParts extends Pick<AnswerEffects, "callFunction"> {
  /** Makes a function and its models ready to be called. */
  prepare(product: string, call: PinnedCall): Promise<FunctionSchemas>;
  /** Where events go. */
  writer: Pick<EventWriter, "write" | "stats">;
  /** Source of the node's events, a URI reference. */
  source: string;
}

/** Calls of one shadow at a time. */
const MAX_RUNNING = 4;
/** Calls of one shadow that wait; each holds its request. */
const MAX_WAITING = 64;
/** Events that wait leave this much of the writer to decisions: a shadow's never takes their room. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

interface Shadow {
  call: PinnedCall;
  product: string;
  sample: number;
  /** Draws of two shadows of an endpoint are apart. */
  drawSeed: string;
  /** null = not ready. */
  plan: Plan | null;
  why: string | null;
  running: number;
  waiting: { given: GivenAnswer; sinceMs: number }[];
}

/**
 * Makes what calls shadows: in sandboxes of their own, a few at a time, without breakers; each becomes an `inference`
 * event of its own id with `shadow: true`, whose seed is the id of the answered decision.
 *
 * @param parts functions, events
 * @returns the caller of shadows, with none yet
 */
export function createShadowCalls({ prepare, callFunction, writer, source }: ShadowParts): ShadowCalls {
  let byRevision = new Map<string, Shadow[]>(), called = 0, dropped = 0, closed = false;
  const run = async ({ call, product, plan }: Shadow, { given, sinceMs }: Shadow["waiting"][number]) => {
    const { endpoint: { revision, spec }, variant, unit, asked, id: seed, nowMs } = given;
    const id = uuidv7(), startedMs = CLOCK.nowMs();
    const answer = await runPlan(plan!, asked.input, {
      clock: CLOCK,
      budgetMs: call.budgetMs,
      call: ({ step, ...request }) => callFunction({ ...request, product, decision: `${id}.${step}`, nowMs, seed }),
    });
    called++;
    if (closed) return;
    const who = { endpoint: spec.endpoint, revision, variant, unit, function: `${call.call}@${call.hash}` };
    const times = { latencyMs: CLOCK.nowMs() - startedMs, queueMs: startedMs - sinceMs };
    const event = inferenceEvent(source, who, asked, answer, { id, nowMs, ...times, shadowOf: seed });
    writer.write("inference", event, asked.chars + 1200);
  };
  const next = (shadow: Shadow) => {
    while (!closed && shadow.running < MAX_RUNNING && shadow.waiting.length > 0) {
      shadow.running++;
      run(shadow, shadow.waiting.shift()!).catch(() => dropped++).finally(() => {
        shadow.running--;
        next(shadow);
      });
    }
  };
  const makeReady = (shadow: Shadow) =>
    prepare(shadow.product, shadow.call).then(
      (schemas) => {
        shadow.plan = compilePlan([shadow.call], () => schemas);
        shadow.why = null;
      },
      (error) => void (shadow.why = (error as Error).message),
    );
  const all = () => [...byRevision.values()].flat();
  return {
    take(endpoints) {
      const before = byRevision;
      byRevision = new Map(
        endpoints.map((endpoint) => [endpoint.revision, before.get(endpoint.revision) ?? shadowsOf(endpoint)]),
      );
      for (const [revision, shadows] of byRevision) {
        shadows.filter(({ why }) => why !== null || !before.has(revision)).forEach(makeReady);
      }
    },
    ask(given) {
      for (const shadow of byRevision.get(given.endpoint.revision) ?? []) {
        if (hashUnit(shadow.drawSeed, given.id) >= shadow.sample) continue;
        const isFull = shadow.waiting.length >= MAX_WAITING || writer.stats().waitingBytes > MAX_WAITING_BYTES;
        if (closed || shadow.plan === null || isFull) dropped++;
        else shadow.waiting.push({ given, sinceMs: CLOCK.nowMs() });
        next(shadow);
      }
    },
    counts: () => ({
      called,
      dropped,
      waiting: all().reduce((sum, { waiting }) => sum + waiting.length, 0),
      broken: all().flatMap(({ call, why }) => why === null ? [] : [`shadow "${call.call}" is not called: ${why}`]),
    }),
    close: () => void (closed = true),
  };
}

function shadowsOf({ spec }: CompiledEndpoint): Shadow[] {
  return (spec.shadow ?? []).map(({ sample, ...call }, i) => ({
    call: { ...call, budgetMs: spec.budgetMs },
    // Apart from the sandbox that answers: a shadow that hangs or grows is nothing to it.
    product: `${spec.product} (shadow)`,
    sample,
    drawSeed: `shadow ${i} of ${spec.endpoint} `,
    plan: null,
    why: null,
    running: 0,
    waiting: [],
  }));
}
