import { expect, test } from "vitest";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";
import { answeringCalls, answeringValues, callsIn, firstCalls, mapCalls } from "./plan_tree.ts";

const call = (name: string): PinnedCall => ({ call: name, hash: name, models: {}, budgetMs: 9 });
const names = (calls: PinnedCall[]) => calls.map(({ call }) => call).join("");
const PLAN: PinnedStep[] = [
  { when: "true", then: { all: [call("a"), { value: 1 }], combine: call("b") }, else: call("c") },
  { fallback: [{ all: [call("d"), { value: 2 }], combine: "vote" }, { value: 3 }] },
];

test("callsIn() finds calls everywhere, answeringCalls() and answeringValues() what may be the answer", () => {
  expect(names(callsIn(PLAN))).toBe("abcd");
  expect(names(answeringCalls(PLAN))).toBe("bcd");
  expect(answeringValues(PLAN)).toEqual([2, 3]);
});

test("mapCalls() changes each call and nothing else", () => {
  const upper = mapCalls(PLAN, (found) => ({ ...found, call: found.call.toUpperCase() }));
  expect(names(callsIn(upper))).toBe("ABCD");
  expect(mapCalls(upper, (found) => ({ ...found, call: found.call.toLowerCase() }))).toEqual(PLAN);
});

test.each<[string, PinnedStep[], string]>([
  ["the first of a chain", [{ fallback: [call("a"), call("b")] }, call("c")], "a"],
  ["no constant", [{ value: 1 }], ""],
  ["no call that maps its input", [{ ...call("a"), input: { x: "input.y" } }, call("b")], ""],
  ["all that run at once", [{ all: [call("a"), call("b")], combine: "mean" }], "ab"],
  ["what both branches call", [{ when: "true", then: call("a"), else: { ...call("a"), budgetMs: 3 } }], "a"],
  ["nothing of branches that differ", [{ when: "true", then: call("a"), else: call("b") }], ""],
  ["what a branch and the next step call", [{ when: "true", then: call("a") }, call("a")], "a"],
])("firstCalls() names %s", (_, steps, found) => {
  expect(names(firstCalls(steps))).toBe(found);
});
