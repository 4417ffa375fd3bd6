import { createEvent, type Json, uuidv7 } from "../lib/events/mod.ts";
import { openWorkbench, type Workbench } from "../lib/workbench/mod.ts";
import type { PinnedSpec } from "../lib/endpoints/mod.ts";

/** A label of a test's decision. */
export interface TestLabel {
  value: Json;
  /** Seconds after the decision. */
  after: number;
  name?: string;
}

/** A decision of a test. */
export interface TestDecision {
  unit: string;
  variant: string;
  output: Json;
  labels?: TestLabel[];
  latencyMs?: number;
  status?: "ok" | "fallback" | "error";
  revision?: string;
}

/** Spec of an experiment with two variants. */
export const SPEC: PinnedSpec = {
  schema: 1,
  endpoint: "delay",
  product: "flights",
  contract: 1,
  unit: "/route",
  seed: "delay",
  budgetMs: 50,
  logging: "buffered",
  owner: "o",
  businessCase: "b",
  tasks: ["t"],
  variants: [
    { name: "control", weight: 0.5, steps: [{ value: 1 }] },
    { name: "candidate", weight: 0.5, steps: [{ value: 1 }] },
  ],
  experiment: { hypothesis: "h", primary: "squared_error", guardrails: ["latency_ms", "error_rate"] },
};

/** Revision of the spec. */
export const REVISION = "r".repeat(64);

const START_MS = Date.UTC(2026, 0, 1);

/**
 * Opens a workbench of its own with the events of decisions in the lake, one decision a second.
 *
 * @param decisions in their order
 * @returns the workbench and its folder
 */
export async function testExperiment(
  decisions: readonly TestDecision[],
): Promise<{ dir: string; workbench: Workbench } & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-experiment-" });
  await Deno.writeTextFile(`${dir}/boathouse.yaml`, "");
  const workbench = openWorkbench(dir);
  const bus = await workbench.bus();
  const topics: Record<string, Message[]> = { inference: [], exposure: [], label: [] };
  decisions.forEach((one, second) => addEvents(one, START_MS + second * 1000, topics));
  for (const [topic, messages] of Object.entries(topics)) {
    await bus.createTopic(topic, { partitions: 2 });
    if (messages.length > 0) await bus.publish(topic, messages);
  }
  await (await workbench.ingest()).flush(Object.keys(topics));
  return {
    dir,
    workbench,
    async [Symbol.asyncDispose]() {
      await workbench[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

interface Message {
  key: string;
  eventTimeMicros: number;
  value: Json;
}

function addEvents(one: TestDecision, atMs: number, topics: Record<string, Message[]>): void {
  const { unit, variant, output, labels = [], latencyMs = 1, status = "ok", revision = REVISION } = one;
  const decision = uuidv7();
  const add = (topic: string, key: string, data: Record<string, Json>, ms = atMs) => {
    const time = new Date(ms).toISOString();
    const event = { ...createEvent({ type: `boathouse.${topic}.v1`, source: "test", subject: key, data }), time };
    topics[topic]!.push({ key, eventTimeMicros: ms * 1000, value: event as unknown as Json });
  };
  const who = { decision, endpoint: "delay", revision, variant, unit };
  const fixed = {
    configOffset: 1,
    input: { route: unit },
    path: [],
    models: {},
    now: atMs,
    seed: decision,
    queueMs: 0,
  };
  add("inference", decision, { ...who, ...fixed, output, status, latencyMs, shadow: false });
  if (status !== "error") add("exposure", unit, { ...who, experiment: "delay", fallback: status === "fallback" });
  for (const { value, after, name } of labels) {
    const at = new Date(atMs + after * 1000).toISOString();
    add("label", decision, { decision, value, at, ...(name === undefined ? {} : { name }) });
  }
}
