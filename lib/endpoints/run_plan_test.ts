import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../events/mod.ts";
import { createBreakers } from "./breakers.ts";
import type { BreakerSettings } from "./breaker.ts";
import { compilePlan, type Plan } from "./compile_plan.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";
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

const bare = (name: string, more: Partial<PinnedCall> = {}): PinnedCall => ({
  call: name,
  hash: name,
  models: {},
  budgetMs: 30,
  ...more,
});
const compile = (...steps: PinnedStep[]) => compilePlan(steps, () => SCHEMAS);
const ROUTE = { route: "x" };
const minutes = (value: Json): Behaviour => after(1, { minutes: value });
const throws: Behaviour = () => Promise.reject(new Error("away"));

test("runPlan() takes a branch, which is no fallback, and the next step where there is no else", async () => {
  const plan = compile({ when: "input.far", then: bare("f") }, {
    when: "!input.far",
    then: bare("n"),
    else: { value: 1 },
  });
  for (const [far, step] of [[true, "f"], [false, "n"]] as const) {
    const answer = await run(plan, { route: "x", far }, effects({ f: minutes(1), n: minutes(1) }));
    expect(answer).toMatchObject({ status: "ok", fallback: false });
    expect(outcomes(answer)).toEqual([`${step} ok`]);
  }
});

test("runPlan() falls back where a condition throws, and says so", async () => {
  const plan = compile({ when: "input.far > 1", then: bare("f") }, { value: { minutes: 0 } });
  const answer = await run(plan, ROUTE, effects({}));
  expect(answer).toMatchObject({ status: "fallback", fallback: true, output: { minutes: 0 } });
  expect(answer.error).toEqual({ type: "error", detail: "when: its condition cannot be evaluated: No such key: far" });
  expect(outcomes(answer)).toEqual(["when error", "value ok"]);
});

test("runPlan() has no answer where no condition holds", async () => {
  const answer = await run(compile({ when: "false", then: bare("f") }), ROUTE, effects({}));
  expect(answer).toMatchObject({
    status: "error",
    path: [],
    error: { type: "condition", detail: "no condition of the plan held" },
  });
});

test("runPlan() counts an answer as failed under a named condition, and where one throws", async () => {
  const plan = compile(bare("p", { unless: { LONG: "output.minutes > 600" } }), { value: { minutes: 0 } });
  const long = await run(plan, ROUTE, effects({ p: minutes(601) }));
  expect(long.error).toEqual({ type: "condition", detail: "p: its answer is LONG" });
  expect(outcomes(long)).toEqual(["p condition", "value ok"]);
  expect(outcomes(await run(plan, ROUTE, effects({ p: minutes(600) })))).toEqual(["p ok"]);
  const broken = compile(bare("p", { unless: { ODD: "output.gate == 1" } }), { value: { minutes: 0 } });
  expect(await run(broken, ROUTE, effects({ p: minutes(1) }))).toMatchObject({
    status: "fallback",
    error: { type: "condition", detail: "p: condition ODD cannot be evaluated: No such key: gate" },
  });
});

test("runPlan() maps what a step is given and records it", async () => {
  const plan = compile(bare("p", { input: { route: "input.from + '-' + input.to" } }), bare("q"));
  const given: Json[] = [], asked = effects({ p: minutes(1), q: minutes(2) });
  const call: PlanEffects["call"] = (request) => (given.push(request.input), asked.call(request));
  const answer = await run(plan, { from: "ORD", to: "LGA" }, { ...asked, call });
  expect(given).toEqual([{ route: "ORD-LGA" }]);
  expect(answer.path[0]).toMatchObject({ step: "p", outcome: "ok", input: { route: "ORD-LGA" } });
  const blind = await run(plan, ROUTE, { ...asked, call });
  expect(blind.path.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(["p error", "q ok"]);
  expect(blind.error!.detail).toBe('p: input "route" cannot be computed: No such key: from');
});

test("runPlan() runs all at once and takes the mean, with every answer on record", async () => {
  const plan = compile({ all: [bare("a"), bare("b")], combine: "mean" }, { value: { minutes: 0 } });
  const answer = await run(plan, ROUTE, effects({ a: after(20, { minutes: 4 }), b: after(20, { minutes: 8 }) }));
  expect(answer).toMatchObject({ status: "ok", output: { minutes: 6 }, ms: 20 });
  expect(answer.path.map(({ output }) => output)).toEqual([{ minutes: 4 }, { minutes: 8 }, undefined]);
  const failed = await run(plan, ROUTE, effects({ a: minutes(4), b: throws }));
  expect(outcomes(failed)).toEqual(["a ok", "b error", "value ok"]);
  expect(failed.fallback).toBe(true);
  const odd = await run(plan, ROUTE, effects({ a: minutes(4), b: after(1, { minutes: 8, gate: 1 }) }));
  expect(odd.error!.detail).toContain("all: answers must be equal at the top to have a mean");
  expect(outcomes(odd)).toEqual(["a ok", "b ok", "all error", "value ok"]);
});

test("runPlan() refuses a mean that does not fit the functions' answers", async () => {
  const whole = { input: {}, output: { type: "integer" } };
  const plan = compilePlan([{ all: [bare("a"), bare("b")], combine: "mean" }], () => whole);
  const answer = await run(plan, ROUTE, effects({ a: after(1, 1), b: after(1, 2) }));
  expect(answer.error).toEqual({ type: "schema", detail: "all: mean: the value must be integer: got 1.5" });
});

test("runPlan() takes the vote of those that answer", async () => {
  const plan = compile({ all: [bare("a"), bare("b"), bare("c")], combine: "vote" });
  const most = await run(plan, ROUTE, effects({ a: minutes(1), b: minutes(2), c: minutes(2) }));
  expect(most).toMatchObject({ status: "ok", output: { minutes: 2 } });
  const tie = await run(plan, ROUTE, effects({ a: throws, b: minutes(3), c: minutes(2) }));
  expect(tie).toMatchObject({ status: "fallback", output: { minutes: 3 } });
  expect(await run(plan, ROUTE, effects({ a: throws, b: throws, c: throws }))).toMatchObject({ status: "error" });
});

test("runPlan() takes the first good answer in the order of the list, and leaves the others behind", async () => {
  const plan = compile({ all: [bare("a"), bare("b"), bare("c")], combine: "first" });
  const slow = await run(plan, ROUTE, effects({ a: after(20, { minutes: 1 }), b: minutes(2), c: hang }));
  expect(slow).toMatchObject({ status: "ok", output: { minutes: 1 }, ms: 20 });
  expect(outcomes(slow)).toEqual(["a ok"]);
  const hung = await run(plan, ROUTE, effects({ a: hang, b: minutes(2), c: hang }));
  expect(hung).toMatchObject({ status: "fallback", output: { minutes: 2 }, ms: 30 });
  expect(outcomes(hung)).toEqual(["a timeout", "b ok"]);
});

test("runPlan() lets a function combine, in what is left of the budget", async () => {
  const input = { type: "object", required: ["answers", "input"] };
  const plan = compilePlan(
    [{ all: [bare("a"), { value: { minutes: 9 } }], combine: bare("c") }],
    (hash) => hash === "c" ? { ...SCHEMAS, input } : SCHEMAS,
  );
  const given = effects({ a: after(25, { minutes: 1 }), c: minutes(5) }, 40);
  const answer = await run(plan, ROUTE, given);
  expect(answer).toMatchObject({ status: "ok", output: { minutes: 5 } });
  expect(answer.path.at(-1)!.input).toEqual({ input: ROUTE, answers: [{ minutes: 1 }, { minutes: 9 }] });
  expect(given.budgets).toEqual({ a: 30, c: 15 });
});

test("runPlan() leaves a function alone that fails too often, and probes it by one call", async () => {
  const settings = { share: 0.5, calls: 2, openMs: 100 };
  const plan = compilePlan([bare("p"), { value: { minutes: 0 } }], () => SCHEMAS, settings);
  let calls = 0, works = false;
  const given = {
    ...effects({ p: () => (calls++, works ? Promise.resolve({ minutes: 1 }) : throws({ budgetMs: 1 })) }),
    breakers: createBreakers(CLOCK.nowMs),
  };
  const ask = async () => outcomes(await run(plan, ROUTE, given))[0];
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual(["p error", "p error", "p open", "p open"]);
  expect([calls, given.breakers.opened()]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(100);
  expect([await ask(), await ask()]).toEqual(["p error", "p open"]);
  await vi.advanceTimersByTimeAsync(100);
  works = true;
  expect([await ask(), await ask()]).toEqual(["p ok", "p ok"]);
  expect([calls, given.breakers.opened()]).toEqual([5, 0]);
});

test("runPlan() does not hold a time-out against a function that was given little time", async () => {
  const plan = compilePlan([bare("p")], () => SCHEMAS, { share: 0.1, calls: 1, openMs: 100 });
  const breakers = createBreakers(CLOCK.nowMs);
  await run(plan, ROUTE, { ...effects({ p: hang }, 10), breakers });
  expect(breakers.opened()).toBe(0);
  await run(plan, ROUTE, { ...effects({ p: hang }, 29), breakers });
  expect(breakers.opened()).toBe(1);
});

test("compilePlan() guards without settings only what another step may answer for", () => {
  const guarded = (steps: PinnedStep[], settings?: BreakerSettings): string[] => {
    const names = (plan: Plan): string[] =>
      plan.flatMap((step) => {
        if ("call" in step) return step.breaker === null ? [] : [step.step];
        if ("all" in step) return names(typeof step.combine === "string" ? step.all : [...step.all, step.combine]);
        if ("when" in step) return names([step.then, ...(step.else ? [step.else] : [])]);
        return "chain" in step ? names(step.chain) : [];
      });
    return names(compilePlan(steps, () => SCHEMAS, settings));
  };
  const [a, b] = [bare("a"), bare("b")];
  expect(guarded([a, b])).toEqual(["a"]);
  expect(guarded([a, b], { share: 1, calls: 1, openMs: 1 })).toEqual(["a", "b"]);
  expect(guarded([{ fallback: [a, b] }, { value: 1 }])).toEqual(["a", "b"]);
  expect(guarded([{ when: "true", then: a, else: b }])).toEqual([]);
  expect(guarded([{ all: [a, b], combine: "first" }])).toEqual(["a"]);
  expect(guarded([{ all: [a, b], combine: "vote" }])).toEqual(["a", "b"]);
  expect(guarded([{ all: [a, b], combine: bare("c") }])).toEqual([]);
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
