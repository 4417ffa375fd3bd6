import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { GBSTATS } from "./testdata/gbstats.ts";
import {
  addUp,
  adjustBenjaminiHochberg,
  adjustHolm,
  analyse,
  type Effect,
  type MetricKind,
  powerOf,
  testSampleRatio,
} from "./mod.ts";

const PROGRAM = `
import json, sys
import numpy as np
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_power
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import ProportionStatistic, RatioStatistic, RegressionAdjustedStatistic
from gbstats.models.statistics import SampleMeanStatistic, compute_theta
from gbstats.utils import check_srm

def plain(kind, y):
    if kind == "proportion":
        return ProportionStatistic(n=len(y), sum=y.sum())
    return SampleMeanStatistic(n=len(y), sum=y.sum(), sum_squares=(y * y).sum())

def statistic(case, arm):
    mine = np.array(case["arm"]) == arm
    y = np.array(case["values"], dtype=float)[mine]
    if case["other"] is None:
        return plain(case["kind"], y)
    x = np.array(case["other"], dtype=float)[mine]
    if case["kind"] == "ratio":
        return RatioStatistic(n=len(y), m_statistic=plain("mean", y), d_statistic=plain("mean", x), m_d_sum_of_products=(x * y).sum())
    return RegressionAdjustedStatistic(
        n=len(y), post_statistic=plain(case["kind"], y), pre_statistic=plain(case["kind"], x), post_pre_sum_of_products=(x * y).sum(), theta=0)

def answer(case):
    a, b = statistic(case, 0), statistic(case, 1)
    if isinstance(a, RegressionAdjustedStatistic):
        a.theta = b.theta = compute_theta(a, b)
    out = []
    for kind in ("absolute", "relative"):
        fixed = TwoSidedTTest(a, b, FrequentistConfig(difference_type=kind, alpha=case["alpha"])).compute_result()
        always = SequentialTwoSidedTTest(a, b, SequentialConfig(difference_type=kind, alpha=case["alpha"], sequential_tuning_parameter=case["tuning"])).compute_result()
        none = fixed.error_message is not None
        out.append(None if none else [fixed.expected, *fixed.ci, fixed.p_value, *always.ci, always.p_value, fixed.uplift.stddev])
    return out

asked = json.load(open(sys.argv[1]))
print(json.dumps({
    "effects": [answer(case) for case in asked["cases"]],
    "srm": [check_srm(units, weights) for units, weights in asked["splits"]],
    "holm": [list(multipletests(p, method="holm")[1]) for p in asked["p"]],
    "bh": [list(false_discovery_control(p)) for p in asked["p"]],
    "power": [normal_power(effect / error, 1, alpha) for effect, error, alpha in asked["power"]],
}))
`;

interface Case {
  kind: MetricKind;
  arm: number[];
  values: number[];
  other: number[] | null;
  alpha: number;
  tuning: number;
}

const CASES = 500;

test("analyse() is gbstats' to 1e-6: kinds, covariates, sequential, relative and absolute", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("gbstats", GBSTATS));
  const next = generator(20_261_126);
  const cases = Array.from({ length: CASES }, (_, i) => drawCase(next, i));
  const theirs = await ask(python, { cases });
  let compared = 0;
  for (const [at, one] of cases.entries()) {
    const sums = addUp({ metric: "m", kind: one.kind }, one.arm, one.values, {
      arms: 2,
      ...(one.other ? { other: one.other } : {}),
    });
    const arms = [0, 1].map((arm) => ({ name: String(arm), weight: 0.5, units: sums.n[arm]! }));
    const { absolute, relative } = analyse({ arms, metrics: [sums] }, one).metrics[0]!.arms[1]!.against!;
    for (const [index, ours] of [absolute, relative].entries()) {
      const expected = theirs.effects[at]![index];
      if (!expected) continue;
      compared++;
      figuresOf(ours as Effect).forEach((figure, column) =>
        expect(apart(figure, expected[column]!), `case ${at}, ${index}, column ${column}`).toBeLessThan(1e-6)
      );
    }
  }
  console.log(`${compared} differences of ${CASES} cases equal gbstats 0.8.0`);
  expect(compared).toBeGreaterThan(1.8 * CASES); // gbstats has no figure where one arm alone has no variance
}, 300_000);

test("p-values, sample ratios and power are those of gbstats, scipy and statsmodels", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("gbstats", GBSTATS));
  const next = generator(5);
  const p = Array.from({ length: 100 }, (_, i) => Array.from({ length: 1 + i % 20 }, () => next() ** 3));
  const splits = Array.from({ length: 100 }, (_, i) => {
    const weights = Array.from({ length: 2 + i % 4 }, () => 0.2 + next());
    return [weights.map((weight) => Math.round(weight * 1000 + 60 * next())), weights] as const;
  });
  const power = Array.from({ length: 100 }, () => [3 * next(), 0.2 + next(), 0.01 + next() / 10] as const);
  const theirs = await ask(python, { p, splits, power });
  const close = (ours: number[], others: number[], what: string) =>
    ours.forEach((one, i) => expect(apart(one, others[i]!), what).toBeLessThan(1e-9));
  p.forEach((values, i) => {
    close(adjustHolm(values), theirs.holm[i]!, `holm ${i}`);
    close(adjustBenjaminiHochberg(values), theirs.bh[i]!, `bh ${i}`);
  });
  close(splits.map(([units, weights]) => testSampleRatio(units, weights).p!), theirs.srm, "srm");
  close(power.map(([effect, error, alpha]) => powerOf(effect, error, alpha)), theirs.power, "power");
  expect([theirs.holm.length, theirs.srm.length, theirs.power.length]).toEqual([100, 100, 100]);
}, 300_000);

interface Answers {
  effects: (number[] | null)[][];
  srm: number[];
  holm: number[][];
  bh: number[][];
  power: number[];
}

async function ask(python: string, asked: Record<string, unknown>): Promise<Answers> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ cases: [], splits: [], p: [], power: [], ...asked }));
    return JSON.parse(await runPython(python, PROGRAM, [file]));
  } finally {
    await Deno.remove(file);
  }
}

function figuresOf({ value, low, high, p, sequential, error }: Effect): number[] {
  return [value, low, high, p, sequential.low, sequential.high, sequential.p, error];
}

/** Absolute below 1, relative above. */
function apart(one: number, other: number): number {
  return Math.abs(one - other) / Math.max(1, Math.abs(other));
}

/** Small and large samples, uneven arms, means of either sign. */
function drawCase(next: () => number, index: number): Case {
  const kind = (["mean", "proportion", "ratio"] as const)[index % 3]!;
  const units = 4 + Math.floor(next() ** 3 * 3000), share = 0.2 + 0.6 * next();
  const arm = Array.from({ length: units }, (_, i) => i < 4 ? i % 2 : next() < share ? 0 : 1);
  const center = (next() - 0.3) * 20, spread = 0.1 + 5 * next(), shift = (next() - 0.5) * spread;
  const before = arm.map(() => kind === "proportion" ? Number(next() < 0.4) : 20 + spread * (next() + next()));
  const after = arm.map((each, i) =>
    kind === "proportion"
      ? Number(next() < 0.2 + 0.4 * before[i]! + 0.1 * each)
      : center + before[i]! * 0.7 + shift * each + spread * next()
  );
  const hasOther = kind === "ratio" || index % 2 === 0;
  return {
    kind,
    arm,
    values: after,
    other: hasOther ? before : null,
    alpha: index % 5 === 0 ? 0.01 : 0.05,
    tuning: index % 7 === 0 ? 1000 : 5000,
  };
}

function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}
