import { setImmediate } from "node:timers";
import { expect, test } from "vitest";
import { KEY, testBench } from "./_test_bench.ts";
import { type EvaluateOptions, evaluateVersion } from "./evaluate_version.ts";

async function setup() {
  const bench = await testBench();
  const runs: string[] = [];
  const log = (intercept: number) => bench.log("delay", intercept);
  const evaluate = (model: string, options: Partial<EvaluateOptions> & { rmse?: number } = {}) => {
    const { rmse = 20, ...rest } = options;
    return evaluateVersion({
      ...bench,
      key: KEY,
      model,
      thresholds: { rmse: { atMost: 28 } },
      notebook: "n.ipynb",
      runNotebook: async ({ model, version }) => {
        runs.push(version);
        await bench.models.logMetrics(`${model}@${version}`, { rmse });
        return { run: `r${runs.length}`, inputs: [] };
      },
      ...rest,
    });
  };
  const verdicts = async () => (await bench.events("evaluation")).map(({ data }) => data);
  return { ...bench, runs, log, evaluate, verdicts };
}

test("evaluateVersion() runs the notebook once for a version, and never again", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  expect(await bench.evaluate(ref)).toMatchObject({ model: "delay", version: "1", verdict: "pass", isNew: true });
  expect(await bench.evaluate(ref, { rmse: 99 })).toMatchObject({ verdict: "pass", isNew: false });
  expect(bench.runs).toEqual(["1"]);
  expect(await bench.verdicts()).toHaveLength(1);
});

test("evaluateVersion() of two versions at once, and of one twice at once, gives each one verdict", async () => {
  await using bench = await setup();
  const [one, two] = [await bench.log(1), await bench.log(2)];
  const found = await Promise.all([one, two, one, two].map((ref) => bench.evaluate(ref)));
  expect(found.filter(({ isNew }) => isNew).map(({ version }) => version).sort()).toEqual(["1", "2"]);
  expect((await bench.verdicts()).map((data) => data.version).sort()).toEqual(["1", "2"]);
});

test("evaluateVersion() leaves no verdict when the notebook fails, and begins anew the next time", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  const crash = () => Promise.reject(new Error("cell 3 failed"));
  await expect(bench.evaluate(ref, { runNotebook: crash })).rejects.toThrow("cell 3 failed");
  expect(await bench.verdicts()).toEqual([]);
  expect(await bench.evaluate(ref, { rmse: 30 })).toMatchObject({ verdict: "fail", failed: ["rmse"], isNew: true });
});

test("evaluateVersion() by hand, ad hoc, records nothing even where a verdict stands", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  expect(await bench.evaluate(ref, { adHoc: true, rmse: 30 })).toMatchObject({ verdict: "fail", failed: ["rmse"] });
  expect(await bench.verdicts()).toEqual([]);
  await bench.evaluate(ref);
  expect(await bench.evaluate(ref, { adHoc: true, rmse: 30 })).toMatchObject({ verdict: "fail" });
  expect(bench.runs).toEqual(["1", "1", "1"]);
  expect((await bench.verdicts()).map((data) => data.verdict)).toEqual(["pass"]);
});

test("evaluateVersion() counts only what this run logged", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  await bench.models.logMetrics(ref, { rmse: 1 });
  await new Promise<void>((resolve) => {
    const begun = Date.now();
    const wait = () => Date.now() > begun ? resolve() : setImmediate(wait);
    wait();
  });
  const runNotebook = () => Promise.resolve({ run: "r", inputs: [] });
  expect(await bench.evaluate(ref, { runNotebook })).toMatchObject({ verdict: "fail", failed: ["rmse"] });
});

test("evaluateVersion() says what to log where a notebook that needs a baseline fails without a reference", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  const runNotebook = () => Promise.reject(new Error("cell 3 failed"));
  const thresholds = { rmse_vs_baseline: { atMost: 1 } };
  await expect(bench.evaluate(ref, { runNotebook, thresholds })).rejects.toThrow(
    'cell 3 failed; "delay@1" is judged by rmse_vs_baseline but was logged without reference, the numbers of its ' +
      "training rows that baselines are made of: log it with models.log(name, { …, reference: { meanTarget } })",
  );
  await expect(bench.evaluate(ref, { runNotebook })).rejects.toThrow(/^cell 3 failed$/);
});
