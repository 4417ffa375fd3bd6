import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bias,
  calibrationByDecile,
  estimateMean,
  estimateRmse,
  mae,
  mean,
  quantile,
  rmse,
  weightedMean,
} from "./mod.ts";

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const series = fc.array(number, { minLength: 1, maxLength: 60 });
const pairs = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 60 }).map((rows) => ({
  predicted: rows.map(([predicted]) => predicted),
  actual: rows.map(([, actual]) => actual),
}));

function close(a: number, b: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(b)));
}

test("rmse(), mae() and bias() are ordered: |bias| ≤ mae ≤ rmse ≤ largest error", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    const errors = predicted.map((value, row) => Math.abs(value - actual[row]!));
    const slack = 1e-6 * Math.max(1, ...errors);
    expect(Math.abs(bias(predicted, actual))).toBeLessThanOrEqual(mae(predicted, actual) + slack);
    expect(mae(predicted, actual)).toBeLessThanOrEqual(rmse(predicted, actual) + slack);
    expect(rmse(predicted, actual)).toBeLessThanOrEqual(Math.max(...errors) + slack);
  }));
});

test("rmse() splits into bias and spread: rmse² = bias² + variance of the errors", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    const errors = predicted.map((value, row) => value - actual[row]!);
    const centre = bias(predicted, actual);
    const variance = mean(errors.map((error) => (error - centre) ** 2));
    close(rmse(predicted, actual) ** 2, centre ** 2 + variance);
  }));
});

test("errors do not change when both series are swapped, but bias turns", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    expect(rmse(predicted, actual)).toBe(rmse(actual, predicted));
    expect(mae(predicted, actual)).toBe(mae(actual, predicted));
    close(bias(predicted, actual), -bias(actual, predicted));
  }));
});

test("errors are 0 for answers that came true, and agree on typed arrays", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    expect([rmse(actual, actual), mae(actual, actual), bias(actual, actual)]).toEqual([0, 0, 0]);
    expect(rmse(Float64Array.from(predicted), Float64Array.from(actual))).toBe(rmse(predicted, actual));
  }));
});

test("mean() keeps what a plain sum loses, and lies within the values", () => {
  expect(mean([1e16, 1, -1e16, 1])).toBe(0.5);
  fc.assert(fc.property(series, (values) => {
    const value = mean(values);
    expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
    expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
  }));
});

test("weightedMean() is the mean for equal weights, and counts repeated rows", () => {
  fc.assert(fc.property(series, fc.integer({ min: 1, max: 9 }), (values, weight) => {
    close(weightedMean(values, values.map(() => weight)), mean(values));
  }));
  fc.assert(fc.property(fc.array(fc.tuple(number, fc.integer({ min: 1, max: 5 })), { minLength: 1 }), (rows) => {
    const repeated = rows.flatMap(([value, times]) => Array.from({ length: times }, () => value));
    close(weightedMean(rows.map(([value]) => value), rows.map(([, times]) => times)), mean(repeated));
  }));
  expect(weightedMean([1, 1e9], [1, 0])).toBe(1);
});

test("quantile() is numpy's", () => {
  const values = [15, 20, 35, 40, 50];
  expect([0, 0.05, 0.3, 0.4, 0.5, 1].map((p) => quantile(values, p))).toEqual([15, 16, 23, 29, 35, 50]);
  expect(values).toEqual([15, 20, 35, 40, 50]);
});

test("quantile() grows with p, does not depend on order, and leaves the values alone", () => {
  fc.assert(
    fc.property(
      series,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, p, q) => {
        const before = [...values];
        const [low, high] = [Math.min(p, q), Math.max(p, q)].map((share) => quantile(values, share));
        expect(low!).toBeLessThanOrEqual(high! + 1e-6);
        expect(quantile([...values].reverse(), p)).toBe(quantile(values, p));
        expect(values).toEqual(before);
      },
    ),
  );
});

test("estimateMean() narrows with the root of the rows", () => {
  const values = Array.from({ length: 400 }, (_, row) => row % 2);
  const { value, low, high, n } = estimateMean(values);
  expect([value, n]).toEqual([0.5, 400]);
  close(high - low, 2 * 1.96 * Math.sqrt((400 / 399) * 0.25) / 20);
  close(estimateMean(values, { z: 1 }).high - 0.5, (high - 0.5) / 1.96);
  expect(estimateMean([7])).toEqual({ value: 7, low: 7, high: 7, n: 1 });
});

test("estimateMean() covers the truth about as often as it says", () => {
  let [state, covered] = [1, 0];
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let run = 0; run < 1000; run++) {
    const { low, high } = estimateMean(Float64Array.from({ length: 100 }, random));
    if (low <= 0.5 && 0.5 <= high) covered++;
  }
  expect(covered).toBeGreaterThan(925);
  expect(covered).toBeLessThan(975);
});

test("estimateRmse() is rmse() with an interval around it", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    const { value, low, high, n } = estimateRmse(predicted, actual);
    expect(value).toBe(rmse(predicted, actual));
    expect([low <= value, value <= high, low >= 0, n]).toEqual([true, true, true, predicted.length]);
  }));
});

test("calibrationByDecile() parts all rows by answer, as evenly as can be", () => {
  fc.assert(fc.property(pairs, ({ predicted, actual }) => {
    const parts = calibrationByDecile(predicted, actual);
    const sizes = parts.map(({ n }) => n);
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, index) => index + 1));
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(predicted.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    for (const [index, part] of parts.slice(1).entries()) {
      expect(part.predicted).toBeGreaterThanOrEqual(parts[index]!.predicted - 1e-6);
    }
    close(weightedMean(parts.map((part) => part.actual), sizes), mean(actual));
    close(weightedMean(parts.map((part) => part.predicted), sizes), mean(predicted));
  }));
});

test("calibrationByDecile() finds a model that exaggerates", () => {
  const actual = Array.from({ length: 1000 }, (_, row) => row / 10);
  const parts = calibrationByDecile(actual.map((value) => 50 + 2 * (value - 50)), actual);
  expect(parts).toHaveLength(10);
  expect(parts[0]!.predicted).toBeLessThan(parts[0]!.actual);
  expect(parts[9]!.predicted).toBeGreaterThan(parts[9]!.actual);
});

test("calibrationByDecile() keeps rows of equal answers in their order", () => {
  const actual = Array.from({ length: 20 }, (_, row) => row);
  expect(calibrationByDecile(new Float64Array(20), actual).map((part) => part.actual)).toEqual(
    Array.from({ length: 10 }, (_, part) => 2 * part + 0.5),
  );
});

test.each<[string, () => unknown, string]>([
  ["no rows", () => rmse([], []), "take a root mean square error as there must be at least one row: got none"],
  [
    "other lengths",
    () => mae([1], [1, 2]),
    "take a mean absolute error as both series must have as many rows: got 1 and 2",
  ],
  ["NaN", () => bias([1, NaN], [1, 2]), "take a bias as values must be finite: got NaN at row 1"],
  ["infinity", () => mean([1, 2, Infinity]), "take a mean as values must be finite: got Infinity at row 2"],
  [
    "a hole",
    () => mean([1, undefined as unknown as number]),
    "take a mean as values must be finite: got undefined at row 1",
  ],
  ["p beyond 1", () => quantile([1], 1.5), "take a quantile as p must be from 0 to 1: got 1.5"],
  ["p that is NaN", () => quantile([1], NaN), "take a quantile as p must be from 0 to 1: got NaN"],
  ["nothing", () => calibrationByDecile([], []), "calibrate as there must be at least one row: got none"],
  ["no values", () => estimateMean([]), "estimate a mean as there must be at least one row: got none"],
  [
    "a negative weight",
    () => weightedMean([1, 2], [1, -1]),
    "take a weighted mean as weights must be 0 or more, one of them positive: got -1 at row 1",
  ],
  [
    "weights of 0",
    () => weightedMean([1], [0]),
    "take a weighted mean as weights must be 0 or more, one of them positive: got only zeros",
  ],
])("statistics refuse %s", (_what, take, found) => {
  expect(take).toThrow(new RangeError(`Cannot ${found}`));
});
