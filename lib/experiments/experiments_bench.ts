/**
 * Results of 1,000,000 units in 20 metrics against pandas and gbstats from the same Parquet files, with what
 * further units cost; assignments a second against GrowthBook's client. All that is compared takes turns.
 */
import { type Experiment, GrowthBookClient } from "@growthbook/growthbook";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnv, runPython } from "../../_tools/peers/python.ts";
import { assign } from "../endpoints/mod.ts";
import { type Lake, openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { GBSTATS } from "./testdata/gbstats.ts";
import { analyse, type Effect, foldUnits, sumUnits, type UnitTable } from "./mod.ts";

const UNITS = 1_000_000, METRICS = 20, FILES = 10, MORE = [1000, 10_000] as const, ROUNDS = 5, RATE_MS = 1000;
const ARMS = [{ name: "control", weight: 0.5 }, { name: "candidate", weight: 0.5 }];
const NAMES = Array.from({ length: METRICS }, (_, i) => `m${i}`);
const TABLE: UnitTable = {
  table: "units",
  arm: "arm",
  arms: ARMS,
  metrics: NAMES.map((metric) => ({ metric, kind: "mean", value: metric, other: `${metric}_pre` })),
};

const PEER = `
import json, sys, time
import pandas as pd
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import RegressionAdjustedStatistic, SampleMeanStatistic, compute_theta
from gbstats.utils import check_srm

files, names = json.loads(sys.argv[1]), json.loads(sys.argv[2])
def run():
    began = time.perf_counter()
    frame = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    counts = frame.groupby("arm").size()
    results = []
    for m in names:
        y, x = frame[m], frame[m + "_pre"]
        part = pd.DataFrame({"arm": frame["arm"], "y": y, "x": x, "yy": y * y, "xx": x * x, "xy": x * y}).groupby("arm").sum()
        arms = []
        for arm in ("control", "candidate"):
            r, n = part.loc[arm], int(counts[arm])
            post, pre = SampleMeanStatistic(n=n, sum=r["y"], sum_squares=r["yy"]), SampleMeanStatistic(n=n, sum=r["x"], sum_squares=r["xx"])
            arms.append(RegressionAdjustedStatistic(n=n, post_statistic=post, pre_statistic=pre, post_pre_sum_of_products=r["xy"], theta=0))
        arms[0].theta = arms[1].theta = compute_theta(*arms)
        test = SequentialTwoSidedTTest(*arms, SequentialConfig(difference_type="absolute", sequential_tuning_parameter=5000)).compute_result()
        results.append([test.expected, *test.ci])
    check_srm([int(counts["control"]), int(counts["candidate"])], [0.5, 0.5])
    return time.perf_counter() - began, results
run()
print(json.dumps(run()))
`;

async function fill(lake: Lake): Promise<void> {
  const normal = (scale: number) => `${scale} * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())`;
  const before = NAMES.map((name) => `10 + ${normal(3)} AS ${name}_pre`).join(", ");
  const after = NAMES.map((name) =>
    `${name}_pre + ${normal(2)} + CASE arm WHEN 'candidate' THEN 0.01 ELSE 0 END AS ${name}`
  );
  const sizes = [...Array.from({ length: FILES }, () => UNITS / FILES), ...MORE];
  for (const [file, rows] of sizes.entries()) {
    const arm = "CASE WHEN random() < 0.5 THEN 'control' ELSE 'candidate' END AS arm";
    const units = await lake.query(
      `SELECT *, ${after.join(", ")} FROM (SELECT ${file} AS batch, ${arm}, ${before} FROM range(${rows}))`,
    );
    await lake.write("units", units, { mode: "append", lineage: false });
  }
}

async function measureResults(): Promise<void> {
  const dir = await Deno.makeTempDir();
  const store = await openStore({ kind: "directory", dir });
  const lake = await openLake({ store });
  await fill(lake);
  const python = await pythonEnv("gbstats", GBSTATS);
  const files = (await Array.fromAsync(store.list("tables/units/"))).map(({ path }) => path).filter((path) =>
    path.endsWith(".parquet")
  );
  const sizes = await Promise.all(files.map(async (path) => (await Deno.stat(join(dir, path))).size));
  const big = files.filter((_, i) => sizes[i]! > Math.max(...sizes) / 2).map((path) => join(dir, path));
  if (big.length !== FILES) throw new Error(`Cannot measure as there must be ${FILES} files: got ${big.length}`);
  const [ours, theirs]: number[][] = [[], []], more = MORE.map((): number[] => []);
  const whole = await sumUnits(lake, { ...TABLE, where: `batch < ${FILES}` });
  for (let round = 0; round < ROUNDS; round++) {
    // A lake opened anew has neither snapshot nor prepared statement.
    await using fresh = await openLake({ store });
    await fresh.query("SELECT 1");
    let began = performance.now();
    const result = analyse(await sumUnits(fresh, { ...TABLE, where: `batch < ${FILES}` }));
    ours!.push((performance.now() - began) / 1000);
    for (const [i, seconds] of more.entries()) {
      began = performance.now();
      analyse(await foldUnits(fresh, { ...TABLE, where: `batch = ${FILES + i}` }, whole));
      seconds.push((performance.now() - began) / 1000);
    }
    const [seconds, figures] = JSON.parse(await runPython(python, PEER, [JSON.stringify(big), JSON.stringify(NAMES)]));
    theirs!.push(seconds);
    figures.forEach(([value, low, high]: number[], i: number) => {
      const effect = result.metrics[i]!.arms[1]!.against!.absolute as Effect;
      const apart = Math.max(
        ...[[effect.value, value], [effect.sequential.low, low], [effect.sequential.high, high]].map(([a, b]) =>
          Math.abs(a! - b!)
        ),
      );
      if (apart > 1e-6) throw new Error(`Cannot compare as results must be equal: metric ${i} is ${apart} apart`);
    });
  }
  const name = `results of ${UNITS} units x ${METRICS} metrics`;
  tell({ name, value: median(ours!), unit: "s", ratio: median(ratios(theirs!, ours!)), peer: "pandas + gbstats" });
  for (const [i, seconds] of more.entries()) {
    const ratio = median(ratios(ours!, seconds));
    tell({
      name: `the same with ${MORE[i]} further units`,
      value: median(seconds),
      unit: "s",
      ratio,
      peer: "all units anew",
    });
  }
  await lake[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
}

const EXPERIMENT = {
  key: "flight-delay",
  variations: ["control", "candidate"],
  weights: [0.9, 0.1],
  hashAttribute: "id",
  hashVersion: 2,
  seed: "flight-delay",
} as unknown as Experiment<string>;

/** Assignments a second; run in a process of its own, as the client remembers every unit that it told. */
function rate(way: string): number {
  const arms = [{ name: "control", weight: 0.9 }, { name: "candidate", weight: 0.1 }];
  const client = new GrowthBookClient({ trackingCallback: () => {} }).initSync({ payload: { features: {} } });
  const choose = way === "ours"
    ? (id: string) => assign(id, "flight-delay", arms).name
    : (id: string) => client.runInlineExperiment(EXPERIMENT, { attributes: { id } }).value;
  let done = 0, candidates = 0;
  const began = performance.now();
  while (performance.now() - began < RATE_MS) {
    for (let i = 0; i < 1000; i++) if (choose(`user-${done++}`) === "candidate") candidates++;
  }
  if (Math.abs(candidates / done - 0.1) > 0.02) throw new Error("Cannot compare as assignments must be one in ten");
  return done / (performance.now() - began) * 1000;
}

async function rateAlone(way: string): Promise<number> {
  const args = ["run", "-A", fileURLToPath(import.meta.url), way];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function measureAssignment(): Promise<void> {
  const [ours, theirs]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours!.push(await rateAlone("ours"));
    theirs!.push(await rateAlone("client"));
  }
  const ratio = median(ratios(ours!, theirs!));
  tell({ name: "assignments", value: median(ours!), unit: "1/s", ratio, peer: "GrowthBookClient" });
}

function tell(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line));
}

function ratios(one: number[], other: number[]): number[] {
  return one.map((each, i) => each / other[i]!);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (Deno.args[0] === "ours" || Deno.args[0] === "client") console.log(rate(Deno.args[0]));
else {
  await measureResults();
  await measureAssignment();
}
