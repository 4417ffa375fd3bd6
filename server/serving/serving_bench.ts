/**
 * An endpoint whose function asks a logistic model of ten numbers, validated, every answer on the bus (`buffered`), against
 * a bare echo of the same JSON in the same run.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchChild, printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { BODY, fillScore } from "./_bench_score.ts";
import { wrk } from "./_wrk.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const ROUNDS = 5;
const PEER = "bare Deno.serve echo";
const OPEN_LOOP = join(dirname(fileURLToPath(import.meta.url)), "_open_loop.ts");

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function openLoop(
  url: string,
  perSecond: number,
  seconds: number,
): Promise<{ p50: number; p99: number; max: number }> {
  const args = ["run", "--allow-net=127.0.0.1", OPEN_LOOP, url, BODY, String(perSecond), String(seconds)];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (code !== 0) throw new Error(`Cannot measure ${url}: the generator ended with exit code ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** CPU microseconds per request, by process and thread. */
async function cpuPerRequest(
  node: BenchChild,
  work: () => Promise<{ requests: number }>,
): Promise<Map<string, number>> {
  const before = await node.cpuSeconds();
  const { requests } = await work();
  const after = await node.cpuSeconds();
  return new Map(
    Object.entries(after).map(([name, seconds]) => [name, 1e6 * (seconds - (before[name] ?? 0)) / requests]),
  );
}

const workbench = await openTestWorkbench();
await fillScore(workbench);
const started = performance.now();
const node = await startBenchNode(workbench.root);
print("serving: start to ready", (performance.now() - started) / 1000, "s");
const echo = await startBenchNode();
const score = `${node.url}/v1/endpoints/score`;
await wrk(score, 10, BODY);
let peak = 0;
for (const connections of [10, 64]) {
  const pairs = [];
  for (let i = 0; i < ROUNDS; i++) {
    pairs.push({ ours: await wrk(score, connections, BODY), theirs: await wrk(echo.url, connections, BODY) });
  }
  const name = `serving: model score at ${connections} connections`;
  const rate = median(pairs.map(({ ours }) => ours.rate));
  print(name, rate, "requests/s", median(pairs.map(({ ours, theirs }) => ours.rate / theirs.rate)), PEER);
  print(`${name}, p99`, median(pairs.map(({ ours }) => ours.p99)), "ms");
  peak = Math.max(peak, rate);
}
const cpu = await cpuPerRequest(node, () => wrk(score, 64, BODY));
for (const [name, micros] of cpu) {
  if (micros >= 1) print(`serving: CPU per request at 64 connections, ${name}`, micros, "µs");
}
const perSecond = Math.round(0.7 * peak);
const at70 = `serving: model score at 70 % of its peak, ${perSecond}/s`;
const ours = await openLoop(score, perSecond, 8), theirs = await openLoop(echo.url, perSecond, 8);
print(`${at70}, p50`, ours.p50, "ms", ours.p50 / theirs.p50, PEER);
print(`${at70}, p99`, ours.p99, "ms", ours.p99 / theirs.p99, PEER);
print("serving: resident memory after load", await node.residentMib(), "MiB");
await node.stop();
await echo.stop();
print("serving: decisions on the bus", (await workbench.bus.positions("inference"))[0]!.high, "records");
await workbench[Symbol.asyncDispose]();
