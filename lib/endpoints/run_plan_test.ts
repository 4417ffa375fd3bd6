import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../events/mod.ts";
import { compilePlan } from "./compile_plan.ts";
import type { PinnedStep } from "./plan_revision.ts";
import { CLOCK, type PlanEffects, runPlan, StepFailure } from "./run_plan.ts";

const SCHEMAS = {
  input: { type: "object", required: ["route"] },
  output: { type: "object", properties: { minutes: { type: "number" } }, required: ["minutes"] },
};

const call = (name: string, budgetMs = 30, version = "1"): PinnedStep => ({
  call: name,
  hash: name.repeat(4),
  models: { delay: { name: "flight-delay", version, digest: "d" } },
  budgetMs,
});

const CHAIN = compilePlan([call("p"), call("a", 100), { value: { minutes: 0 } }], () => SCHEMAS);

type Behaviour = (signal: { budgetMs: number }) => Promise<Json>;

function effects(behave: Record<string, Behaviour>, budgetMs = 50): PlanEffects & { budgets: Record<string, number> } {
  const budgets: Record<string, number> = {};
  return {
    budgets,
    budgetMs,
    clock: CLOCK,
    async call({ step, budgetMs }) {
      budgets[step] = budgetMs;
      return { output: await behave[step]!({ budgetMs }), calls: [{ kind: "model" }] };
    },
  };
}

const hang: Behaviour = () => new Promise(() => {});
const after = (ms: number, value: Json): Behaviour => () => new Promise((resolve) => setTimeout(resolve, ms, value));

async function run(plan: typeof CHAIN, input: Json, given: PlanEffects) {
  const start = performance.now();
  const answered = runPlan(plan, input, given).then((answer) => ({ ...answer, ms: performance.now() - start }));
  await vi.runAllTimersAsync();
  return await answered;
}

const outcomes = (answer: { path: { step: string; outcome: string }[] }) =>
  answer.path.map(({ step, outcome }) => `${step} ${outcome}`);

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

test("runPlan() answers by the first step and records its calls", async () => {
  const answer = await run(CHAIN, { route: "x" }, effects({ p: after(3, { minutes: 7 }) }));
  expect(answer).toEqual({
    status: "ok",
    output: { minutes: 7 },
    fallback: false,
    path: [{ step: "p", function: "p@pppp", outcome: "ok", ms: 3, calls: [{ kind: "model" }] }],
    models: { "flight-delay": "1#d" },
    ms: 3,
  });
  expect(vi.getTimerCount()).toBe(0);
});

test("runPlan() falls back on an error and says so", async () => {
  const answer = await run(
    CHAIN,
    { route: "x" },
    effects({ p: () => Promise.reject(new Error("model away")), a: after(1, { minutes: 5 }) }),
  );
  expect(answer).toMatchObject({
    status: "fallback",
    fallback: true,
    output: { minutes: 5 },
    error: { type: "error", detail: "p: model away" },
  });
  expect(outcomes(answer)).toEqual(["p error", "a ok"]);
});

test("runPlan() leaves a hung step at its budget, the next one at the rest of the whole", async () => {
  const given = effects({ p: hang, a: hang });
  const answer = await run(CHAIN, { route: "x" }, given);
  expect(outcomes(answer)).toEqual(["p timeout", "a timeout", "value ok"]);
  expect(given.budgets).toEqual({ p: 30, a: 20 });
  expect(answer).toMatchObject({
    ms: 50,
    output: { minutes: 0 },
    status: "fallback",
    error: { type: "timeout", detail: "a: no answer within 20 ms" },
  });
});

test("runPlan() calls nothing once the budget is spent", async () => {
  const given = effects({ p: hang }, 10);
  const answer = await run(CHAIN, { route: "x" }, given);
  expect(outcomes(answer)).toEqual(["p timeout", "a timeout", "value ok"]);
  expect(given.budgets).toEqual({ p: 10 });
  expect(answer.ms).toBe(10);
});

test("runPlan() takes less than a millisecond for no budget", async () => {
  const given = effects({ p: after(0, { minutes: 1 }) }, 0.9);
  expect(outcomes(await run(CHAIN, { route: "x" }, given))).toEqual(["p timeout", "a timeout", "value ok"]);
  expect(given.budgets).toEqual({});
});

test("runPlan() takes a sandbox's time-out for one", async () => {
  const late = () => Promise.reject(new StepFailure("timeout", "ended", [{ kind: "model", name: "delay", ms: 9 }]));
  const answer = await run(CHAIN, { route: "x" }, effects({ p: late, a: after(0, { minutes: 1 }) }));
  expect(outcomes(answer)).toEqual(["p timeout", "a ok"]);
  expect(answer.path[0]!.calls).toEqual([{ kind: "model", name: "delay", ms: 9 }]);
});

test("runPlan() falls back on an answer or an input of the wrong shape", async () => {
  const answer = await run(
    CHAIN,
    { route: "x" },
    effects({ p: after(0, { minutes: "soon" }), a: after(0, { minutes: 2 }) }),
  );
  expect(outcomes(answer)).toEqual(["p schema", "a ok"]);
  expect(answer.error).toEqual({ type: "schema", detail: 'p: output /minutes must be number: got "soon"' });
  const blind = await run(CHAIN, {}, effects({}));
  expect(outcomes(blind)).toEqual(["p schema", "a schema", "value ok"]);
  expect(blind.error!.detail).toBe("a: input /route must be there: got nothing");
});

test("runPlan() without an answer is an error", async () => {
  const plan = compilePlan([call("p")], () => SCHEMAS);
  const answer = await run(plan, { route: "x" }, effects({ p: () => Promise.reject("a text") }));
  expect(answer).toMatchObject({ status: "error", fallback: false, error: { type: "error", detail: "p: a text" } });
  expect("output" in answer).toBe(false);
});

test("runPlan() takes no notice of a step that ends after its budget", async () => {
  const late: Behaviour = () => new Promise((_, reject) => setTimeout(reject, 40, new Error("too late")));
  const answer = await run(CHAIN, { route: "x" }, effects({ p: late, a: after(1, { minutes: 1 }) }));
  expect(outcomes(answer)).toEqual(["p timeout", "a ok"]);
});

test("compilePlan() names steps of one function apart", () => {
  const plan = compilePlan([call("p", 30, "2"), call("p"), { value: 1 }], () => SCHEMAS);
  expect(plan.map(({ step }) => step)).toEqual(["p", "p-2", "value"]);
});

test("compilePlan() refuses a schema that is none", () => {
  const broken = { input: { type: "strange" }, output: {} };
  expect(() => compilePlan([call("p")], () => broken)).toThrow(SyntaxError);
  expect(() => compilePlan([call("p")], () => broken)).toThrow("Cannot compile schema as it must be JSON Schema");
});
