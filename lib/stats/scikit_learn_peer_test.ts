import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import * as stats from "./mod.ts";

const PROGRAM = `
import json, sys
import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve

def answer(case):
    p, y, score, relevance = (np.array(case[key]) for key in ("p", "y", "score", "relevance"))
    curve = calibration_curve(y, p, n_bins=case["bins"])
    return {
        "mae": metrics.mean_absolute_error(relevance, score),
        "rmse": metrics.root_mean_squared_error(relevance, score),
        "logLoss": metrics.log_loss(y, p, labels=[0, 1]),
        "brier": metrics.brier_score_loss(y, p, pos_label=1),
        "auc": metrics.roc_auc_score(y, score),
        "averagePrecision": metrics.average_precision_score(y, score),
        "ndcg": metrics.ndcg_score([relevance], [score]),
        "ndcgAt": metrics.ndcg_score([relevance], [score], k=case["k"]),
        "actual": list(curve[0]),
        "predicted": list(curve[1]),
    }

print(json.dumps([answer(case) for case in json.load(open(sys.argv[1]))]))
`;

interface Case {
  p: number[];
  y: number[];
  score: number[];
  relevance: number[];
  bins: number;
  k: number;
}

test("metrics are scikit-learn's to 1e-9, ties and the ends of probability included", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("scikit-learn", ["scikit-learn==1.7.2"]));
  const cases = Array.from({ length: 200 }, (_, seed) => drawCase(seed + 1));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(cases));
  const answers = JSON.parse(await runPython(python, PROGRAM, [file]));
  await Deno.remove(file);
  expect(answers).toHaveLength(cases.length);
  for (const [index, one] of cases.entries()) {
    const ours = answersTo(one);
    for (const [name, value] of Object.entries(answers[index] as Record<string, number | number[]>)) {
      const [theirs, own] = [[value].flat(), [ours[name]!].flat()];
      expect(own, name).toHaveLength(theirs.length);
      theirs.forEach((each, at) => expect(Math.abs(own[at]! - each), `${name} of case ${index}`).toBeLessThan(1e-9));
    }
  }
}, 300_000);

function answersTo({ p, y, score, relevance, bins, k }: Case): Record<string, number | number[]> {
  const curve = stats.calibrationCurve(p, y, bins);
  return {
    mae: stats.mae(score, relevance),
    rmse: stats.rmse(score, relevance),
    logLoss: stats.logLoss(p, y),
    brier: stats.brier(p, y),
    auc: stats.auc(score, y),
    averagePrecision: stats.averagePrecision(score, y),
    ndcg: stats.ndcg(score, relevance),
    ndcgAt: stats.ndcg(score, relevance, { k }),
    actual: curve.map(({ actual }) => actual),
    predicted: curve.map(({ predicted }) => predicted),
  };
}

/** Every second case has coarse numbers, so that many are equal; probabilities of exactly 0 and 1 occur. */
function drawCase(seed: number): Case {
  const next = generator(seed);
  const n = 2 + Math.floor(next() * 80);
  const coarse = seed % 2 === 0;
  const draw = (size: number) => coarse ? Math.floor(next() * 5) / 4 * size : next() * size;
  const rows = <T>(make: () => T) => Array.from({ length: n }, make);
  const y = rows<number>(() => next() < 0.4 ? 1 : 0);
  [y[0], y[1]] = [1, 0];
  return {
    y,
    p: rows(() => draw(1)),
    score: rows(() => draw(10) - 5),
    relevance: rows(() => Math.floor(next() * 4)),
    bins: 1 + Math.floor(next() * 12),
    k: 1 + Math.floor(next() * n),
  };
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
