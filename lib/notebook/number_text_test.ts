import fc from "fast-check";
import { expect, test } from "vitest";
import { numberText } from "./mod.ts";

test.each([
  [18, "18"],
  [2001, "2001"],
  [9999, "9999"],
  [10000, "10,000"],
  [413000, "413,000"],
  [8.912345, "8.91"],
  [27.1234, "27.12"],
  [0.012345, "0.0123"],
  [1234.567, "1234.57"],
  [-0.5, "-0.5"],
  [-0, "0"],
  [0.1 + 0.2, "0.3"],
  [1e21, "1e+21"],
  [Infinity, "∞"],
])("numberText(%d) is %s", (value, text) => {
  expect(numberText(value)).toBe(text);
});

test("numberText() is off by at most half a percent", () => {
  fc.assert(fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
    const read = Number(numberText(value).replaceAll(",", ""));
    expect(Math.abs(read - value)).toBeLessThanOrEqual(0.005 * Math.abs(value));
  }));
});
