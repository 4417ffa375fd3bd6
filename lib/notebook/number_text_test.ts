import fc from "fast-check";
import { expect, test } from "vitest";
import { numberText } from "./mod.ts";
import { columnTexts } from "./number_text.ts";

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

test.each([
  [[26.42, 26.5, 5], ["26.42", "26.50", "5.00"]],
  [[9_500, 12_000], ["9,500", "12,000"]],
  [[1999, 2001], ["1999", "2001"]],
  [[0.0123, 1234.567], ["0.0123", "1234.5670"]],
  [[-0.001, 0.5], ["-0.001", "0.500"]],
  [[-0, 1], ["0", "1"]],
  [[413_000, 8.91], ["413,000.00", "8.91"]],
  [[0.000123, 0.0456], ["0.000123", "0.045600"]],
  [[0.000123, 1234.5], ["0.000123", "1234.5"]],
  [[9_007_199_254_740_991, 1], ["9,007,199,254,740,991", "1"]],
  [[1.23e-9, 5], ["0.00000000123", "5"]],
  [[1e21, 1.5], ["1e+21", "1.5"]],
  [[], []],
])("columnTexts(%j) writes all alike", (values, texts) => {
  expect(columnTexts(values)).toEqual(texts);
});
