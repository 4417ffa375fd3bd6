/** Latency of POST /v2/models/NAME/infer beside POST /v1/functions of a function that calls the same model. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTestWorkbench } from "./_test_workbench.ts";

let late = 0;
const REQUESTS = 2_000;
const ROUNDS = 3;

const workbench = await openTestWorkbench();
await workbench.log("delay", 1, 0.5);
await workbench.promoteModel("delay@1");
await workbench.promote("predictDelay", {
  body: `const [minutes] = await ctx.call("model", "delay", [input]); return { minutes };`,
  models: { delay: "delay@1" },
});
const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", join(dirname(fileURLToPath(import.meta.url)), "_bench_node.ts"), workbench.root],
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
const url = value!.trim();

const rows = (count: number) => {
  const data = Array.from({ length: count }, (_, i) => i % 24);
  return JSON.stringify({ inputs: [{ name: "hour", shape: [count], datatype: "FP64", data }] });
};
const infer = `${url}/v2/models/delay/infer`, call = `${url}/v1/functions/predictDelay`;
const input = JSON.stringify({ route: "ORD-LGA", hour: 7 });

/** Closed loop of one connection, in milliseconds; then the same with ten, per second. */
async function measure(target: string, body: string, requests: number): Promise<{ ms: number[]; perSecond: number }> {
  const ms: number[] = [];
  for (let i = 0; i < requests; i++) {
    const began = performance.now();
    await ask(target, body);
    ms.push(performance.now() - began);
  }
  const began = performance.now();
  let left = requests;
  const asker = async () => {
    while (left-- > 0) await ask(target, body);
  };
  await Promise.all(Array.from({ length: 10 }, asker));
  return { ms, perSecond: requests / ((performance.now() - began) / 1000) };
}

async function ask(target: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(target, { method: "POST", headers, body });
  const text = await response.text();
  // On a busy machine a function may miss its budget of 100 ms: its answer is one, late.
  if (response.status === 503) late++;
  else if (!response.ok) throw new Error(`Cannot measure ${target}: ${text}`);
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}

function print(name: string, value: number, unit: string, ratio: number | null = null, peer: string | null = null) {
  const round = (number: number) => Math.round(number * 1000) / 1000;
  console.log(JSON.stringify({ name, value: round(value), unit, ratio: ratio === null ? null : round(ratio), peer }));
}

const PEER = "POST /v1/functions of the same model";
await measure(infer, rows(1), 500);
await measure(call, input, 500);
const pairs: Record<"ours" | "theirs", Awaited<ReturnType<typeof measure>>>[] = [];
for (let i = 0; i < ROUNDS; i++) {
  pairs.push({ ours: await measure(infer, rows(1), REQUESTS), theirs: await measure(call, input, REQUESTS) });
}
const all = (side: "ours" | "theirs") => pairs.flatMap((pair) => pair[side].ms);
for (const [name, share] of [["p50", 0.5], ["p99", 0.99]] as const) {
  const [ours, theirs] = [quantile(all("ours"), share), quantile(all("theirs"), share)];
  print(`infer: one row, ${name}`, ours, "ms", ours / theirs, PEER);
}
const rate = (side: "ours" | "theirs") => quantile(pairs.map((pair) => pair[side].perSecond), 0.5);
print("infer: one row, 10 connections", rate("ours"), "requests/s", rate("ours") / rate("theirs"), PEER);
const many = await measure(infer, rows(10_000), 50);
print("infer: 10,000 rows, p50", quantile(many.ms, 0.5), "ms");
print("answers that missed their budget, both", late, "requests");
child.kill("SIGTERM");
await child.status;
await workbench[Symbol.asyncDispose]();
