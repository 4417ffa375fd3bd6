/**
 * 100,000 recorded decisions of a logistic model of ten numbers, read from the lake and made again by two revisions, against
 * the same loop over HTTP in the same run.
 */
import { type CompiledEndpoint, loadRevision } from "../../lib/endpoints/mod.ts";
import { readManifest } from "../../lib/functions/mod.ts";
import {
  NO_INJECTED,
  type Ran,
  readDecisions,
  type RecordedDecision,
  runRecorded,
  simulate,
} from "../../lib/simulate/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { printMeasure as print, startBenchNode } from "./_bench_child.ts";
import { BODY, fillScore } from "./_bench_score.ts";
import { KEY, openTestWorkbench } from "./_test_workbench.ts";
import { openRunner } from "./open_runner.ts";
import { wrk } from "./_wrk.ts";

const COUNT = 100_000;
const OVER_HTTP = 10_000;

await using workbench = await openTestWorkbench();
await fillScore(workbench);
const active = (await workbench.control.state()).endpoints.score!.active!.revision;
const node = await startBenchNode(workbench.root);
const url = `${node.url}/v1/endpoints/score`;
const recorded = async () => (await workbench.bus.positions("inference")).reduce((sum, { high }) => sum + high, 0);
let fastest = 0;
do fastest = Math.max(fastest, (await wrk(url, 64, BODY)).rate); while (await recorded() < COUNT);

/** The least that a simulation over HTTP would do: ask, read, compare. */
async function overHttp(_: CompiledEndpoint, { input }: RecordedDecision): Promise<Ran> {
  const began = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  const { output } = await response.json();
  return { variant: "a", status: "ok", output, path: [], ms: performance.now() - began };
}

const source = `/* another text */ const [{ probabilities }] = await ctx.call("model", "score", [input.x]);
  return { score: probabilities[1] };`;
const { input, output } = await readManifest(workbench.store, (await workbench.control.state()).functions.score!.hash);
await workbench.promote("score", {
  body: source,
  models: { score: "score@1" },
  examples: [JSON.parse(BODY)],
  input,
  output,
});
const { revision } = await workbench.apply(
  "{ endpoint: score, contract: 1, budgetMs: 1000, variants: [{ name: a, weight: 1, plan: { fallback: [{ call: score }] } }] }",
);
const revisions = await Promise.all([active, revision].map((each) => loadRevision(workbench.store, each)));
await using runner = await openRunner(workbench, revisions);
const [base, candidate] = runner.endpoints as [CompiledEndpoint, CompiledEndpoint];

await Deno.mkdir(`${workbench.root}/lake/registry`, { recursive: true });
await Deno.writeTextFile(`${workbench.root}/lake/registry/signing.key`, KEY);
await using opened = openWorkbench(workbench.root);
await (await opened.ingest()).flush();
const lake = await opened.lake();
const began = performance.now();
const { decisions, total } = await readDecisions(lake, { endpoint: "score", sample: 10 * COUNT });
const read = (performance.now() - began) / 1000;
print(`simulate: ${total} decisions read from the lake`, read, "s");

const first = decisions.slice(0, COUNT);
const run = async (count: number, how: (endpoint: CompiledEndpoint, decision: RecordedDecision) => Promise<Ran>) => {
  const started = performance.now();
  const { n, changed } = await simulate({ decisions: first.slice(0, count), base, candidate, run: how });
  if (changed > 0) {
    throw new Error(`Cannot measure as two revisions of one meaning must not differ: ${changed} of ${n}`);
  }
  return (performance.now() - started) / 1000;
};
const local = (endpoint: CompiledEndpoint, decision: RecordedDecision) =>
  runRecorded(endpoint, decision, runner.call, NO_INJECTED);
await run(2_000, local);
await run(2_000, overHttp);
const http = await run(OVER_HTTP, overHttp) / OVER_HTTP;
const seconds = await run(COUNT, local);
print(
  `simulate: ${COUNT} decisions by two revisions`,
  seconds,
  "s",
  http / (seconds / COUNT),
  "the same loop over HTTP",
);
print(
  "simulate: requests per second",
  2 * COUNT / seconds,
  "requests/s",
  2 * COUNT / seconds / fastest,
  "wrk on a node",
);
await node.stop();
