import { expect, test } from "vitest";
import { loadRevision } from "../../lib/endpoints/mod.ts";
import { hasTable } from "../../lib/lake/mod.ts";
import { NO_INJECTED, readDecisions, runRecorded, simulate } from "../../lib/simulate/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { openRunner } from "./mod.ts";
import { post, serve } from "./_test_node.ts";
import { KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

const endpoint = (call: string) =>
  `endpoint: e
contract: 1
unit: /route
budgetMs: 20000
variants: [{ name: a, weight: 1, plan: { fallback: [{ ${call}, budgetMs: 10000 }, { value: { minutes: 0 } }] } }]
`;

/** Answers requests by a real node, and brings the decisions into the lake. */
async function recordDecisions(workbench: TestWorkbench, inputs: readonly unknown[]) {
  await using node = await serve(workbench);
  for (let at = 0; at < inputs.length; at += 50) {
    const answers = inputs.slice(at, at + 50).map((input) => post(`${node.url}/v1/endpoints/e`, input));
    for (const { status, body } of await Promise.all(answers)) {
      if (status !== 200) throw new Error(JSON.stringify(body));
    }
  }
}

async function decisionsOf(workbench: TestWorkbench, sample = 10_000) {
  await Deno.mkdir(`${workbench.root}/lake/registry`, { recursive: true });
  await Deno.writeTextFile(`${workbench.root}/lake/registry/signing.key`, KEY);
  await using opened = openWorkbench(workbench.root);
  await (await opened.ingest()).flush();
  const lake = await opened.lake();
  expect(await hasTable(lake, "inference")).toBe(true);
  return await readDecisions(lake, { endpoint: "e", sample });
}

async function simulated(workbench: TestWorkbench, base: string, candidate: string, injected = NO_INJECTED) {
  const revisions = await Promise.all([base, candidate].map((revision) => loadRevision(workbench.store, revision)));
  await using runner = await openRunner(workbench, revisions);
  const [one, other] = runner.endpoints;
  const { decisions } = await decisionsOf(workbench);
  return await simulate({
    decisions,
    base: one!,
    candidate: other!,
    run: (endpoint, decision) => runRecorded(endpoint, decision, runner.call, injected),
  });
}

const BODY = `const [minutes] = await ctx.call("model", "delay", [input]);
  return { minutes, now: Date.now(), draw: Math.random() };`;

test("simulate() finds every answer that another model changes, and none where two hashes mean the same", async () => {
  await using workbench = await openTestWorkbench();
  await workbench.log("delay", 1, 0);
  await workbench.log("delay", 1, 1);
  await workbench.promote("f", { body: BODY, models: { delay: "delay@1" } });
  const first = await workbench.apply(endpoint("call: f, models: { delay: delay@1 }"));
  await workbench.activate("e");
  // The second model differs where hour is not 0: in one of 1,000 requests.
  const inputs = Array.from({ length: 3_000 }, (_, i) => ({ route: `R${i % 3}`, hour: i % 1_000 === 7 ? 9 : 0 }));
  await recordDecisions(workbench, inputs);
  const second = await workbench.apply(endpoint("call: f, models: { delay: delay@2 }"));
  const found = await simulated(workbench, first.revision, second.revision);
  expect(found).toMatchObject({ n: 3_000, changed: 3, share: { value: 0.001 } });
  expect(found.worst[0]!.changes).toEqual([{ field: "/minutes", base: 1, candidate: 10, size: 9 }]);
  expect(found.segments.filter(({ field }) => field === "input.hour")).toMatchObject([
    { value: "9", n: 3, changed: 3 },
    { value: "0", n: 2_997, changed: 0 },
  ]);

  await workbench.promote("f", { body: `/* the same */ ${BODY}`, models: { delay: "delay@1" } });
  const third = await workbench.apply(endpoint("call: f, models: { delay: delay@1 }"));
  expect(third.revision).not.toBe(first.revision);
  expect(await simulated(workbench, first.revision, third.revision)).toMatchObject({ n: 3_000, changed: 0 });
}, 120_000);

test("runRecorded() injects failures and slowness into both revisions alike", async () => {
  await using workbench = await openTestWorkbench();
  await workbench.log("delay", 1, 0);
  await workbench.promote("f", { body: BODY, models: { delay: "delay@1" } });
  const { revision } = await workbench.apply(endpoint("call: f"));
  await workbench.activate("e");
  await recordDecisions(workbench, Array.from({ length: 200 }, (_, i) => ({ route: `R${i}`, hour: 1 })));
  for (const name of ["f", "delay"]) {
    const { changed, base, candidate } = await simulated(workbench, revision, revision, {
      fail: { [name]: 0.2 },
      slowMs: {},
    });
    expect(changed).toBe(0);
    expect(base.fallbacks).toEqual(candidate.fallbacks);
    expect(base.fallbacks.value).toBeGreaterThan(0.1);
    expect(base.fallbacks.value).toBeLessThan(0.3);
  }
  const slow = async (ms: number) => await simulated(workbench, revision, revision, { fail: {}, slowMs: { f: ms } });
  expect((await slow(9_000)).candidate).toMatchObject({ fallbacks: { value: 0 } });
  const late = await slow(15_000);
  expect(late.candidate).toMatchObject({ fallbacks: { value: 1 }, late: 0 });
  expect(late.candidate.p50Ms).toBeGreaterThan(9_999);
}, 120_000);

test("runRecorded() lets recorded replies stand in for hosts, and asks none", async () => {
  await using host = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asked++;
    return Response.json({ minutes: 7 });
  });
  let asked = 0;
  await using workbench = await openTestWorkbench();
  const hosts = { rail: { url: `http://127.0.0.1:${host.addr.port}`, private: true } };
  const body =
    `const { body } = await ctx.call("fetch", "rail", { path: "" }); return { minutes: JSON.parse(body).minutes };`;
  await workbench.promote("f", { body, hosts });
  const first = await workbench.apply(endpoint("call: f"));
  await workbench.activate("e");
  await recordDecisions(workbench, [{ route: "R", hour: 1 }]);
  expect(asked).toBe(1);
  await workbench.promote("f", { body: body.replace(".minutes }", ".minutes + 1 }"), hosts });
  const second = await workbench.apply(endpoint("call: f"));
  const { worst } = await simulated(workbench, first.revision, second.revision);
  expect(worst[0]).toMatchObject({ base: { output: { minutes: 7 } }, candidate: { output: { minutes: 8 } } });
  const twice = `await ctx.call("fetch", "rail", { path: "" }); ${body}`;
  await workbench.promote("f", { body: twice, hosts });
  const third = await workbench.apply(endpoint("call: f"));
  const { candidate } = await simulated(workbench, first.revision, third.revision);
  expect(candidate.failures[0]!.detail).toContain("no reply to its question 2 is recorded");
  expect(asked).toBe(1);
}, 120_000);

test("readDecisions() draws a sample by variant and day, the same one again", async () => {
  await using workbench = await openTestWorkbench();
  await workbench.promote("f", { body: 'if (input.route === "R7") throw new Error("no"); return { minutes: 1 };' });
  await workbench.apply(endpoint("call: f"));
  await workbench.activate("e");
  await recordDecisions(workbench, Array.from({ length: 100 }, (_, i) => ({ route: `R${i}`, hour: 1 })));
  const { decisions, total, strata, then } = await decisionsOf(workbench, 20);
  expect(then).toEqual({ fallbacks: 1, errors: 0 });
  expect({ total, strata, n: decisions.length }).toEqual({ total: 100, strata: 1, n: 20 });
  expect((await decisionsOf(workbench, 20)).decisions).toEqual(decisions);
}, 60_000);
