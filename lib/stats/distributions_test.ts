import { expect, test } from "vitest";
import { chiSquareTail, studentQuantile, studentTail } from "./mod.ts";

// Answers of scipy 1.17.1: t.sf, norm.sf.
test.each([
  [1, 3, 0.10241638234956673],
  [2.5, 3, 0.036288047774515915],
  [7, 30, 5.894234440366572e-9],
  [30, 3, 0.0026949820328259727],
  [1e6, 3, 0.0013499312707109],
  [1e6, 30, 6.010047116832059e-198],
  [Infinity, 2, 0.02275013194817921],
])("studentTail() of %d degrees of freedom from %d on is scipy's %d", (df, t, tail) => {
  expect(Math.abs(studentTail(t, df) / tail - 1)).toBeLessThan(1e-9);
});

test("studentTail() is a half at 0, and both tails add up to 1", () => {
  for (const df of [0.7, 1, 30, 1e6, Infinity]) {
    expect(studentTail(0, df)).toBe(0.5);
    for (const t of [0.1, 1.3, 4]) expect(studentTail(t, df) + studentTail(-t, df)).toBeCloseTo(1, 14);
    expect(studentTail(Infinity, df)).toBe(0);
  }
});

test("studentQuantile() is the inverse of the tail", () => {
  for (const df of [0.7, 1, 2.5, 30, 1e4, 1e7, Infinity]) {
    for (const tail of [0.5, 0.3, 0.025, 1e-4, 1e-9]) {
      expect(studentTail(studentQuantile(tail, df), df) / tail).toBeCloseTo(1, 9);
    }
  }
});

// Answers of scipy 1.17.1: chi2.sf.
test.each([
  [3.2, 1, 0.07363827012030258],
  [100, 1, 1.5239706048320995e-23],
  [600, 31, 1.3381861973216187e-106],
])("chiSquareTail(%d, %d) is scipy's %d", (x, df, tail) => {
  expect(Math.abs(chiSquareTail(x, df) / tail - 1)).toBeLessThan(1e-12);
});

test("distributions refuse what is out of range", () => {
  expect(() => studentTail(1, 0)).toThrow("Cannot take a tail of Student's t as df must be above 0: got 0");
  expect(() => studentTail(NaN, 1)).toThrow(RangeError);
  expect(() => studentQuantile(0.6, 5)).toThrow("the tail must be above 0 and at most 0.5: got 0.6");
  expect(() => chiSquareTail(1, 1.5)).toThrow("df must be a whole number above 0: got 1.5");
  expect(() => chiSquareTail(-1, 1)).toThrow(RangeError);
});
