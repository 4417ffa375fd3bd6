import { expect, test } from "vitest";
import { estimateShare } from "./share.ts";

// R: prop.test(x, n, correct = FALSE)$conf.int, with z = 1.959964.
test("estimateShare() gives Wilson's interval", () => {
  const { value, low, high } = estimateShare(10, 10_000, { z: 1.959963984540054 });
  expect(value).toBe(0.001);
  expect(low).toBeCloseTo(0.00054329, 7);
  expect(high).toBeCloseTo(0.00183995, 7);
});

test("estimateShare() stays within 0 and 1 at the ends", () => {
  expect(estimateShare(0, 100)).toMatchObject({ value: 0, low: 0 });
  expect(estimateShare(0, 100).high).toBeCloseTo(0.037, 3);
  expect(estimateShare(100, 100)).toMatchObject({ value: 1, high: 1 });
  expect(estimateShare(0, 0)).toEqual({ value: 0, low: 0, high: 1, n: 0 });
});

test("estimateShare() refuses a count above n", () => {
  expect(() => estimateShare(3, 2)).toThrow(
    "Cannot estimate a share as a count must be a whole number from 0 to 2: got 3",
  );
});
