/**
 * Answers of the endpoint of serving_bench.ts with a shadow of every answer, against the same endpoint without one, in turn
 * on one node: connections that pause at random before each request.
 */
import { printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { BODY, fillScore } from "./_bench_score.ts";
import { openTestWorkbench } from "./_test_workbench.ts";
import { wrk } from "./_wrk.ts";

const ROUNDS = 5, SECONDS = 4, PER_SECOND = 500, PAUSING = 64;
const PEER = "the same endpoint without a shadow";
const SHADOWED = `endpoint: shadowed
contract: 1
budgetMs: 1000
shadow: [{ call: score, models: { score: score@1 }, sample: 1 }]
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: score, models: { score: score@1 }, budgetMs: 1000 }] } }]
`;

const latency = (url: string) => wrk(url, PAUSING, BODY, { seconds: SECONDS, pauseMs: 1000 * PAUSING / PER_SECOND });

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
const ratio = median(pairs.map(({ without, withOne }) => withOne.p99 / without.p99));
const name = `serving: model score at ${PER_SECOND}/s with a shadow of every answer, p99`;
print(name, median(pairs.map(({ withOne }) => withOne.p99)), "ms", ratio, PEER);
const metrics = await (await fetch(`${node.url}/metrics`)).text();
for (const counter of ["shadow_calls_total", "shadow_dropped_total"]) {
  print(`serving: ${counter}`, Number(new RegExp(`^boathouse_${counter} (.*)$`, "m").exec(metrics)![1]), "calls");
}
await node.stop();
await workbench[Symbol.asyncDispose]();
