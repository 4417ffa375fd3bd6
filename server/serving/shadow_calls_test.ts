import { afterEach, beforeEach, expect, test } from "vitest";
import { hashUnit } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { post, serve, type TestNode, until } from "./_test_node.ts";
import { openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

async function fill(shadow: string, options: { body?: string; budgetMs?: number } = {}): Promise<void> {
  const { body = "return { minutes: input.hour + 1 };", budgetMs = 10_000 } = options;
  await workbench.promote("answering", { body: "return { minutes: input.hour };" });
  await workbench.promote("shadowing", { body });
  const variants = `[{ name: a, weight: 1, plan: { fallback: [{ call: answering, budgetMs: ${budgetMs} }] } }]`;
  await workbench.apply(
    `{ endpoint: e, contract: 1, unit: /route, budgetMs: ${budgetMs}, shadow: ${shadow}, variants: ${variants} }`,
  );
  await workbench.activate("e");
}

async function metric(node: TestNode, name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return Number(new RegExp(`^boathouse_${name} (.*)$`, "m").exec(text)![1]);
}

async function ask(node: TestNode, hour: number): Promise<string> {
  const { status, body } = await post(`${node.url}/v1/endpoints/e`, { route: `R${hour}`, hour });
  expect([status, body.output]).toEqual([200, { minutes: hour }]);
  expect(body.decision.path.map(({ step }: { step: string }) => step)).toEqual(["answering"]);
  return body.decision.id;
}

/** Shadows are made ready behind the node's start: the first call tells that they are. */
async function untilReady(node: TestNode): Promise<void> {
  await until(async () => {
    await ask(node, 0);
    return await metric(node, "shadow_calls_total") + await metric(node, "shadow_waiting") > 0;
  });
}

const shadowsIn = async () => (await workbench.events("inference")).filter(({ shadow }) => shadow === true);

test("createShadowCalls() keeps what shadows answer, with input, time and seed of the decision", async () => {
  await fill("[{ call: shadowing, sample: 1 }]");
  await using node = await serve(workbench);
  await untilReady(node);
  const ids: string[] = [];
  for (let hour = 1; hour <= 12; hour++) ids.push(await ask(node, hour));
  await until(async () => (await shadowsIn()).filter(({ seed }) => ids.includes(seed as string)).length === ids.length);
  const answers = new Map((await workbench.events("inference")).map((data) => [data.decision as string, data]));
  for (const shadow of (await shadowsIn()).filter(({ seed }) => ids.includes(seed as string))) {
    const answer = answers.get(shadow.seed as string)!;
    expect(answer).toMatchObject({ shadow: false, output: { minutes: (answer.input as { hour: number }).hour } });
    expect(shadow).toMatchObject({
      ...Object.fromEntries(
        ["endpoint", "revision", "variant", "unit", "input", "now"].map((key) => [key, answer[key]]),
      ),
      function: expect.stringMatching(/^shadowing@[0-9a-f]{64}$/),
      status: "ok",
      output: { minutes: (answer.input as { hour: number }).hour + 1 },
    });
    expect(shadow.decision).not.toBe(shadow.seed);
  }
  const { body } = await fetch(`${node.url}/v1/decisions/${ids[0]}`).then(async (found) => ({
    body: await found.json(),
  }));
  expect(body).toMatchObject({ decision: ids[0], shadow: false });
  expect(await metric(node, "in_flight")).toBe(0);
}, 60_000);

test("createShadowCalls() draws the sample by the decision's id", async () => {
  await fill("[{ call: shadowing, sample: 0.5 }]");
  await using node = await serve(workbench);
  await untilReady(node);
  const ids: string[] = [];
  for (let hour = 1; hour <= 20; hour++) ids.push(await ask(node, hour));
  const drawn = ids.filter((id) => hashUnit("shadow 0 of e ", id) < 0.5);
  const seen = async () => (await shadowsIn()).map(({ seed }) => seed).filter((seed) => ids.includes(seed as string));
  await until(async () => (await seen()).length >= drawn.length);
  expect((await seen()).toSorted()).toEqual(drawn.toSorted());
}, 60_000);

test("createShadowCalls() leaves a batch's answers alone too", async () => {
  await fill("[{ call: shadowing, sample: 1 }]", { body: "throw new Error('out of order');" });
  await using node = await serve(workbench);
  await untilReady(node);
  const { body } = await post(`${node.url}/v1/endpoints/e/batch`, [1, 2, 3].map((hour) => ({ route: "B", hour })));
  expect(body.results.map(({ output }: Record<string, Json>) => output)).toEqual(
    [1, 2, 3].map((minutes) => ({ minutes })),
  );
  const ofBatch = async () => (await shadowsIn()).filter(({ unit }) => unit === "B");
  await until(async () => (await ofBatch()).length === 3);
  expect((await ofBatch()).map(({ status }) => status)).toEqual(["error", "error", "error"]);
  expect(await metric(node, "breakers_open")).toBe(0);
}, 60_000);

test("createShadowCalls() drops and counts what a hanging shadow cannot take, and answers keep coming", async () => {
  await fill("[{ call: shadowing, sample: 1 }]", { body: "await new Promise(() => {});", budgetMs: 60_000 });
  await using node = await serve(workbench);
  let asked = 0;
  await until(async () => {
    await ask(node, ++asked % 24);
    return await metric(node, "shadow_waiting") === 64;
  });
  for (let i = 0; i < 50; i++) await ask(node, ++asked % 24);
  // Not one ends: 4 run and 64 wait, the others were left out.
  await until(async () => await metric(node, "shadow_dropped_total") === asked - 68);
  expect([await metric(node, "shadow_calls_total"), await metric(node, "shadow_waiting")]).toEqual([0, 64]);
  const ready = await (await fetch(`${node.url}/health/ready`)).json();
  expect(ready).toMatchObject({ ready: true, degraded: [], shadowsDropped: asked - 68 });
}, 60_000);

test("createShadowCalls() kills a shadow that never yields without touching answers of the same code", async () => {
  const spin = "if (input.route === 'R1') for (;;) ; return { minutes: input.hour };";
  await fill("[{ call: shadowing, sample: 1 }]", { body: spin, budgetMs: 2_000 });
  await using node = await serve(workbench);
  await untilReady(node);
  const id = await ask(node, 1);
  for (let i = 2; i < 40; i++) await ask(node, i % 20 + 2);
  await until(async () => (await shadowsIn()).some(({ seed, status }) => seed === id && status === "error"));
}, 60_000);

test("createShadowCalls() says which shadow cannot be made ready, and the endpoint answers", async () => {
  await fill("[{ call: shadowing, sample: 1 }]");
  const { hash } = (await workbench.control.state()).functions.shadowing!;
  await workbench.store.put(`objects/functions/${hash}/bundle.js`, new TextEncoder().encode("altered"));
  await using node = await serve(workbench);
  await until(async () => {
    const { ready, degraded } = await (await fetch(`${node.url}/health/ready`)).json();
    return ready && String(degraded).startsWith('shadow "shadowing" is not called: ');
  });
  await ask(node, 1);
  await until(async () => await metric(node, "shadow_dropped_total") === 1);
}, 60_000);
