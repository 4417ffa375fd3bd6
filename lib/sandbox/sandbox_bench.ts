/**
 * Round trips through a sandbox at 1 and 64 calls in flight, beside a bare message to a Worker in the same run.
 * Prints JSON lines {name, value, unit}: `deno run -A lib/sandbox/sandbox_bench.ts`.
 */
import { openSandbox } from "./mod.ts";

const CALLS = 20_000;
const BUNDLE = `export async function handler(input, ctx) {
  const [minutes] = await ctx.call("model", "delay", [input]);
  return { minutes };
}`;
const PLAIN = "export const handler = (input) => ({ minutes: input.hour * 2 });";
const INPUT = { route: "ORD-LGA", weekday: 5, hour: 18, distance: 733 };

function print(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 1000) / 1000, unit }));
}

async function measure(name: string, inFlight: number, call: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  let next = 0;
  const ask = async () => {
    while (next < CALLS) {
      const begun = performance.now();
      await call(next++);
      times.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, ask));
  const rate = (CALLS / (performance.now() - begun)) * 1000;
  times.sort((a, b) => a - b);
  print(`${name} p50, ${inFlight} in flight`, times[Math.floor(CALLS * 0.5)]!, "ms");
  print(`${name} p99, ${inFlight} in flight`, times[Math.floor(CALLS * 0.99)]!, "ms");
  print(`${name} rate, ${inFlight} in flight`, rate, "1/s");
  return rate;
}

function bareWorker(): { call(i: number): Promise<unknown>; end(): void } {
  const source = "onmessage = ({ data: [id, input] }) => postMessage([id, { minutes: input.hour * 2 }]);";
  const worker = new Worker(URL.createObjectURL(new Blob([source])), { type: "module" });
  const waiting = new Map<number, (value: unknown) => void>();
  worker.onmessage = ({ data: [id, value] }) => {
    waiting.get(id)!(value);
    waiting.delete(id);
  };
  const call = (i: number) =>
    new Promise((resolve) => {
      waiting.set(i, resolve);
      worker.postMessage([i, INPUT]);
    });
  return { call, end: () => worker.terminate() };
}

const host = { call: () => Promise.resolve([12.5]) };
const begun = performance.now();
const sandbox = await openSandbox({ product: "bench", host });
await sandbox.load({ hash: "plain", bundle: PLAIN, budgetMs: 5_000, memoryBytes: 128e6 });
const context = (i: number) => ({ decision: `d${i}`, nowMs: i, seed: `s${i}`, budgetMs: 5_000 });
await sandbox.call("plain", INPUT, context(0));
print("open, load and first answer", performance.now() - begun, "ms");
await sandbox.load({ hash: "model", bundle: BUNDLE, budgetMs: 5_000, memoryBytes: 128e6 });
const bare = bareWorker();
for (const inFlight of [1, 64]) {
  await measure("warm-up", inFlight, (i) => sandbox.call("plain", INPUT, context(i)));
  const plain = await measure("call", inFlight, (i) => sandbox.call("plain", INPUT, context(i)));
  const model = await measure("call with one host call", inFlight, (i) => sandbox.call("model", INPUT, context(i)));
  const peer = await measure("bare worker", inFlight, bare.call);
  print(`call / bare worker, ${inFlight} in flight`, plain / peer, "ratio");
  print(`with host call / bare worker, ${inFlight} in flight`, model / peer, "ratio");
}
bare.end();

const IDLE = 50;
const loadBegun = performance.now();
await Promise.all(
  Array.from(
    { length: IDLE },
    (_, i) => sandbox.load({ hash: `idle${i}`, bundle: BUNDLE, budgetMs: 5_000, memoryBytes: 128e6 }),
  ),
);
print(`load of ${IDLE} functions`, performance.now() - loadBegun, "ms");
await new Promise((resolve) => setTimeout(resolve, 100));
const bytes = sandbox.stats().processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
print(`resident memory of main and spare with ${IDLE} idle functions`, bytes / 2 ** 20, "MiB");
await sandbox[Symbol.asyncDispose]();
