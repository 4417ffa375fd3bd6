import { afterEach, beforeEach, expect, test } from "vitest";
import { topicSchemas } from "../../lib/control/mod.ts";
import { createEvent, type Json, messageOf, uuidv7 } from "../../lib/events/mod.ts";
import { openIngest } from "../../lib/ingest/mod.ts";
import { post, serve, until } from "./_test_node.ts";
import { fillFlights, KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

async function flush(): Promise<void> {
  const { bus, store, control } = workbench;
  await using ingest = await openIngest({ bus, store, schemas: topicSchemas(control, store), key: KEY });
  await ingest.flush();
}

async function get(url: string) {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("decisionFinder() finds the same on the bus, in the lake, and where labels lie on both", async () => {
  const revision = await fillFlights(workbench);
  await using node = await serve(workbench);
  const asked = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 }, {
    traceparent: TRACEPARENT,
  });
  const { id } = asked.body.decision;
  expect(asked.headers.get("traceresponse")).toBe(
    `00-0af7651916cd43dd8448eb211c80319c-${id.replaceAll("-", "").slice(16)}-01`,
  );
  const at = `${node.url}/v1/decisions/${id}`;
  await until(async () => (await get(at)).status === 200);
  const { body: onBus } = await get(at);
  expect(onBus).toMatchObject({
    decision: id,
    endpoint: "flight-delay",
    revision,
    input: { route: "R1", hour: 4 },
    output: asked.body.output,
    path: [{ step: "predictDelay", calls: [{ kind: "model", name: "delay" }] }],
    models: { "flight-delay": expect.stringMatching(/^\d#[\da-f]{64}$/) },
    traceparent: TRACEPARENT,
    time: expect.stringMatching(/^20\d\d-/),
    labels: [],
  });
  const label = (value: Json, at: string) => post(`${node.url}/v1/labels`, { decision: id, value, at });
  await label({ minutes: 9 }, "2026-05-02T00:00:00.000Z");
  await flush();
  await label(null, "2026-05-01T00:00:00.000Z");
  const { body: inLake } = await get(at);
  expect(inLake.labels).toEqual([
    { decision: id, name: "value", value: null, at: "2026-05-01T00:00:00.000Z" },
    { decision: id, name: "value", value: { minutes: 9 }, at: "2026-05-02T00:00:00.000Z" },
  ]);
  expect({ ...inLake, labels: [], time: "" }).toEqual({ ...onBus, time: "" });
  expect(inLake.time.slice(0, 23)).toBe(onBus.time.slice(0, 23));
});

test("decisionFinder() gives numbers with many digits as they were", async () => {
  await workbench.promote("echo", { body: "return { minutes: input.n };", input: { type: "object" } });
  await using node = await serve(workbench);
  const { body } = await post(`${node.url}/v1/functions/echo`, {
    n: 0.1 + 0.2,
    big: 1.7976931348623157e308,
    e: -0.5e-300,
  });
  const at = `${node.url}/v1/decisions/${body.decision.id}`;
  await until(async () => (await get(at)).status === 200);
  const { body: onBus } = await get(at);
  await flush();
  const { body: inLake } = await get(at);
  expect([inLake.input, inLake.output]).toEqual([onBus.input, onBus.output]);
  expect(inLake.input).toEqual({ n: 0.1 + 0.2, big: 1.7976931348623157e308, e: -0.5e-300 });
});

test("decisionFinder() answers 404 for what was never decided, at once where the id tells it", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const ask = async (id: string) => await get(`${node.url}/v1/decisions/${id}`);
  for (const id of ["x", "..%2fx", crypto.randomUUID(), uuidv7().toUpperCase(), "1".repeat(150)]) {
    const { status, body } = await ask(id);
    expect([status, body.detail]).toEqual([404, expect.stringContaining("ids are UUIDs of version 7")]);
  }
  const old = await ask(uuidv7(Date.UTC(2020, 1, 1)));
  expect([old.status, old.headers.get("retry-after")]).toEqual([404, null]);
  const young = await ask(uuidv7());
  expect([young.status, young.headers.get("retry-after")]).toEqual([404, "1"]);
  await flush();
  for (const ms of [0, Date.UTC(2020, 1, 1), Date.now(), Date.now() + 86_400_000, 2 ** 48 - 1]) {
    expect((await ask(uuidv7(ms))).status).toBe(404);
  }
  expect(node.said).toEqual([]);
});

test("decisionFinder() finds one of many decisions, and bounds how many ask", async () => {
  await using node = await serve(workbench);
  const ids = Array.from({ length: 5000 }, () => uuidv7());
  const messages = ids.map((decision, i) => {
    const data = {
      decision,
      configOffset: 0,
      input: i,
      status: "ok",
      path: [],
      models: {},
      now: 0,
      seed: "",
      latencyMs: 1,
      queueMs: 0,
      shadow: false,
    };
    return messageOf(createEvent({ type: "boathouse.inference.v1", source: "/t", subject: decision, data }));
  });
  await workbench.bus.publish("inference", messages.slice(0, 2500));
  await flush();
  await workbench.bus.publish("inference", messages.slice(2500));
  for (const i of [0, 2499, 2500, 4999]) {
    expect((await get(`${node.url}/v1/decisions/${ids[i]}`)).body.input).toBe(i);
  }
  const many = await Promise.all(ids.slice(0, 60).map((id) => get(`${node.url}/v1/decisions/${id}`)));
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200, 503]));
  expect(many.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(32);
});
