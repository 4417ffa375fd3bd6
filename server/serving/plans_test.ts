import { expect, test } from "vitest";
import { compileSchema, type Json, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { post, serve } from "./_test_node.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const HEAD = "endpoint: e\ncontract: 1\nbudgetMs: 20000\n";
const INPUT = { route: "ORD-LGA", hour: 7 };

test("startServing() answers by branches, mapped inputs, means and named conditions, each on record", async () => {
  await using workbench = await openTestWorkbench();
  await workbench.promote("plus", { body: "return { minutes: input.hour + 1 };" });
  await workbench.promote("twice", { body: "return { minutes: input.hour * 2 };" });
  await workbench.apply(`${HEAD}variants: [{ name: a, weight: 1, plan: { fallback: [
    { when: input.hour < 12, then: { all: [{ call: plus }, { call: twice, input: { route: input.route, hour: input.hour + 1 } }], combine: mean },
      else: { call: twice, unless: { LONG: output.minutes > 40 } } },
    { value: { minutes: 0 } } ] } }]\n`);
  await workbench.activate("e");
  const answers: unknown[] = [];
  {
    await using node = await serve(workbench);
    for (const hour of [7, 13, 22]) {
      const { status, body } = await post(`${node.url}/v1/endpoints/e`, { ...INPUT, hour });
      const path = body.decision.path as { step: string; outcome: string }[];
      expect(status).toBe(200);
      expect(path.flatMap(Object.keys)).not.toContain("input");
      answers.push([
        body.output.minutes,
        body.decision.fallback,
        ...path.map((step) => `${step.step} ${step.outcome}`),
      ]);
    }
    const odd = await post(`${node.url}/v1/endpoints/e`, { ...INPUT, hour: "7" });
    expect(odd.body.decision).toMatchObject({ fallback: true, path: [{ step: "when", outcome: "error" }, {}] });
    const openapi = await (await fetch(`${node.url}/openapi.json`)).json();
    expect(JSON.stringify(openapi)).toContain("/v1/endpoints/e");
  }
  expect(answers).toEqual([
    [12, false, "plus ok", "twice ok", "all ok"],
    [26, false, "twice-2 ok"],
    [0, true, "twice-2 condition", "value ok"],
  ]);
  const decisions = await workbench.events("inference");
  expect((decisions[0]!.path as Record<string, Json>[])[1]).toMatchObject({
    input: { route: "ORD-LGA", hour: 8 },
    output: { minutes: 16 },
  });
  expect(decisions[2]!.error).toEqual({ type: "condition", detail: "twice-2: its answer is LONG" });
  const fits = compileSchema(STANDARD_EVENTS.inference!.schema);
  expect(decisions.map(fits).filter((reason) => reason !== null)).toEqual([]);
});

test("startServing() leaves a failing function alone and says so in /metrics", async () => {
  await using workbench = await openTestWorkbench();
  await workbench.promote("broken", { body: "throw new Error('away');" });
  const plan = "{ fallback: [{ call: broken }, { value: { minutes: 0 } }] }";
  const breaker = "breaker: { calls: 3, share: 1, openMs: 600000 }\n";
  await workbench.apply(`${HEAD}${breaker}variants: [{ name: a, weight: 1, plan: ${plan} }]\n`);
  await workbench.activate("e");
  await using node = await serve(workbench);
  const outcomes: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { status, body } = await post(`${node.url}/v1/endpoints/e`, INPUT);
    expect([status, body.output]).toEqual([200, { minutes: 0 }]);
    outcomes.push(body.decision.path[0].outcome);
  }
  expect(outcomes).toEqual(["error", "error", "error", "open", "open"]);
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain("boathouse_breakers_open 1\n");
  const tried = await post(`${node.url}/v1/functions/broken`, INPUT);
  expect([tried.status, tried.body.detail]).toEqual([503, expect.stringContaining("away")]);
});
