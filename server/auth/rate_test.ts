import { expect, test } from "vitest";
import { createRate } from "./rate.ts";

test("createRate() lets through what a second brings, then as much as time brings", () => {
  const rate = createRate(10, 0);
  const at = (ms: number, times: number) => Array.from({ length: times }, () => rate.take(ms));
  expect(at(0, 11)).toEqual([...Array(10).fill(0), 100]);
  expect(at(99, 1)[0]).toBeCloseTo(1);
  expect(at(100, 2)).toEqual([0, 100]);
  expect(at(60_000, 11)).toEqual([...Array(10).fill(0), 100]);
});

test("createRate() of less than one a second, and a clock that goes back, still let one through", () => {
  const rate = createRate(0.5, 1000);
  expect([rate.take(1000), rate.take(1000), rate.take(500), rate.take(2500), rate.take(2501)]).toEqual([
    0,
    2000,
    2000,
    0,
    1999,
  ]);
});
