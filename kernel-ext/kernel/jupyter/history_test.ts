import fc from "fast-check";
import { expect, test } from "vitest";
import { createHistory } from "./history.ts";

function historyOf(...inputs: string[]) {
  const history = createHistory();
  inputs.forEach((input, index) => history.add(index + 1, input, index === 0 ? "2" : null));
  const ask = (request: object) => history.answer({ ...request }).history;
  return { history, ask };
}

test("answer() gives the tail, a range and what matches, as input or with its output", () => {
  const { ask } = historyOf("1 + 1", "a", "b", "a");
  expect(ask({ hist_access_type: "tail", n: 2 })).toEqual([[0, 3, "b"], [0, 4, "a"]]);
  expect(ask({ hist_access_type: "tail", n: 0 })).toEqual([]);
  expect(ask({ hist_access_type: "tail", n: 99 })).toHaveLength(4);
  expect(ask({ hist_access_type: "range", session: 0, start: 1, stop: 3, output: true })).toEqual([
    [0, 1, ["1 + 1", "2"]],
    [0, 2, ["a", null]],
  ]);
  expect(ask({ hist_access_type: "range", session: -1, start: 1 })).toEqual([]);
  expect(ask({ hist_access_type: "search", pattern: "?" })).toEqual([[0, 2, "a"], [0, 3, "b"], [0, 4, "a"]]);
  expect(ask({ hist_access_type: "search", pattern: "?", unique: true })).toEqual([[0, 3, "b"], [0, 4, "a"]]);
  expect(ask({ hist_access_type: "search", pattern: "1*", n: 1 })).toEqual([[0, 1, "1 + 1"]]);
});

test("answer() refuses another kind of question", () => {
  expect(() => historyOf().ask({ hist_access_type: "all" })).toThrow(
    new RangeError(`Cannot answer history as "hist_access_type" must be tail, range or search: "all"`),
  );
});

test("answer() matches patterns as a regular expression with the same meaning does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), maxLength: 8 });
  fc.assert(fc.property(text, pattern, (text, pattern) => {
    const source = pattern.replace(/[*?.]/g, (sign) => ({ "*": "[^]*", "?": "[^]", ".": "\\." })[sign]!);
    const expected = new RegExp(`^${source}$`).test(text);
    expect(historyOf(text).ask({ hist_access_type: "search", pattern })).toHaveLength(expected ? 1 : 0);
  }));
});

test("answer() takes no endless time for a pattern of many stars", () => {
  const { ask } = historyOf("a".repeat(2_000));
  expect(ask({ hist_access_type: "search", pattern: `${"*a".repeat(50)}*b` })).toEqual([]);
});

test("add() keeps the newest entries, and of a long one its start", () => {
  const { history, ask } = historyOf(...Array.from({ length: 1_005 }, (_, index) => `${index}`));
  expect(ask({ hist_access_type: "range" })).toHaveLength(1_000);
  history.add(1_006, "x".repeat(200_000), null);
  expect(JSON.stringify(ask({ hist_access_type: "tail", n: 1 })).length).toBeLessThan(100_100);
});
