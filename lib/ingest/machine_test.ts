import fc from "fast-check";
import { expect, test } from "vitest";
import { INGEST_RULES, type IngestRules } from "./machine.ts";
import { ACTIONS, RECREATED, runSchedule, SET_BACK } from "./testdata/model_schedule.ts";

const SCHEDULES = 100_000;
const schedule = fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 60, size: "max" });

test("stepIngest() loses and doubles nothing under 100,000 fault schedules", () => {
  fc.assert(fc.property(schedule, (actions) => void runSchedule(actions, INGEST_RULES)), { numRuns: SCHEDULES });
}, 600_000);

test("stepIngest() mixes no topic with another of its name", () => {
  const recreating = fc.tuple(schedule, schedule).map(([before, after]) => [...before, RECREATED, ...after]);
  fc.assert(fc.property(recreating, (actions) => void runSchedule(actions, INGEST_RULES)), { numRuns: 10_000 });
}, 300_000);

const steps = (count: number, action: string) => Array.from({ length: count }, () => action);

// Found at random, a few in a million: entries of writers that slept, where cleaned ones lay.
const FOUND: string[][] = [
  [
    "bus: takes records in partition 0",
    "B: steps",
    "lake: gets another schema",
    "A: steps",
    "writer: steps",
    "B: steps",
    "A: steps",
    "A: steps",
    "B: steps",
    "B: steps",
    "A: steps",
    RECREATED,
    "B: runs to its end",
    "lake: gets another schema",
    "lake: gets a checkpoint",
    "lake: its log is cleaned",
    "writer: steps",
    "A: runs to its end",
    "A: steps",
  ],
  [
    "bus: takes records in partition 0",
    "A: steps",
    "B: steps",
    "A: steps",
    ...steps(5, "B: steps"),
    "B: lost",
    "writer: lost",
    "writer: steps",
    "lake: gets a checkpoint",
    "lake: its log is cleaned",
    "A: runs to its end",
    "B: runs to its end",
    "A: steps",
  ],
];

test.each(FOUND.map((actions, i) => [i, actions] as const))(
  "stepIngest() keeps its promises in found schedule %i",
  (_, actions) => {
    expect(runSchedule(actions, INGEST_RULES)).toContain("finished");
  },
);

const setBack = fc.array(fc.constantFrom(...SET_BACK), { minLength: 1, maxLength: 60, size: "max" });

test("stepIngest() holds a partition whose bus was seen to lose its end, however far it grows", () => {
  const reached = new Set<string>();
  const run = (actions: string[]) => runSchedule(actions, INGEST_RULES).forEach((each) => reached.add(each));
  fc.assert(fc.property(setBack, run), { numRuns: 100_000 });
  expect(["marked", "sealing less", "resumed"].filter((each) => !reached.has(each))).toEqual([]);
}, 300_000);

test("stepIngest() without the mark of a bus that lost its end breaks a promise", () => {
  const broken = { ...INGEST_RULES, stop: () => null };
  const property = fc.property(setBack, (actions) => void runSchedule(actions, broken));
  const { failed, errorInstance } = fc.check(property, { numRuns: SCHEDULES, endOnFailure: true });
  expect(failed).toBe(true);
  expect((errorInstance as Error).message).toMatch(/^Cannot go on as partition \d must stand still/);
});

test("the schedules lead the machine everywhere", () => {
  const reached = new Set<string>();
  const collect = (actions: string[]) => runSchedule(actions, INGEST_RULES).forEach((each) => reached.add(each));
  fc.assert(fc.property(schedule, collect), { numRuns: 5_000 });
  const waits = ["refreshing", "putting", "recognising", "checking", "judging", "reloading", "confirming"];
  const outcomes = ["sealed", "truncated", "failed"].map((was) => `sealing ${was}`);
  const rest = ["preparing unfit", "discarding done", "dropped repeats", "finished", "failed"];
  expect([...waits, ...outcomes, ...rest].filter((each) => !reached.has(each))).toEqual([]);
});

const WITHOUT: [string, Partial<IngestRules>, RegExp][] = [
  ["the contiguity check", { continues: () => true }, /^Cannot (hold|go back)/],
  ["the nonce check", { ours: () => true }, /^Cannot (claim|lose the write)/],
  [
    "the nonce check, which then knows nothing",
    { ours: () => false },
    /^Cannot (double the write|read ".*" as a live file must be there)/,
  ],
  ["the rule of _last_checkpoint", { settled: () => true }, /^Cannot (claim|lose the write|double the write)/],
  ["the look at the newest version", { survives: () => true }, /^Cannot (claim|lose the write)/],
];

for (const [name, rules, message] of WITHOUT) {
  test(`stepIngest() without ${name} breaks a promise`, () => {
    const broken = { ...INGEST_RULES, ...rules };
    const property = fc.property(schedule, (actions) => void runSchedule(actions, broken));
    const { failed, errorInstance } = fc.check(property, { numRuns: SCHEDULES, endOnFailure: true });
    expect(failed).toBe(true);
    expect((errorInstance as Error).message).toMatch(message);
  });
}
