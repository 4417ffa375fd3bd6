import { expect, test } from "vitest";
import { post, serve } from "../serving/_test_node.ts";
import { KEY, openTestWorkbench } from "../serving/_test_workbench.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { callVerb } from "./_test_call.ts";
import { endpointActivate } from "./endpoint.ts";
import { endpointSimulate } from "./endpoint_simulate.ts";

const PRODUCT = `product: flights
owner: o
businessCase: b
tasks: [t]
repositories: [.]
metrics: { squared_error: { sql: "(output.minutes - label.value)^2", unit: minutes², better: lower, perUnit: { EUR: 0.5 } } }
`;
const endpointOf = (call: string) =>
  `endpoint: e
contract: 1
unit: /route
budgetMs: 20000
changed: { minutes: 0.5 }
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: ${call}, budgetMs: 10000 }, { value: { minutes: 0 } }] } }]
`;

/** A workbench whose function `f` answers 5 minutes, and a candidate file that calls `g`, 2 minutes later at hour 9. */
async function testBench() {
  const workbench = await openTestWorkbench();
  const { root } = workbench;
  await Deno.mkdir(`${root}/notebooks/flights`, { recursive: true });
  await Deno.mkdir(`${root}/lake/registry`, { recursive: true });
  await Deno.writeTextFile(`${root}/lake/registry/signing.key`, KEY);
  await Deno.writeTextFile(`${root}/notebooks/flights/product.yaml`, PRODUCT);
  const file = `${root}/notebooks/flights/e.endpoint.yaml`;
  await Deno.writeTextFile(file, endpointOf("g"));
  await workbench.promote("f", { body: "return { minutes: 5 };" });
  const examples = [{ input: { route: "R", hour: 9 }, output: { minutes: 7 }, models: {}, calls: [] }];
  const hash = await workbench.promote("g", { body: "return { minutes: input.hour === 9 ? 7 : 5.3 };" });
  await workbench.store.put(
    `objects/functions/${hash}/examples.json`,
    new TextEncoder().encode(JSON.stringify(examples)),
  );
  return {
    ...workbench,
    file,
    simulate: (options = {}) => callVerb(endpointSimulate, root, ["e"], { candidate: file, ...options }),
  };
}

test("endpoint simulate lets examples stand in at the first activation, and says so", async () => {
  await using bench = await testBench();
  const { text, json } = await bench.simulate();
  expect(text).toContain("no decision is recorded: 1 examples of g stand in");
  expect(text).toContain("no revision answers yet; the candidate is notebooks/flights/e.endpoint.yaml, revision");
  expect(json).toMatchObject({ n: 1, changed: 0, base: { revision: null } });
}, 60_000);

test("endpoint simulate tells changed decisions, segments, metrics and cases, and writes a report", async () => {
  await using bench = await testBench();
  await bench.apply(endpointOf("f"));
  await bench.activate("e");
  {
    await using node = await serve(bench);
    for (let hour = 0; hour < 12; hour++) {
      const { body } = await post(`${node.url}/v1/endpoints/e`, { route: `R${hour % 2}`, hour });
      const at = new Date(Date.now() + 60_000).toISOString();
      const label = { decision: (body as { decision: { id: string } }).decision.id, value: 7, at };
      expect((await post(`${node.url}/v1/labels`, label)).status).toBeLessThan(300);
    }
  }
  {
    await using opened = openWorkbench(bench.root);
    await (await opened.ingest()).flush();
  }
  const markdown = `${bench.root}/report.md`;
  const { text, json } = await bench.simulate({ markdown });
  expect(json).toMatchObject({ n: 12, changed: 1, labelled: 12, source: expect.stringContaining("all 12 recorded") });
  // 11 decisions come nearer by 2² − 1.7², one by 2².
  const { metrics } = json as unknown as {
    metrics: { difference: { value: number }; money: { EUR: { value: number } } }[];
  };
  expect(metrics[0]!.difference.value).toBeCloseTo(-(11 * (4 - 2.89) + 4) / 12, 9);
  expect(metrics[0]!.money.EUR.value).toBeCloseTo(-(11 * (4 - 2.89) + 4) / 24, 9);
  expect(text).toContain("e: 1 of 12 decisions change: 8.33 %, 95 % interval");
  expect(text).toMatch(/input.hour = 9 +1 +1 +100 %/);
  expect(text).toContain("/minutes: 5 becomes 7");
  const report = await Deno.readTextFile(markdown);
  expect(report).toMatch(/^# Simulation of endpoint e\n\n\*\*1 of 12 decisions change/);
  const activate = (options = {}, ...revision: string[]) =>
    callVerb(endpointActivate, bench.root, ["e", ...revision], options);
  const { revision } = await bench.apply(endpointOf("g"));
  await activate();
  expect((await bench.control.state()).endpoints.e!.active!.revision).toBe(revision);
  const { record } = json as { record: string };
  expect((await bench.events("control")).at(-1)).toMatchObject({ op: "activate", simulation: record });
  const first = (json as unknown as { base: { revision: string } }).base.revision;
  await expect(activate({}, first)).rejects.toThrow(/as it must be simulated against the active [0-9a-f]{12}: /);
  await activate({ why: "late", whyUnsimulated: "f answered before" }, first);
  expect((await bench.events("control")).at(-1)).toMatchObject({ why: "late; not simulated: f answered before" });
  expect(report).toContain("## Largest changes\n\n- decision");
}, 120_000);

test("endpoint simulate refuses a wrong file, fault and time", async () => {
  await using bench = await testBench();
  await expect(callVerb(endpointSimulate, bench.root, ["other"], { candidate: bench.file })).rejects.toThrow(
    'as the file must be of that endpoint: got "e"',
  );
  await expect(callVerb(endpointSimulate, bench.root, ["e"])).rejects.toThrow(
    "name an endpoint file, --candidate FILE",
  );
  await expect(bench.simulate({ fail: "g=2" })).rejects.toThrow("it must be NAME=RATE with a rate from 0 to 1");
  await expect(bench.simulate({ slow: "h=2s" })).rejects.toThrow("neither revision calls it: they call g");
  await expect(bench.simulate({ from: "2001-05-01" })).rejects.toThrow("as it has no recorded decision in that time");
}, 60_000);
