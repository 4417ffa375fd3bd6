import { afterEach, beforeEach, expect, test } from "vitest";
import { assign, enrol } from "../../lib/endpoints/mod.ts";
import { compileSchema, type Json, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { post, serve, until } from "./_test_node.ts";
import { fillFlights, FLIGHT_DELAY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

const ARMS = [{ name: "control", weight: 0.9 }, { name: "candidate", weight: 0.1 }];

test("startServing() answers by assignment, and every answer is a decision on the bus", async () => {
  const revision = await fillFlights(workbench);
  const seen = new Map<string, string>();
  {
    await using node = await serve(workbench);
    for (let i = 0; i < 40; i++) {
      const { status, headers, body } = await post(`${node.url}/v1/endpoints/flight-delay`, {
        route: `R${i}`,
        hour: 4,
      });
      expect(status).toBe(200);
      const variant = assign(`R${i}`, "flight-delay", ARMS).name;
      expect(body).toEqual({
        output: { minutes: variant === "control" ? 3 : 4 },
        decision: {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          revision,
          variant,
          path: [{
            step: "predictDelay",
            function: expect.stringMatching(/^predictDelay@[0-9a-f]{64}$/),
            outcome: "ok",
            ms: expect.any(Number),
          }],
          fallback: false,
        },
      });
      expect(headers.get("boathouse-config-offset")).toBe("3");
      seen.set(body.decision.id, variant);
    }
    expect(node.said).toEqual([]);
  }
  const decisions = await workbench.events("inference");
  expect(new Map(decisions.map(({ decision, variant }) => [decision, variant]))).toEqual(seen);
  expect(decisions[0]).toMatchObject({
    endpoint: "flight-delay",
    revision,
    configOffset: 3,
    unit: "R0",
    input: { route: "R0", hour: 4 },
    status: "ok",
    path: [{
      step: "predictDelay",
      outcome: "ok",
      calls: [{ kind: "model", name: "delay", reply: [expect.any(Number)] }],
    }],
    models: { "flight-delay": expect.stringMatching(/^[12]#[0-9a-f]{64}$/) },
    shadow: false,
  });
  const exposures = await workbench.events("exposure");
  expect(exposures).toHaveLength(40);
  expect(exposures[0]).toMatchObject({ experiment: "flight-delay", unit: "R0", fallback: false });
  const health = await workbench.events("health");
  expect(health[0]).toMatchObject({ role: "serving", controlOffset: 4, ready: true, degraded: false, dropped: 0 });
  for (const [name, events] of Object.entries({ inference: decisions, exposure: exposures, health })) {
    const fits = compileSchema(STANDARD_EVENTS[name]!.schema);
    expect(events.map(fits).filter((reason) => reason !== null)).toEqual([]);
  }
});

test("startServing() answers by fallback while a fault is on, and by the model again after it", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const ask = async () => (await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).body;
  expect((await ask()).decision.fallback).toBe(false);
  await node.faults('{"models":{"flight-delay":1}}');
  await until(async () => (await ask()).decision.fallback);
  const broken = await ask();
  expect(broken.output).toEqual({ minutes: 42 });
  expect(broken.decision.path.map(({ step, outcome }: Record<string, Json>) => [step, outcome])).toEqual([
    ["predictDelay", "error"],
    ["averageDelay", "ok"],
  ]);
  await node.faults("{}");
  await until(async () => !(await ask()).decision.fallback);
  await until(async () => (await workbench.events("inference")).some(({ status }) => status === "fallback"));
  const failed = (await workbench.events("inference")).find(({ status }) => status === "fallback")!;
  expect(failed.error).toEqual({ type: "error", detail: expect.stringContaining("failed by an injected fault") });
  expect((failed.path as Record<string, Json>[])[0]!.calls).toMatchObject([{ kind: "model", name: "delay" }]);
  await until(async () => (await workbench.events("exposure")).some(({ fallback }) => fallback === true));
});

test("startServing() leaves a slow model at its budget", async () => {
  await fillFlights(workbench);
  await workbench.apply(FLIGHT_DELAY.replaceAll("budgetMs: 10000", "budgetMs: 100"));
  await workbench.activate("flight-delay");
  await using node = await serve(workbench);
  await node.faults('{"slowMs":{"flight-delay":30000}}');
  const ask = async (headers = {}) => {
    const { body } = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 }, headers);
    return { ...body, outcomes: body.decision.path.map(({ outcome }: Record<string, Json>) => outcome).join() };
  };
  await until(async () => (await ask()).outcomes === "timeout,ok");
  const short = await ask({ "boathouse-budget-ms": "20" });
  expect([short.outcomes, short.output]).toEqual(["timeout,timeout,ok", { minutes: 0 }]);
  const paths = (await workbench.events("inference")).map(({ path }) => path as { ms: number }[]);
  expect(paths.map(([first]) => first!.ms).filter((ms) => ms >= 30_000)).toEqual([]);
});

test("startServing() decides once per idempotency key", async () => {
  await fillFlights(workbench);
  {
    await using node = await serve(workbench);
    const ask = (hour: number) =>
      post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour }, { "idempotency-key": "order-7" });
    const [one, two] = await Promise.all([ask(4), ask(4)]);
    expect(two.body).toEqual(one.body);
    expect((await ask(5)).status).toBe(422);
  }
  expect(await workbench.events("inference")).toHaveLength(1);
  expect(await workbench.events("exposure")).toHaveLength(1);
});

test("startServing() gives the first variant, without exposure, to whom the experiment does not reach", async () => {
  const arms = [{ name: "a", weight: 0.5 }, { name: "b", weight: 0.5 }];
  const variants = arms.map(({ name }) => `{ name: ${name}, weight: 0.5, plan: { fallback: [{ value: ${name} }] } }`);
  await workbench.apply(
    "{ endpoint: e, contract: 1, unit: /route, budgetMs: 10000, logging: durable, experiment: { hypothesis: h, " +
      `primary: latency_ms, coverage: 0.5 }, variants: [${variants.join(", ")}] }`,
  );
  await workbench.activate("e");
  const routes = Array.from({ length: 40 }, (_, i) => `R${i}`);
  {
    await using node = await serve(workbench);
    for (const route of routes) {
      const { body } = await post(`${node.url}/v1/endpoints/e`, { route });
      expect(body.output).toBe(enrol(route, "e", arms, { coverage: 0.5 })?.name ?? "a");
    }
  }
  const exposed = (await workbench.events("exposure")).map(({ unit }) => unit);
  expect(exposed).toEqual(routes.filter((route) => enrol(route, "e", arms, { coverage: 0.5 }) !== null));
  expect(exposed.length).toBeGreaterThan(10);
  expect(exposed.length).toBeLessThan(30);
});

test("startServing() answers batches, each input for itself", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const at = `${node.url}/v1/endpoints/flight-delay/batch`;
  const inputs = Array.from({ length: 100 }, (_, i) => ({ route: `R${i}`, hour: i === 7 ? "x" : 4 }));
  const { status, body } = await post(at, inputs);
  expect(status).toBe(200);
  expect(body.results).toHaveLength(100);
  expect(body.results[7]).toEqual({
    error: expect.objectContaining({ status: 422, detail: '/hour must be integer: got "x"' }),
  });
  expect(body.results.filter((result: Json) => "output" in (result as object))).toHaveLength(99);
  expect((await post(at, [])).body).toEqual({ results: [] });
  expect((await post(at, { route: "R1", hour: 4 })).status).toBe(422);
  expect((await post(at, Array(1001).fill(0))).status).toBe(413);
});

test("startServing() says 503 where no step answers, and keeps the decision", async () => {
  await workbench.promote("broken", { body: "throw new Error('out of order');" });
  await workbench.apply(
    "{ endpoint: e, contract: 1, budgetMs: 10000, logging: durable, variants: [{ name: a, weight: 1, plan: { fallback: [{ call: broken }] } }] }",
  );
  await workbench.activate("e");
  await using node = await serve(workbench);
  const { status, headers, body } = await post(`${node.url}/v1/endpoints/e`, { route: "R1", hour: 4 });
  expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  expect(body.detail).toContain('No step of endpoint "e" answered: broken: ');
  expect(await workbench.events("inference")).toMatchObject([{ decision: body.decision, status: "error" }]);
  expect(await workbench.events("exposure")).toEqual([]);
});

test("startServing() waits for a durable answer's event", async () => {
  await workbench.promote("f", { body: "return { minutes: 1 };" });
  await workbench.apply(
    "{ endpoint: e, contract: 1, budgetMs: 10000, logging: durable, variants: [{ name: a, weight: 1, plan: { fallback: [{ call: f }] } }] }",
  );
  await workbench.activate("e");
  await using node = await serve(workbench);
  for (let i = 1; i <= 5; i++) {
    await post(`${node.url}/v1/endpoints/e`, { route: "R1", hour: 4 });
    expect(await workbench.events("inference")).toHaveLength(i);
  }
});

test("startServing() lets functions be tried by name and by hash", async () => {
  await fillFlights(workbench);
  {
    await using node = await serve(workbench);
    const { hash } = (await workbench.control.state()).functions.predictDelay!;
    const input = { route: "R1", hour: 4 };
    const { body } = await post(`${node.url}/v1/functions/predictDelay@${hash}`, input);
    expect(body).toMatchObject({ output: { minutes: 3 }, decision: { function: `predictDelay@${hash}` } });
    expect((await post(`${node.url}/v1/functions/averageDelay`, input)).body.output).toEqual({ minutes: 42 });
    expect((await post(`${node.url}/v1/functions/averageDelay`, {})).status).toBe(422);
    expect((await post(`${node.url}/v1/functions/nope`, input)).status).toBe(404);
    expect((await post(`${node.url}/v1/functions/predictDelay@${"0".repeat(64)}`, input)).status).toBe(404);
  }
  const tried = await workbench.events("inference");
  expect(tried).toHaveLength(2);
  expect(tried[0]).toMatchObject({ function: expect.stringMatching(/^predictDelay@/), status: "ok" });
  expect("endpoint" in tried[0]!).toBe(false);
});
