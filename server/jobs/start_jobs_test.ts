import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import type { TestBench } from "../commands/_test_bench.ts";
import type { RunNotebook } from "../commands/mod.ts";
import { startControl } from "../control/mod.ts";
import { logWaits, productBench, readEvents } from "./_test_product.ts";
import { startJobs } from "./start_jobs.ts";

const SECRET = "secret-of-tests-only";
const NEVER_MS = 3_600_000;

/** Runs the jobs in this process, notebooks by the command line; what they note is kept. */
function runJobs(bench: TestBench, everyMs: number): string[] {
  const runNotebook: RunNotebook = async (file, { out, parameters = {} }) => {
    const given = Object.entries(parameters).flatMap(([name, value]) => ["-p", `${name}=${value}`]);
    return JSON.parse((await bench.run(["notebook", "run", file, "--out", out, "--json", ...given])).out);
  };
  const stop = new AbortController(), notes: string[] = [];
  const run = async () => {
    await using workbench = openWorkbench(bench.dir);
    await startJobs({ workbench, runNotebook, note: (line) => notes.push(line), signal: stop.signal, everyMs });
  };
  const ended = run();
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return notes;
}

async function runControl(bench: TestBench): Promise<string> {
  Deno.env.set("BOATHOUSE_WEBHOOK_SECRET", SECRET);
  onTestFinished(() => Deno.env.delete("BOATHOUSE_WEBHOOK_SECRET"));
  const stop = new AbortController();
  const { settings, key } = openWorkbench(bench.dir);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = startControl({ settings, key, signal: stop.signal, onReady: resolve });
  ended.catch(reject);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return await promise;
}

async function deliver(url: string, id: string, secret = SECRET): Promise<number> {
  const body = JSON.stringify({ entity: "model_version", action: "created", data: { name: "wait" } });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = {
    "x-mlflow-delivery-id": id,
    "x-mlflow-timestamp": timestamp,
    "x-mlflow-signature": `v1,${signature}`,
  };
  const answer = await fetch(`${url}/api/webhooks/mlflow`, { method: "POST", headers, body });
  await answer.body?.cancel();
  return answer.status;
}

test("a signed webhook starts the evaluation where nobody looks at the registry by the clock", async () => {
  await using bench = await productBench("listen: { control: '127.0.0.1:0' }\n");
  const url = await runControl(bench);
  const notes = runJobs(bench, NEVER_MS);
  await expect.poll(() => readTopics(bench), { timeout: 30_000 }).toContain("model"); // the first look is over
  await logWaits(bench, 5);
  expect(await deliver(url, "a", "another-secret-of-nobody")).toBe(401);
  expect(notes).toEqual([]);
  expect(await deliver(url, "a")).toBe(200);
  expect(await readEvents(bench, "evaluation", 1)).toMatchObject([{ model: "wait", version: "1", verdict: "pass" }]);
}, 120_000);

test("a webhook that is lost is found by the clock", async () => {
  await using bench = await productBench();
  runJobs(bench, 100);
  await expect.poll(() => readTopics(bench), { timeout: 30_000 }).toContain("model");
  await logWaits(bench, 20);
  expect(await readEvents(bench, "evaluation", 1)).toMatchObject([{ version: "1", verdict: "fail", failed: ["rmse"] }]);
}, 120_000);

test(
  "a version whose notebook fails is tried three times and told of once, and keeps no other from its verdict",
  async () => {
    await using bench = await productBench();
    await logWaits(bench, -1, 5);
    const notes = runJobs(bench, 100);
    expect(await readEvents(bench, "evaluation", 1)).toMatchObject([{ version: "2", verdict: "pass" }]);
    expect(await readEvents(bench, "alert", 1)).toMatchObject([{
      alert: "evaluation-failed",
      rule: "wait@1",
      value: 3,
    }]);
    expect(notes.filter((line) => line.startsWith("cannot evaluate"))).toEqual(
      [1, 2, 3].map((attempt) => expect.stringMatching(`wait@1, attempt ${attempt} of 3: .*less than nothing`)),
    );
    const [failed, passed] = await bench.json("model", "show", "wait") as { tags: Record<string, string> }[];
    expect([failed!.tags, passed!.tags]).toMatchObject([
      { "boathouse.verdict": expect.stringMatching(/^failed: .*less than nothing/) },
      { "boathouse.verdict": "pass" },
    ]);
    const { out } = await bench.run(["model", "show", "wait"]);
    expect(out).toMatch(/^1 .* failed$/m);
    expect(out).toMatch(
      /^version 1 failed to be evaluated: .*less than nothing.*; mend it, then run boathouse evaluate/m,
    );
  },
  120_000,
);

async function readTopics(bench: TestBench): Promise<string[]> {
  await using workbench = openWorkbench(bench.dir);
  return (await (await workbench.bus()).topics()).map(({ topic }) => topic);
}
