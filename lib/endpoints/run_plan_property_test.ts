import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../events/mod.ts";
import { createBreakers } from "./breakers.ts";
import { compilePlan } from "./compile_plan.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";
import { callsIn } from "./plan_tree.ts";
import { CLOCK, type PlanEffects, runPlan } from "./run_plan.ts";

const BUDGET_MS = 50;
const SCHEMAS = { input: {}, output: { type: "object", properties: { minutes: { type: "number" } } } };
const WAYS: Record<string, () => Promise<Json>> = {
  good: () => Promise.resolve({ minutes: 1 }),
  other: () => new Promise((resolve) => setTimeout(resolve, 7, { minutes: 2, why: "x" })),
  slow: () => new Promise((resolve) => setTimeout(resolve, 20, { minutes: 3 })),
  hung: () => new Promise(() => {}),
  failing: () => new Promise((_, reject) => setTimeout(reject, 3, new Error("away"))),
  throwing: () => {
    throw new Error("at once");
  },
  odd: () => Promise.resolve({ minutes: "soon" }),
};

const { call, step } = fc.letrec<{ call: PinnedCall; step: PinnedStep }>((tie) => ({
  call: fc.record({
    call: fc.constantFrom(...Object.keys(WAYS)),
    budgetMs: fc.constantFrom(5, 30, 50),
    input: fc.option(fc.constantFrom({ a: "input.a" }, { a: "input.none" }), { nil: undefined }),
    unless: fc.option(fc.constantFrom({ BIG: "output.minutes > 2" }, { ODD: "output.none" }), { nil: undefined }),
  }).map(({ call, budgetMs, input, unless }) => ({
    call,
    hash: "one", // a schema takes longer to compile than a plan to run
    models: {},
    budgetMs,
    ...(input && { input }),
    ...(unless && { unless }),
  })),
  step: fc.oneof(
    { maxDepth: 3 },
    tie("call"),
    fc.constant({ value: { minutes: 0 } }),
    fc.array(tie("step"), { minLength: 1, maxLength: 3 }).map((fallback) => ({ fallback })),
    fc.record({
      when: fc.constantFrom("true", "false", "input.none > 1"),
      then: tie("step"),
      else: fc.option(tie("step"), { nil: undefined }),
    }).map(({ when, then, else: other }) => ({ when, then, ...(other && { else: other }) })),
    fc.record({
      all: fc.array(tie("step"), { minLength: 2, maxLength: 3 }),
      combine: fc.oneof(fc.constantFrom("mean" as const, "vote" as const, "first" as const), tie("call")),
    }),
  ),
}));

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

test("runPlan() of any plan ends within its budget, says what failed, and tells an answer from none", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 3 }),
      call,
      fc.boolean(),
      async (steps, last, isSafe) => {
        const all: PinnedStep[] = [...steps, last, ...(isSafe ? [{ value: { minutes: 0 } }] : [])];
        const effects: PlanEffects = {
          clock: CLOCK,
          budgetMs: BUDGET_MS,
          breakers: createBreakers(CLOCK.nowMs),
          call: ({ call }) => WAYS[call.call]!().then((output) => ({ output, calls: [] })),
        };
        const start = performance.now();
        const running = runPlan(compilePlan(all, () => SCHEMAS), { a: 1 }, effects)
          .then((answer) => ({ ...answer, ms: performance.now() - start }));
        await vi.runAllTimersAsync();
        const { status, output, fallback, path, error, ms } = await running;
        expect(ms).toBeLessThanOrEqual(BUDGET_MS + 1);
        expect(status === "error").toBe(output === undefined);
        if (isSafe) expect(status).not.toBe("error");
        if (status === "error") expect(error!.detail).not.toBe("");
        else {expect([fallback, status]).toEqual(
            path.some(({ outcome }) => outcome !== "ok") ? [true, "fallback"] : [false, "ok"],
          );}
        expect(new Set(path.map(({ step }) => step)).size).toBe(path.length);
        const known = new Set(callsIn(all).map(({ call, hash }) => `${call}@${hash}`));
        for (const entry of path) {
          if (entry.function !== undefined) expect(known).toContain(entry.function);
          seen.add(entry.outcome);
        }
      },
    ),
    { numRuns: 100 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(["ok", "error", "timeout"]));
});
