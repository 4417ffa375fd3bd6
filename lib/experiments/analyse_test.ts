import { expect, test } from "vitest";
import { analyse, type ArmUnits, type Effect } from "./mod.ts";
import { addUp, mergeSums, type MetricSums } from "./sums.ts";

const ARMS: ArmUnits[] = [{ name: "control", weight: 0.5, units: 50 }, { name: "candidate", weight: 0.5, units: 50 }];

test("analyse() is Welch's test", () => {
  // Answers of scipy 1.17.1: ttest_ind(…, equal_var=False).
  const sums = addUp({ metric: "m", kind: "mean" }, [1, 1, 1, 1, 0, 0, 0, 0, 0], [3, 5, 9, 11, 1, 2, 2, 4, 6], {
    arms: 2,
  });
  const { value, t, df, p, low, high } = effectOf(sums);
  expect(value).toBe(4);
  const theirs = [1.9674775073518591, 4.421779141104294, 0.1137417792300921, -1.4385454350780051, 9.438545435078005];
  [t, df, p, low, high].forEach((each, i) => expect(each).toBeCloseTo(theirs[i]!, 12));
});

test("analyse() gives GrowthBook's published sequential interval", () => {
  const [a, b] = [[1396, 3000], [2422, 3461]] as const;
  const square = ([sum, n]: readonly [number, number]) => sum * (1 - sum / n);
  const sums: MetricSums = {
    metric: "m",
    kind: "proportion",
    n: [3000, 3461],
    mean: [a[0] / a[1], b[0] / b[1]],
    square: [square(a), square(b)],
  };
  const { relative } = analyse({ arms: ARMS, metrics: [sums] }).metrics[0]!.arms[1]!.against!;
  const { value, sequential } = relative as Effect;
  expect([value, sequential.low, sequential.high].map((each) => each.toFixed(5))).toEqual([
    "0.50386",
    "0.40098",
    "0.60675",
  ]);
});

test("analyse() says why there is no figure, and never gives one that is not finite", () => {
  const mean = { metric: "m", kind: "mean" } as const,
    ratio = { metric: "r", kind: "ratio" } as const,
    two = { arms: 2 };
  const cases: [string, MetricSums][] = [
    ['arm "candidate" has no units with a value', addUp(mean, [0, 0], [1, 2], two)],
    ['arm "control" has no units with a value', addUp(mean, [1, 1], [1, 2], two)],
    ['arm "candidate" has one unit with a value', addUp(mean, [0, 0, 1], [1, 2, 3], two)],
    ["no unit differs from another, so there is no variance", addUp(mean, [0, 0, 1, 1], [2, 2, 3, 3], two)],
    ["no unit differs from another, so there is no variance", addUp(mean, [0, 0, 1, 1], [0.1, 0.1, 0.1, 0.1], two)],
    [
      'the denominator of arm "candidate" is 0',
      addUp(ratio, [0, 0, 1, 1], [1, 2, 1, 2], { ...two, other: [1, 1, 0, 0] }),
    ],
    ["a sum is no finite number", addUp(mean, [0, 0, 1, 1], [1e200, -3e200, 1, 2], two)],
    ["a sum is no finite number", addUp(mean, [0, 0, 1, 1], [NaN, 1, 1, 2], two)],
  ];
  for (const [reason, sums] of cases) {
    const result = analyse({ arms: ARMS, metrics: [sums] });
    const { absolute, relative, verdict, detectable, power, adjusted } = result.metrics[0]!.arms[1]!.against!;
    expect([absolute, relative], reason).toEqual([{ reason }, { reason }]);
    expect([verdict, detectable, power, adjusted]).toEqual([null, null, null, null]);
    expect(JSON.parse(JSON.stringify(result, refuseNotFinite))).toEqual(result);
  }
});

test("analyse() compares with a control of mean 0 and an arm without variance, but not relatively", () => {
  const sums = addUp({ metric: "error_rate", kind: "proportion" }, [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 0, 1], { arms: 2 });
  const { absolute, relative, power } = analyse({ arms: ARMS, metrics: [sums] }).metrics[0]!.arms[1]!.against!;
  expect((absolute as Effect).value).toBeCloseTo(2 / 3, 12);
  expect((absolute as Effect).df).toBe(2);
  expect(relative).toEqual({ reason: "the control's mean is 0" });
  expect(power).toBeNull();
});

test("analyse() narrows the interval by a covariate and does not move an unrelated difference", () => {
  const [arm, before, after] = draw(4000, 0.2);
  const plain = effectOf(addUp({ metric: "m", kind: "mean" }, arm, after, { arms: 2 }));
  const moved = effectOf(addUp({ metric: "m", kind: "mean" }, arm, after, { arms: 2, other: before }));
  expect(moved.error / plain.error).toBeLessThan(0.5);
  expect(Math.abs(moved.value - 0.2)).toBeLessThan(4 * moved.error);
});

test("analyse() loses no digits where values are far from 0", () => {
  const [arm, , after] = draw(2000, 0.1);
  const near = effectOf(addUp({ metric: "m", kind: "mean" }, arm, after, { arms: 2 }));
  const far = effectOf(addUp({ metric: "m", kind: "mean" }, arm, after.map((each) => each + 2 ** 40), { arms: 2 }));
  expect(far.error / near.error).toBeCloseTo(1, 3);
});

test("analyse() tells a direction only where the sequential interval leaves out 0, and guardrails adjust nothing", () => {
  const [arm, , after] = draw(4000, -1);
  const metric = (name: string) => addUp({ metric: name, kind: "mean" }, arm, after, { arms: 2 });
  const { metrics } = analyse({ arms: ARMS, metrics: ["a", "b", "c"].map(metric) }, {
    guardrails: ["c"],
    better: { a: "lower", b: "higher" },
  });
  const against = metrics.map(({ arms }) => arms[1]!.against!);
  expect(against.map(({ verdict }) => verdict)).toEqual(["better", "worse", null]);
  expect(against[2]!.adjusted).toBeNull();
  const { p } = against[0]!.absolute as Effect;
  expect(against[0]!.adjusted).toEqual({ holm: Math.min(1, 2 * p), benjaminiHochberg: p });
});

test("analyse() finds what it calls detectable with the power asked for", () => {
  const arms = ARMS, [arm, , after] = draw(4000, 0);
  const sums = addUp({ metric: "m", kind: "mean" }, arm, after, { arms: 2 });
  const { detectable } = analyse({ arms, metrics: [sums] }).metrics[0]!.arms[1]!.against!;
  const effect = detectable! / sums.mean[0]!;
  const { power } = analyse({ arms, metrics: [sums] }, { effect }).metrics[0]!.arms[1]!.against!;
  expect(power).toBeCloseTo(0.8, 4);
});

test("analyse() calls at most 1 in 20 of 1,000 experiments without difference, looked at 30 times each", () => {
  let state = 11, always = 0, fixed = 0;
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const draw = () => next() + next() + next();
  const arm = Array.from({ length: 200 }, (_, i) => i % 2);
  for (let experiment = 0; experiment < 1000; experiment++) {
    let sums: MetricSums | null = null, isCalled = false, isFixed = false;
    for (let look = 0; look < 30; look++) {
      const more = addUp({ metric: "m", kind: "mean" }, arm, arm.map(draw), { arms: 2 });
      sums = sums ? mergeSums(sums, more) : more;
      const { p, sequential } = effectOf(sums);
      isCalled ||= sequential.low > 0 || sequential.high < 0;
      isFixed ||= p < 0.05;
    }
    if (isCalled) always++;
    if (isFixed) fixed++;
  }
  expect(always).toBeLessThanOrEqual(50);
  expect(fixed).toBeGreaterThan(150); // what looking does to an interval that is meant for one look
}, 60_000);

test("analyse() tells the share of units that met several arms", () => {
  expect(analyse({ arms: ARMS, metrics: [], multiple: 25 }).multiple).toEqual({ units: 25, share: 0.2 });
  expect(analyse({ arms: ARMS.map((each) => ({ ...each, units: 0 })), metrics: [] }).multiple.share).toBe(0);
});

test("analyse() refuses columns and options that do not fit", () => {
  const short = { metric: "m", kind: "mean", n: [1], mean: [1], square: [1] } as const;
  expect(() => analyse({ arms: ARMS, metrics: [short] })).toThrow(
    'Cannot analyse "m" as columns must have 2 rows: got 1',
  );
  const ratio = { metric: "m", kind: "ratio", n: [1, 1], mean: [1, 1], square: [1, 1] } as const;
  expect(() => analyse({ arms: ARMS, metrics: [ratio] })).toThrow("a ratio must have a denominator");
  expect(() => analyse({ arms: ARMS, metrics: [] }, { alpha: 0 })).toThrow("alpha must be above 0 and below 1: got 0");
  expect(() => analyse({ arms: ARMS, metrics: [] }, { power: 1 })).toThrow(RangeError);
});

test("mergeSums() of parts is what all units add up to, empty parts included", () => {
  const [arm, before, after] = draw(300, 0.3);
  const of = (from: number, to: number) =>
    addUp({ metric: "m", kind: "mean" }, arm.slice(from, to), after.slice(from, to), {
      arms: 2,
      other: before.slice(from, to),
    });
  const whole = of(0, 300), merged = [of(0, 0), of(0, 1), of(1, 200), of(200, 300)].reduce(mergeSums);
  for (const [ours, theirs] of [[merged, whole], [merged.other!, whole.other!]] as [MetricSums, MetricSums][]) {
    for (const column of ["mean", "square", "product"] as const) {
      if (!(column in theirs)) continue;
      const [a, b] = [ours, theirs].map((each) => (each as unknown as Record<string, ArrayLike<number>>)[column]!);
      for (const i of [0, 1]) expect(a![i]).toBeCloseTo(b![i]!, 8);
    }
  }
  expect(Array.from(merged.n)).toEqual(Array.from(whole.n));
  expect(() => mergeSums(whole, { ...whole, metric: "x" })).toThrow("Cannot merge sums as they must be of one metric");
});

test("addUp() refuses an arm that is none and columns of several lengths", () => {
  const metric = { metric: "m", kind: "mean" } as const;
  expect(() => addUp(metric, [0, 2], [1, 1], { arms: 2 })).toThrow("an arm must be 0 to 1: got 2 at row 1");
  expect(() => addUp(metric, [0], [1, 1], { arms: 2 })).toThrow("columns must be 1 long: got 2");
});

function effectOf(sums: MetricSums): Effect {
  const { absolute } = analyse({ arms: ARMS, metrics: [sums] }).metrics[0]!.arms[1]!.against!;
  if ("reason" in absolute) throw new Error(absolute.reason);
  return absolute;
}

/** Arm, a value before and a value after that follows it, of each unit. */
function draw(units: number, shift: number): [number[], number[], number[]] {
  let state = 7;
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const arm = Array.from({ length: units }, () => next() < 0.5 ? 0 : 1);
  const before = arm.map(() => 10 + 4 * next());
  return [arm, before, before.map((each, i) => each + next() + shift * arm[i]!)];
}

function refuseNotFinite(key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`"${key}" is ${value}`);
  return value;
}
