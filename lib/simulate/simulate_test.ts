import { expect, test } from "vitest";
import { compileEndpoint } from "../endpoints/mod.ts";
import { NO_INJECTED } from "./injected.ts";
import type { RecordedDecision } from "./recorded_decision.ts";
import { type CallRecorded, runRecorded } from "./run_recorded.ts";
import { simulate } from "./simulate.ts";

const MODEL = { name: "delay", version: "1", digest: "0".repeat(64) };

function endpointOf(hash: string) {
  const steps = [{ call: "f", hash, models: { delay: MODEL }, budgetMs: 50 }, { value: { minutes: 0 } }];
  const spec = {
    schema: 1 as const,
    endpoint: "e",
    product: "p",
    contract: 1,
    unit: "/route",
    seed: "e",
    budgetMs: 100,
    logging: "buffered" as const,
    owner: "o",
    businessCase: "b",
    tasks: ["t"],
    variants: [{ name: "a", weight: 0.5, steps }, { name: "b", weight: 0.5, steps }],
  };
  return compileEndpoint({ revision: hash.repeat(64), spec }, () => ({ input: { type: "object" }, output: {} }));
}

const decisionOf = (i: number): RecordedDecision => ({
  id: `d${i}`,
  input: { route: `R${i}`, weekday: i % 7 },
  nowMs: i,
  seed: `s${i}`,
  fetches: [],
  labels: {},
});

const callIf = (isChanged: (i: number) => boolean): CallRecorded => ({ call: { hash }, nowMs }) =>
  Promise.resolve({ output: { minutes: hash === "b" && isChanged(nowMs) ? 9 : 5 }, calls: [] });

const simulated = (count: number, call: CallRecorded, injected = NO_INJECTED) =>
  simulate({
    decisions: Array.from({ length: count }, (_, i) => decisionOf(i)),
    base: endpointOf("a"),
    candidate: endpointOf("b"),
    run: (endpoint, decision) => runRecorded(endpoint, decision, call, injected),
  });

test("simulate() finds all of one changed decision in 1,000, where they are", async () => {
  const found = await simulated(14_000, callIf((i) => i % 1000 === 0));
  expect(found).toMatchObject({ n: 14_000, changed: 14, share: { value: 0.001 } });
  expect(found.share.low).toBeLessThan(0.001);
  expect(found.worst).toHaveLength(3);
  expect(found.typical).toHaveLength(3);
  expect(new Set([...found.worst, ...found.typical].map(({ decision }) => decision)).size).toBe(6);
  expect(found.segments.filter(({ field }) => field === "variant").map(({ value }) => value).toSorted()).toEqual([
    "a",
    "b",
  ]);
});

test("simulate() runs both revisions, whatever their hashes", async () => {
  const asked = new Set<string>();
  const call: CallRecorded = (request) => {
    asked.add(request.call.hash);
    return Promise.resolve({ output: { minutes: 5 }, calls: [] });
  };
  expect(await simulated(10, call)).toMatchObject({ changed: 0, worst: [], typical: [] });
  expect([...asked].toSorted()).toEqual(["a", "b"]);
});

test("simulate() counts a lost answer as the worst change", async () => {
  const endpoint = endpointOf("b");
  const found = await simulate({
    decisions: [{ ...decisionOf(0), output: { minutes: 5 } }, {
      ...decisionOf(1),
      input: { weekday: 1 },
      output: { minutes: 5 },
    }],
    base: null,
    candidate: endpoint,
    run: (endpoint, decision) => runRecorded(endpoint, decision, callIf(() => true), NO_INJECTED),
  });
  expect(found.candidate).toMatchObject({ errors: { value: 0.5 } });
  expect(found.worst[0]!.candidate.error).toMatchObject({ type: "input", detail: expect.stringContaining("/route") });
});

test("runRecorded() ends a step that is held back past its budget, without a call", async () => {
  let calls = 0;
  const call: CallRecorded = () => {
    calls++;
    return Promise.resolve({ output: { minutes: 5 }, calls: [] });
  };
  const late = await runRecorded(endpointOf("a"), decisionOf(1), call, { fail: {}, slowMs: { delay: 60 } });
  expect(late).toMatchObject({ status: "fallback", output: { minutes: 0 }, path: [{ outcome: "timeout" }, {}] });
  expect(late.ms).toBeGreaterThanOrEqual(50);
  expect(calls).toBe(0);
  const slow = await runRecorded(endpointOf("a"), decisionOf(1), call, { fail: {}, slowMs: { f: 40 } });
  expect(slow).toMatchObject({ status: "ok", path: [{ outcome: "ok" }] });
  expect(calls).toBe(1);
});
