/** Requests per second and latency of an endpoint, every answer on the bus, against a bare echo in the same run. */
import { printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { fillFlights, openTestWorkbench } from "./_test_workbench.ts";

const ROUNDS = 5;
const SECONDS = 4;
const BODY = JSON.stringify({ route: "ORD-LGA", weekday: 5, hour: 18, distance: 733 });
const TRIVIAL = `endpoint: trivial
contract: 1
budgetMs: 200
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: averageDelay }] } }]
`;

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}

async function hasWrk(): Promise<boolean> {
  try {
    await new Deno.Command("wrk", { args: ["-v"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Closed loop by wrk: requests per second and p99 in milliseconds. */
async function wrk(url: string, connections: number): Promise<{ rate: number; p99: number }> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  const json = JSON.stringify(BODY);
  await Deno.writeTextFile(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = ${json}\n`,
  );
  const args = ["-t1", `-c${connections}`, `-d${SECONDS}s`, "--latency", "-s", script, url];
  const { stdout } = await new Deno.Command("wrk", { args }).output();
  const text = new TextDecoder().decode(stdout);
  await Deno.remove(script);
  if (/Non-2xx/.test(text)) throw new Error(`Cannot measure ${url} as requests failed: ${text}`);
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text)!;
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"];
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)![1]), p99: Number(p99) * scale };
}

/** Open loop: a request is sent when it is due, over at most 200 connections; its latency counts from then, milliseconds. */
async function openLoop(url: string, perSecond: number, seconds: number): Promise<number[]> {
  const begun = performance.now();
  const pending: Promise<number>[] = [], open = new Set<Promise<unknown>>();
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = begun + (i * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    while (open.size >= 200) await Promise.race(open);
    const asked = ask(url).finally(() => open.delete(asked));
    open.add(asked);
    pending.push(asked.then(() => performance.now() - due));
  }
  return await Promise.all(pending);
}

async function ask(url: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: BODY });
  if (!response.ok) throw new Error(`Cannot measure ${url}: ${await response.text()}`);
  await response.body?.cancel();
}

const workbench = await openTestWorkbench();
await fillFlights(workbench);
await workbench.apply(TRIVIAL);
await workbench.activate("trivial");
const started = performance.now();
const node = await startBenchNode(workbench.root);
print("serving: start to ready", (performance.now() - started) / 1000, "s");
const echo = await startBenchNode();
const trivial = `${node.url}/v1/endpoints/trivial`, model = `${node.url}/v1/endpoints/flight-delay`;

await openLoop(trivial, 500, 2);
for (const [name, url] of [["trivial function", trivial], ["one model", model], ["bare echo", echo.url]] as const) {
  const ms = await openLoop(url, 500, 10);
  print(`serving: ${name} at 500/s, p50`, quantile(ms, 0.5), "ms");
  print(`serving: ${name} at 500/s, p99`, quantile(ms, 0.99), "ms");
}

if (await hasWrk()) {
  const peaks = new Map<string, number>();
  for (const connections of [10, 64]) {
    for (const [name, url] of [["trivial function", trivial], ["one model", model]] as const) {
      const pairs = [];
      for (let i = 0; i < ROUNDS; i++) {
        pairs.push({ ours: await wrk(url, connections), theirs: await wrk(echo.url, connections) });
      }
      const ratio = median(pairs.map(({ ours, theirs }) => ours.rate / theirs.rate));
      const rate = median(pairs.map(({ ours }) => ours.rate));
      print(`serving: ${name} at ${connections} connections`, rate, "requests/s", ratio, "bare Deno.serve echo");
      const p99 = median(pairs.map(({ ours }) => ours.p99));
      print(`serving: ${name} at ${connections} connections, p99`, p99, "ms");
      peaks.set(url, Math.max(rate, peaks.get(url) ?? 0));
    }
  }
  for (const [url, peak] of peaks) {
    const perSecond = Math.round(0.7 * peak), ms = await openLoop(url, perSecond, 5);
    const name = `serving: ${url === trivial ? "trivial function" : "one model"} at 70 % of its peak, ${perSecond}/s`;
    print(`${name}, p50`, quantile(ms, 0.5), "ms");
    // The generator shares the cores: what the echo takes at this rate is its own.
    const ratio = quantile(ms, 0.99) / quantile(await openLoop(echo.url, perSecond, 5), 0.99);
    print(`${name}, p99`, quantile(ms, 0.99), "ms", ratio, "bare Deno.serve echo");
  }
}
print("serving: resident memory after load", await node.residentMib(), "MiB");
await node.stop();
await echo.stop();
const waiting = (await workbench.bus.positions("inference"))[0]!.high;
print("serving: decisions on the bus", waiting, "records");
await workbench[Symbol.asyncDispose]();
