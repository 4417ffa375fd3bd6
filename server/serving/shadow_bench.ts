/**
 * Answers of the endpoint of serving_bench.ts with a shadow of every answer, against the same endpoint without one, in turn
 * on one node: a request when it is due, latencies from then.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { BODY, fillScore } from "./_bench_score.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const ROUNDS = 5, SECONDS = 4, PER_SECOND = 500;
const PEER = "the same endpoint without a shadow";
const OPEN_LOOP = join(dirname(fileURLToPath(import.meta.url)), "_open_loop.ts");
const SHADOWED = `endpoint: shadowed
contract: 1
budgetMs: 1000
shadow: [{ call: score, models: { score: score@1 }, sample: 1 }]
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: score, models: { score: score@1 }, budgetMs: 1000 }] } }]
`;

async function latency(url: string): Promise<{ p50: number; p99: number }> {
  const args = ["run", "--allow-net=127.0.0.1", OPEN_LOOP, url, BODY, String(PER_SECOND), String(SECONDS)];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (code !== 0) throw new Error(`Cannot measure ${url}: the generator ended with exit code ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const workbench = await openTestWorkbench();
await fillScore(workbench);
await workbench.apply(SHADOWED);
await workbench.activate("shadowed");
const node = await startBenchNode(workbench.root);
const [plain, shadowed] = ["score", "shadowed"].map((name) => `${node.url}/v1/endpoints/${name}`) as [string, string];
for (const url of [plain, shadowed]) await latency(url);
const pairs = [];
for (let i = 0; i < ROUNDS; i++) pairs.push({ without: await latency(plain), withOne: await latency(shadowed) });
for (const part of ["p50", "p99"] as const) {
  const ratio = median(pairs.map(({ without, withOne }) => withOne[part] / without[part]));
  const name = `serving: model score at ${PER_SECOND}/s with a shadow of every answer, ${part}`;
  print(name, median(pairs.map(({ withOne }) => withOne[part])), "ms", ratio, PEER);
}
const metrics = await (await fetch(`${node.url}/metrics`)).text();
for (const counter of ["shadow_calls_total", "shadow_dropped_total"]) {
  print(`serving: ${counter}`, Number(new RegExp(`^boathouse_${counter} (.*)$`, "m").exec(metrics)![1]), "calls");
}
await node.stop();
await workbench[Symbol.asyncDispose]();
