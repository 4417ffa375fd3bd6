import { setImmediate } from "node:timers";
import { expect, test } from "vitest";
import { openBus } from "../bus/mod.ts";
import { buildOnnx, openModels } from "../models/mod.ts";
import { openStore } from "../store/mod.ts";
import { type EvaluateOptions, evaluateVersion } from "./evaluate_version.ts";

async function setup() {
  const stack = new AsyncDisposableStack();
  const dir = Deno.makeTempDirSync();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const store = await openStore({ kind: "directory", dir });
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  const models = stack.use(await openModels({ store, dir: `${dir}/registry` }));
  const runs: string[] = [];
  const log = async (intercept: number) => {
    const onnx = buildOnnx({ intercept, slopes: { km: 1 } });
    const { name, version } = await models.log("delay", { onnx, example: { km: 1 } });
    return `${name}@${version}`;
  };
  const evaluate = (model: string, options: Partial<EvaluateOptions> & { rmse?: number } = {}) => {
    const { rmse = 20, ...rest } = options;
    return evaluateVersion({
      store,
      bus,
      models,
      key: "secret",
      model,
      thresholds: { rmse: { atMost: 28 } },
      notebook: "n.ipynb",
      runNotebook: async ({ model, version }) => {
        runs.push(version);
        await models.logMetrics(`${model}@${version}`, { rmse });
        return { run: `r${runs.length}`, inputs: [] };
      },
      ...rest,
    });
  };
  const verdicts = async () => {
    const found: { version: string; verdict: string }[] = [];
    if (!(await bus.topics()).some(({ topic }) => topic === "evaluation")) return found;
    for await (const batch of bus.read("evaluation", 0, 0)) {
      for (const { value } of batch.records()) found.push((value as unknown as { data: (typeof found)[number] }).data);
    }
    return found;
  };
  return { models, runs, log, evaluate, verdicts, [Symbol.asyncDispose]: () => stack.disposeAsync() };
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
