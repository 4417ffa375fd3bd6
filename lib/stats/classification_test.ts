import fc from "fast-check";
import { expect, test } from "vitest";
import {
  auc,
  averagePrecision,
  brier,
  bySlice,
  calibrationCurve,
  calibrationError,
  estimateAuc,
  estimateBrier,
  estimateLogLoss,
  estimateMae,
  estimateNdcg,
  logLoss,
  mae,
  ndcg,
  precisionAt,
} from "./mod.ts";

const rows = fc.array(
  fc.record({ p: fc.double({ min: 0, max: 1, noNaN: true }), y: fc.constantFrom(0, 1) }),
  { minLength: 1, maxLength: 40 },
).map((all) => ({ p: all.map(({ p }) => p), y: all.map(({ y }) => y) }));
const both = rows.filter(({ y }) => y.includes(0) && y.includes(1));

test("auc() counts pairs, equal scores half", () => {
  fc.assert(fc.property(both, ({ p, y }) => {
    const coarse = p.map((value) => Math.round(value * 4));
    let [pairs, wins] = [0, 0];
    for (const [a, up] of y.entries()) {
      for (const [b, down] of y.entries()) {
        if (up !== 1 || down !== 0) continue;
        pairs++;
        wins += coarse[a]! > coarse[b]! ? 1 : coarse[a] === coarse[b] ? 0.5 : 0;
      }
    }
    expect(auc(coarse, y)).toBeCloseTo(wins / pairs, 12);
  }));
});

test("auc() turns around when scores do, and only their order counts", () => {
  fc.assert(fc.property(both, ({ p, y }) => {
    expect(auc(p.map((value) => -value), y)).toBeCloseTo(1 - auc(p, y), 12);
    const steps = p.map((value) => Math.round(value * 1e6));
    expect(auc(steps.map((value) => value ** 3), y)).toBeCloseTo(auc(steps, y), 12);
  }));
});

test("estimateAuc() holds the truth in about 95 of 100 samples", () => {
  // Scores N(1, 1) of class 1 against N(0, 1) of class 0: the area is Φ(1/√2).
  const truth = 0.7602499389065233;
  const next = generator(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  let held = 0;
  for (let sample = 0; sample < 1_000; sample++) {
    const y = Array.from({ length: 120 }, (_, row) => row % 3 === 0 ? 1 : 0);
    const { low, high } = estimateAuc(y.map((one) => one + normal()), y);
    if (low <= truth && truth <= high) held++;
  }
  expect(held).toBeGreaterThan(925);
  expect(held).toBeLessThan(970);
});

test("intervals hold their value and stay where values can be", () => {
  fc.assert(fc.property(both, ({ p, y }) => {
    for (
      const { value, low, high, n } of [
        estimateLogLoss(p, y),
        estimateBrier(p, y),
        estimateMae(p, y),
        estimateAuc(p, y),
      ]
    ) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(n).toBe(p.length);
    }
    expect(estimateLogLoss(p, y).value).toBe(logLoss(p, y));
    expect(estimateBrier(p, y).value).toBe(brier(p, y));
    expect(estimateMae(p, y).value).toBe(mae(p, y));
    expect(estimateAuc(p, y).value).toBe(auc(p, y));
    expect(estimateAuc(p, y).high).toBeLessThanOrEqual(1);
  }));
});

test("logLoss() stays finite where a certain answer is wrong", () => {
  expect(logLoss([0], [1])).toBeCloseTo(-Math.log(Number.EPSILON), 12);
  expect(logLoss([1], [0])).toBeCloseTo(-Math.log(Number.EPSILON), 12);
  expect(logLoss([1, 0], [1, 0])).toBeLessThan(1e-15);
});

test("calibrationCurve() puts every row into one bin, upper bounds included", () => {
  fc.assert(fc.property(rows, fc.integer({ min: 1, max: 15 }), ({ p, y }, bins) => {
    const curve = calibrationCurve(p, y, bins);
    expect(curve.reduce((sum, { n }) => sum + n, 0)).toBe(p.length);
    for (const { part, predicted } of curve) {
      expect(predicted).toBeGreaterThanOrEqual((part - 1) / bins - 1e-12);
      expect(predicted).toBeLessThanOrEqual(part / bins + 1e-12);
    }
  }));
  expect(calibrationCurve([0, 0.5, 0.5000001, 1], [0, 0, 1, 1], 2).map(({ n }) => n)).toEqual([2, 2]);
});

test("calibrationError() is 0 where probabilities come true, and their distance where none does", () => {
  expect(calibrationError([0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1])).toBe(0);
  expect(calibrationError([0.9, 0.9], [0, 0])).toBeCloseTo(0.9, 12);
});

test("ndcg() is 1 for the best order, and the same for rankings of equal score in any order", () => {
  const relevance = fc.array(fc.nat(5), { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(relevance, (good) => {
    const best = ndcg(good, good);
    expect(best).toBeCloseTo(good.some((one) => one > 0) ? 1 : 0, 12);
    const equal = good.map(() => 3);
    expect(ndcg(equal, good)).toBeCloseTo(ndcg(equal, [...good].reverse()), 12);
  }));
  expect(estimateNdcg([{ score: [1, 2], relevance: [1, 0] }, { score: [2, 1], relevance: [1, 0] }]).n).toBe(2);
});

test("averagePrecision() and precisionAt() of a ranking without a fault are 1", () => {
  expect([averagePrecision([3, 2, 1], [1, 1, 0]), precisionAt([3, 2, 1], [1, 1, 0], 2)]).toEqual([1, 1]);
  expect(precisionAt([1, 1, 1], [0, 1, 1], 2)).toBe(0.5);
});

test("bySlice() takes what can be taken, and says what cannot", () => {
  const found = bySlice(["b", "a", "b", null, "b"], [0.1, 0.5, 0.9, 0.5, 0.6], [0, 1, 1, 0, 0], estimateAuc);
  expect(found.map(({ slice, n, value }) => ({ slice, n, value }))).toEqual([
    { slice: "b", n: 3, value: 1 },
    { slice: "a", n: 1, value: null },
    { slice: "null", n: 1, value: null },
  ]);
  expect(found[1]!.problem).toBe("Cannot take an area under the curve as both classes must occur: got only 1");
});

test.each([
  [() => logLoss([0.5], [2]), "classes must be 0 or 1: got 2 at row 0"],
  [() => brier([1.5], [1]), "probabilities must be from 0 to 1: got 1.5 at row 0"],
  [() => auc([NaN, 1], [0, 1]), "values must be finite: got NaN at row 0"],
  [() => auc([1, 1], [0, 0]), "both classes must occur: got only 0"],
  [() => ndcg([1], [-1]), "relevance must be 0 or more: got -1 at row 0"],
  [() => ndcg([1], [1], { k: 0 }), "k must be a whole number above 0: got 0"],
  [() => averagePrecision([1], [0]), "class 1 must occur: got only 0"],
  [() => precisionAt([1], [1], 2), "k must be at most the rows, 1: got 2"],
  [() => calibrationCurve([0.5], [1], 0), "bins must be a whole number above 0: got 0"],
  [() => bySlice(["a"], [1, 2], [1, 2], estimateMae), "each row must belong to one: got 1 slices of 2 rows"],
  [() => estimateNdcg([]), "there must be at least one row: got none"],
])("bad input is refused with the row: %s", (act, message) => {
  expect(act).toThrow(RangeError);
  expect(act).toThrow(message);
});

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
