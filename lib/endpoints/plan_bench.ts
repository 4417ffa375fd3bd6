import CircuitBreaker from "opossum";
import { createBreakers } from "./breakers.ts";
import { compilePlan, type Plan } from "./compile_plan.ts";
import type { PinnedStep } from "./plan_revision.ts";
import { CLOCK, type PlanEffects, runPlan } from "./run_plan.ts";

// What a node adds to a plan that calls one function, in nanoseconds; then a primary that hangs, 100 requests at once,
// answered by fallback after 50 ms or at once by the breaker, beside opossum with the same settings.

const SCHEMAS = { input: { type: "object" }, output: { type: "object" } };
const INPUT = { distance: 733 };
const ANSWER = { output: { minutes: 1 }, calls: [] };
const EFFECTS: PlanEffects = { call: () => Promise.resolve(ANSWER), clock: CLOCK, budgetMs: 50 };
const CALL = { call: "f", hash: "f", models: {}, budgetMs: 50 };
const SETTINGS = { share: 0.5, calls: 20, openMs: 1000 };
const AT_ONCE = 100, ROUNDS = 20;

const nest = (step: PinnedStep, depth: number, wrap: (inner: PinnedStep) => PinnedStep): PinnedStep =>
  depth === 0 ? step : wrap(nest(step, depth - 1, wrap));
const DEPTH = 6;
const plans: Record<string, Plan> = Object.fromEntries(
  Object.entries<PinnedStep>({
    call: CALL,
    when: nest(CALL, DEPTH, (then) => ({ when: "input.distance < 2000", then, else: { value: 0 } })),
    fallback: nest(CALL, DEPTH, (inner) => ({ fallback: [inner, { value: 0 }] })),
    unless: { ...CALL, unless: { LONG: "output.minutes > 600" } },
    input: { ...CALL, input: { distance: "input.distance * 2" } },
    "all of two, mean": { all: [CALL, CALL], combine: "mean" },
  }).map(([name, step]) => [name, compilePlan([step], () => SCHEMAS, SETTINGS)]),
);

const best = new Map(Object.keys(plans).map((name) => [name, Infinity]));
for (let round = 0; round < 12; round++) {
  for (const [name, plan] of Object.entries(plans)) {
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) await runPlan(plan, INPUT, EFFECTS);
    best.set(name, Math.min(best.get(name)!, (performance.now() - start) * 100));
  }
}
const one = best.get("call")!;
print("a plan of one call, without its sandbox", one, "ns");
for (const name of ["when", "fallback"]) print(`a node ${name} around it`, (best.get(name)! - one) / DEPTH, "ns");
for (const name of ["unless", "input", "all of two, mean"]) {
  print(`${name}: beyond one call`, best.get(name)! - one, "ns");
}

const hang = () => new Promise<never>(() => {});
for (const isGuarded of [false, true]) {
  const breakers = createBreakers(CLOCK.nowMs);
  const plan = compilePlan([CALL, { value: { minutes: 0 } }], () => SCHEMAS, SETTINGS);
  const effects = { ...EFFECTS, budgetMs: 5000, call: hang, ...(isGuarded ? { breakers } : {}) };
  const peer = new CircuitBreaker(hang, {
    timeout: 50,
    errorThresholdPercentage: isGuarded ? 50 : 100.1,
    volumeThreshold: 20,
    resetTimeout: 1000,
  });
  peer.fallback(() => ({ minutes: 0 }));
  const ours = await p99(() => runPlan(plan, INPUT, effects));
  const theirs = await p99(() => peer.fire());
  peer.shutdown();
  const name = `hung primary, 100 at once, ${isGuarded ? "breaker" : "no breaker"}: p99`;
  print(name, ours, "ms", { ratio: Math.round(ours / theirs * 1000) / 1000, peer: "opossum" });
}

async function p99(ask: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      const start = performance.now();
      await ask();
      took.push(performance.now() - start);
    }));
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)]!;
}

function print(name: string, value: number, unit: string, more: object = {}): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, unit, ...more }));
}
