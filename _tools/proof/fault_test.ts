import { expect, test } from "vitest";
import { type Backend, type Kind, KINDS, planFaults, STEPS, stepsOf } from "./fault.ts";
import { randomOf } from "./random.ts";

const EMBEDDED: Backend = { bus: "sqlite", store: "directory" };
const SCALED: Backend = { bus: "kafka", store: "s3" };
const kinds = Object.keys(KINDS) as Kind[];

test("planFaults() plans the same faults for the same seed, and others for another", () => {
  const plan = (seed: number) => planFaults(randomOf(seed), EMBEDDED, 25);
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
  expect(plan(1).map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => i));
});

test("planFaults() plans at least 50 of each kind in 1,000 faults, and every step", () => {
  for (const backend of [EMBEDDED, SCALED]) {
    const faults = Array.from({ length: 40 }, (_, seed) => planFaults(randomOf(seed), backend, 25)).flat();
    for (const kind of kinds) expect(faults.filter((fault) => fault.kind === kind).length, kind).toBeGreaterThan(50);
    expect(new Set(faults.map(({ step }) => step))).toEqual(new Set(STEPS));
  }
});

test("planFaults() draws from the kinds that it is given", () => {
  const faults = planFaults(randomOf(1), EMBEDDED, 10, ["pause", "torn"]);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(["pause", "torn"]));
});

test("stepsOf() lets the disk refuse only where this machine writes", () => {
  expect(stepsOf("disk", EMBEDDED)).toEqual(STEPS);
  expect(stepsOf("disk", SCALED)).toEqual(["seal", "put"]);
  expect(stepsOf("torn", SCALED)).toEqual(["seal", "put"]);
  for (const kind of kinds) expect(stepsOf(kind, SCALED), kind).not.toEqual([]);
});

test("randomOf() draws each number about as often", () => {
  const random = randomOf(42), counts = [0, 0, 0, 0];
  for (let i = 0; i < 40_000; i++) counts[random.below(4)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  expect(random.shuffle([1, 2, 3, 4, 5, 6, 7, 8]).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
