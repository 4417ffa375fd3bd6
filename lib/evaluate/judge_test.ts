import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, type JudgeOptions } from "./judge.ts";

const metrics = {
  rmse: { value: 27, low: 26, high: 28, n: 100 },
  auc: { value: 0.8 },
  rmse_vs_baseline: { value: 0.9 },
};

const cases: [string, JudgeOptions, string[], string][] = [
  ["a bound that holds", { metrics, thresholds: { rmse: { atMost: 28 } } }, [], "27 is at most 28"],
  [
    "a bound at its edge",
    { metrics, thresholds: { rmse: { atMost: 27, atLeast: 27 } } },
    [],
    "27 is at most 27 and at least 27",
  ],
  ["a value above", { metrics, thresholds: { rmse: { atMost: 26.9 } } }, ["rmse"], "27 > 26.9"],
  ["a value below", { metrics, thresholds: { auc: { atLeast: 0.81 } } }, ["auc"], "0.8 < 0.81"],
  ["a missing metric", { metrics, thresholds: { mae: { atMost: 1 } } }, ["mae"], "missing"],
  [
    "a metric named like a member of every object",
    { metrics, thresholds: { toString: { atMost: 1 } } },
    ["toString"],
    "missing",
  ],
  [
    "NaN",
    { metrics: { rmse: { value: NaN } }, thresholds: { rmse: { atMost: 28 } } },
    ["rmse"],
    "NaN is no finite number",
  ],
  [
    "infinity",
    { metrics: { auc: { value: Infinity } }, thresholds: { auc: { atLeast: 0 } } },
    ["auc"],
    "Infinity is no finite number",
  ],
  ["a ratio as logged", { metrics, thresholds: { rmse_vs_baseline: { atMost: 0.95 } } }, [], "0.9 is at most 0.95"],
  [
    "a ratio to the baseline over the logged one",
    { metrics, thresholds: { rmse_vs_baseline: { atMost: 0.95 } }, baseline: { rmse: { value: 27 } } },
    ["rmse_vs_baseline"],
    "1 > 0.95",
  ],
  [
    "a baseline without the metric",
    { metrics, thresholds: { rmse_vs_baseline: { atMost: 0.95 } }, baseline: {} },
    ["rmse_vs_baseline"],
    "missing",
  ],
  ["no champion", { metrics, thresholds: { rmse_vs_champion: { atMost: 1 } } }, [], "does not apply: no champion"],
  [
    "a better champion",
    { metrics, thresholds: { rmse_vs_champion: { atMost: 1 } }, champion: { rmse: { value: 20 } } },
    ["rmse_vs_champion"],
    "1.35 > 1",
  ],
  [
    "a worse champion",
    { metrics, thresholds: { rmse_vs_champion: { atMost: 1 } }, champion: { rmse: { value: 30 } } },
    [],
    "0.9 is at most 1",
  ],
  [
    "a champion without the metric",
    { metrics, thresholds: { rmse_vs_champion: { atMost: 1 } }, champion: {} },
    ["rmse_vs_champion"],
    "missing",
  ],
  [
    "a logged ratio to the champion, which is never believed",
    {
      metrics: { rmse: { value: 40 }, rmse_vs_champion: { value: 0.1 } },
      thresholds: { rmse_vs_champion: { atMost: 1 } },
      champion: { rmse: { value: 20 } },
    },
    ["rmse_vs_champion"],
    "2 > 1",
  ],
  [
    "a champion of zero",
    { metrics, thresholds: { rmse_vs_champion: { atMost: 1 } }, champion: { rmse: { value: 0 } } },
    ["rmse_vs_champion"],
    "Infinity is no finite number",
  ],
];

for (const [name, options, failed, reason] of cases) {
  test(`judge() with ${name}`, () => {
    const found = judge(options);
    expect(found.failed).toEqual(failed);
    expect(found.verdict).toBe(failed.length === 0 ? "pass" : "fail");
    expect(found.checks.map((check) => check.reason)).toEqual([reason]);
  });
}

test("judge() keeps what was logged, adds its ratios with their rows, and changes no argument", () => {
  const thresholds = { rmse: { atMost: 28 }, rmse_vs_champion: { atMost: 1 } };
  const given = structuredClone(metrics);
  expect(judge({ metrics: given, thresholds, champion: { rmse: { value: 54 } } }).metrics)
    .toEqual({ ...metrics, rmse_vs_champion: { value: 0.5, n: 100 } });
  expect(given).toEqual(metrics);
});

test("judge() passes only if every bound holds", () => {
  const bound = fc.record({
    value: fc.double({ noNaN: true, min: -10, max: 10 }),
    atMost: fc.double({ noNaN: true, min: -10, max: 10 }),
  });
  fc.assert(fc.property(fc.array(bound, { minLength: 1, maxLength: 6 }), (bounds) => {
    const found = judge({
      metrics: Object.fromEntries(bounds.map(({ value }, i) => [`m${i}`, { value }])),
      thresholds: Object.fromEntries(bounds.map(({ atMost }, i) => [`m${i}`, { atMost }])),
    });
    expect(found.verdict === "pass").toBe(bounds.every(({ value, atMost }) => value <= atMost));
  }));
});

test("judge() refuses to judge by nothing", () => {
  expect(() => judge({ metrics, thresholds: {} })).toThrow(RangeError);
  expect(() => judge({ metrics, thresholds: {} })).toThrow(
    "Cannot judge a model as it must have a threshold to meet: got none",
  );
  expect(() => judge({ metrics, thresholds: { rmse: {} } })).toThrow('threshold of "rmse" must name atMost or atLeast');
});
