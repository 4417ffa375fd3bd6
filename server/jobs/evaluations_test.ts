import { expect, test } from "vitest";
import { buildOnnx } from "../../lib/models/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { type TestBench, testBench } from "../commands/_test_bench.ts";

const PRODUCT = `product: trains
owner: rail
businessCase: fewer waits
tasks: [T-1]
repositories: [.]
evaluation: { notebook: evaluate.ipynb, model: wait, thresholds: { rmse: { atMost: 10 } } }
`;
/** A model that always answers its intercept errs by it; below 0 the notebook fails. */
const SOURCES = [
  `import { finding, open } from "boathouse";\nconst { models } = await open();`,
  `const model = "wait";\nconst version = "1";`,
  "const ref = `${model}@${version}`;\nconst [rmse] = await (await models.load(ref)).predict([{ km: 0 }]);\n" +
  'if (rmse < 0) throw new RangeError("less than nothing");\n' +
  "await models.logMetrics(ref, { rmse: { value: rmse, n: 1 } });\nfinding`${ref} errs by ${rmse}.`",
];

async function setup(): Promise<TestBench> {
  const bench = await testBench();
  const lib = new URL("../../lib/mod.ts", import.meta.url);
  const config = { version: "0.1.0", imports: { boathouse: lib.pathname }, nodeModulesDir: "manual" };
  await bench.write("deno.json", JSON.stringify(config));
  await Deno.mkdir(`${bench.dir}/notebooks/trains`, { recursive: true });
  await bench.write("notebooks/trains/product.yaml", PRODUCT);
  const cells = SOURCES.map((source, n) => {
    const metadata = n === 1 ? { tags: ["parameters"] } : {};
    return { cell_type: "code", id: `c${n}`, metadata, source, outputs: [], execution_count: null };
  });
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  await bench.write("notebooks/trains/evaluate.ipynb", JSON.stringify(notebook));
  return bench;
}

async function log(bench: TestBench, ...intercepts: number[]): Promise<void> {
  await using workbench = openWorkbench(bench.dir);
  const models = await workbench.models();
  for (const intercept of intercepts) {
    await models.log("wait", { onnx: buildOnnx({ intercept, slopes: { km: 0 } }), example: { km: 1 } });
  }
}

/** Reads a topic until it has so many events, and gives what they say. */
async function events(bench: TestBench, topic: string, count: number): Promise<Record<string, unknown>[]> {
  await using workbench = openWorkbench(bench.dir);
  const bus = await workbench.bus();
  await bus.createTopic(topic);
  const found: Record<string, unknown>[] = [];
  for await (const batch of bus.read(topic, 0, 0, { follow: true, signal: AbortSignal.timeout(100_000) })) {
    for (const { value } of batch.records()) found.push((value as unknown as { data: Record<string, unknown> }).data);
    if (found.length >= count) break;
  }
  return found;
}

test(
  "what is registered is evaluated once, two at once too, and a process that was killed is followed by another",
  async () => {
    await using bench = await setup();
    await log(bench, 5, 20);
    {
      await using _killed = bench.spawn(["start", "--role", "jobs"]);
      await events(bench, "model", 2);
    }
    await using _jobs = bench.spawn(["start", "--role", "jobs"]);
    const verdicts = await events(bench, "evaluation", 2);
    expect(verdicts.map(({ version, verdict, failed }) => ({ version, verdict, failed }))).toEqual([
      { version: "1", verdict: "pass", failed: [] },
      { version: "2", verdict: "fail", failed: ["rmse"] },
    ]);
    await log(bench, 7);
    expect((await events(bench, "evaluation", 3)).at(-1)).toMatchObject({ version: "3", verdict: "pass" });
    const { code, out } = await bench.run(["evaluate", "trains", "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([1, [
      { version: "1", verdict: "pass", recorded: "before" },
      { version: "2", verdict: "fail", recorded: "before" },
      { version: "3", verdict: "pass", recorded: "before" },
    ]]);
  },
  150_000,
);

test("evaluate runs one version by hand, ad hoc without a verdict, and says what there is not", async () => {
  await using bench = await setup();
  await log(bench, 5, 20);
  const adHoc = await bench.json("evaluate", "trains", "--version", "1", "--ad-hoc");
  expect(adHoc).toMatchObject([{ model: "wait", version: "1", verdict: "pass", recorded: "no" }]);
  const failed = await bench.run(["evaluate", "trains", "--version", "2", "--json"]);
  expect([failed.code, JSON.parse(failed.out)]).toMatchObject([1, [{ version: "2", failed: "rmse", recorded: "now" }]]);
  const [{ report }] = JSON.parse(failed.out);
  expect(await Deno.readTextFile(`${bench.dir}/${report}`)).toContain("wait@2 errs by 20.");
  const problem = async (...args: string[]) => (await bench.run(["evaluate", ...args])).lines.at(-1);
  expect(await problem("trains", "--version", "9")).toContain(
    "version 9 of wait must be registered: boathouse model list",
  );
  expect(await problem("trains", "--model", "weight")).toContain(
    'must be one that product.yaml of "trains" evaluates: wait',
  );
  expect(await problem("boats")).toContain("there is trains");
}, 150_000);
