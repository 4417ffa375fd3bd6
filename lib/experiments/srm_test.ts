import { expect, test } from "vitest";
import { testSampleRatio } from "./mod.ts";

test.each([
  ["ok", [520, 480], [0.5, 0.5]],
  ["mismatch", [600, 400], [0.5, 0.5]],
  ["ok", [900, 100], [0.9, 0.1]],
  ["mismatch", [1000, 0], [0.9, 0.1]],
  ["too few", [10, 5], [0.5, 0.5]],
  ["too few", [100, 20], [0.95, 0.05]],
  ["too few", [0, 0], [0.5, 0.5]],
  ["ok", [1000, 0], [1, 0]],
  ["mismatch", [1000, 1], [1, 0]],
])("testSampleRatio() says %s of %j by %j", (verdict, units, weights) => {
  expect(testSampleRatio(units, weights).verdict).toBe(verdict);
});

test("testSampleRatio() has no degree of freedom for an arm without weight", () => {
  const { p } = testSampleRatio([535, 465], [0.5, 0.5]);
  expect(testSampleRatio([535, 465, 0], [0.5, 0.5, 0]).p).toBe(p);
});

test("testSampleRatio() refuses weights that are none", () => {
  expect(() => testSampleRatio([1, 2], [0, 0])).toThrow(RangeError);
  expect(() => testSampleRatio([1, 2], [1])).toThrow(
    "Cannot test the sample ratio as each arm must have a weight, one of them positive: got [1] for 2 arms",
  );
  expect(() => testSampleRatio([1, 2], [1.5, -0.5])).toThrow(RangeError);
});
