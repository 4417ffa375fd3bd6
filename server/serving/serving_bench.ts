/**
 * An endpoint whose function asks a logistic model of ten numbers, validated, every answer on the bus (`buffered`), against
 * a bare echo of the same JSON in the same run.
 */
import { type BenchChild, printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { BODY, fillScore } from "./_bench_score.ts";
import { wrk } from "./_wrk.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const ROUNDS = 5;
const PEER = "bare Deno.serve echo";
/** Connections that pause at random come near an open loop, at a tenth of the CPU time that one in JavaScript takes. */
const PAUSING = 256;

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
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
const pauseMs = 1000 * PAUSING / (0.7 * peak);
const ours = await wrk(score, PAUSING, BODY, { seconds: 8, pauseMs });
const theirs = await wrk(echo.url, PAUSING, BODY, { seconds: 8, pauseMs });
const at70 = `serving: model score at ${
  Math.round(100 * ours.rate / peak)
} % of its peak, ${PAUSING} connections that pause`;
print(`${at70}, p99`, ours.p99, "ms", ours.p99 / theirs.p99, PEER);
print("serving: resident memory after load", await node.residentMib(), "MiB");
await node.stop();
await echo.stop();
print("serving: decisions on the bus", (await workbench.bus.positions("inference"))[0]!.high, "records");
await workbench[Symbol.asyncDispose]();
