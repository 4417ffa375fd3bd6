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

/**
 * Makes a workbench whose product evaluates the model "wait".
 *
 * @param yaml text of boathouse.yaml
 * @returns the workbench; its folder is removed with it
 */
export async function productBench(yaml = ""): Promise<TestBench> {
  const bench = await testBench({ yaml });
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

/**
 * Logs versions of the model, as another process would.
 *
 * @param bench the workbench
 * @param intercepts what each version errs by
 */
export async function logWaits(bench: TestBench, ...intercepts: number[]): Promise<void> {
  await using workbench = openWorkbench(bench.dir);
  const models = await workbench.models();
  for (const intercept of intercepts) {
    await models.log("wait", { onnx: buildOnnx({ intercept, slopes: { km: 0 } }), example: { km: 1 } });
  }
}

/**
 * Reads a topic until it has so many events.
 *
 * @param bench the workbench
 * @param topic its name
 * @param count how many
 * @returns what they say
 */
export async function readEvents(bench: TestBench, topic: string, count: number): Promise<Record<string, unknown>[]> {
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
