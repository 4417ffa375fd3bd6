import { afterEach, beforeEach, expect, test } from "vitest";
import { assign } from "../../lib/endpoints/mod.ts";
import { compileSchema, type Json, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { fillFlights, FLIGHT_DELAY, KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { startServing } from "./start_serving.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

interface Node extends AsyncDisposable {
  url: string;
  said: string[];
  faults(line: string): Promise<void>;
}

async function serve(): Promise<Node> {
  const stop = new AbortController(), said: string[] = [];
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { settings } = workbench;
  const report = (line: string) => said.push(line);
  const ended = startServing({
    settings,
    key: KEY,
    signal: stop.signal,
    faults: pipe.readable,
    onReady: resolve,
    report,
  });
  ended.catch(reject);
  const url = await promise;
  return {
    url,
    said,
    faults: (line) => writer.write(new TextEncoder().encode(`${line}\n`)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: all });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const until = async (work: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 100; i++) {
    if (await work()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come true within 5 s");
};

const ARMS = [{ name: "control", weight: 0.9 }, { name: "candidate", weight: 0.1 }];

test("startServing() answers by assignment, and every answer is a decision on the bus", async () => {
  const revision = await fillFlights(workbench);
  const seen = new Map<string, string>();
  {
    await using node = await serve();
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
  await using node = await serve();
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
  await using node = await serve();
  await node.faults('{"slowMs":{"flight-delay":5000}}');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const started = performance.now();
  const { body } = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
  expect(performance.now() - started).toBeLessThan(400);
  expect(body.decision.path.map(({ outcome }: Record<string, Json>) => outcome)).toEqual(["timeout", "ok"]);
  const short = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 }, {
    "boathouse-budget-ms": "20",
  });
  expect(short.body.decision.path.map(({ outcome }: Record<string, Json>) => outcome)).toEqual([
    "timeout",
    "timeout",
    "ok",
  ]);
  expect(short.body.output).toEqual({ minutes: 0 });
});

test("startServing() ends on a parent's pipe that makes no sense", async () => {
  const { settings } = workbench;
  const faults = new Blob(["nonsense\n"]).stream();
  const ended = startServing({ settings, key: KEY, signal: new AbortController().signal, faults, report: () => {} });
  await expect(ended).rejects.toThrow('Cannot read faults as a line must be JSON: got "nonsense"');
});

test("startServing() takes over an activation, and a rollback, without a failed request", async () => {
  const first = await fillFlights(workbench);
  await using node = await serve();
  let asking = true;
  const revisions: string[] = [], failures: number[] = [];
  const load = (async () => {
    while (asking) {
      const { status, body } = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
      if (status === 200) revisions.push(body.decision.revision);
      else failures.push(status);
    }
  })();
  const second = (await workbench.apply(FLIGHT_DELAY.replace("budgetMs: 200", "budgetMs: 250"))).revision;
  await workbench.activate("flight-delay");
  await until(() => Promise.resolve(revisions.at(-1) === second));
  await workbench.rollback("flight-delay");
  await until(() => Promise.resolve(revisions.at(-1) === first));
  asking = false;
  await load;
  expect(failures).toEqual([]);
  expect(new Set(revisions)).toEqual(new Set([first, second]));
});

test("startServing() goes on answering by the last revision when the next cannot be loaded", async () => {
  const first = await fillFlights(workbench);
  await using node = await serve();
  const { hash } = (await workbench.control.state()).functions.averageDelay!;
  await workbench.promote("averageDelay", { body: "throw new Error('broken')", examples: [{ route: "x", hour: 1 }] });
  await workbench.apply(FLIGHT_DELAY);
  const activated = await workbench.activate("flight-delay");
  await until(() => Promise.resolve(node.said.length > 0));
  expect(node.said[0]).toMatch(
    /^Endpoint "flight-delay" is not served as activated: Cannot serve function "averageDelay"/,
  );
  const { body } = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
  expect(body.decision.revision).toBe(first);
  const ready = await (await fetch(`${node.url}/health/ready`)).json();
  expect(ready).toMatchObject({ ready: true, configOffset: activated.offset - 1 });
  expect(ready.degraded[0]).toContain("broken");
  expect(hash).toHaveLength(64);
});

test("startServing() refuses requests with problem details", async () => {
  await fillFlights(workbench);
  await using node = await serve();
  const at = `${node.url}/v1/endpoints/flight-delay`;
  const misfit = await post(at, { route: "R1", hour: 24 });
  expect(misfit.status).toBe(422);
  expect(misfit.headers.get("content-type")).toBe("application/problem+json");
  expect(misfit.body.errors).toEqual([{ pointer: "#/hour", detail: "/hour must be <= 23: got 24" }]);
  expect((await post(at, { route: "", hour: 2 })).body.errors[0].pointer).toBe("#/route");
  const status = async (path: string, init: RequestInit) => {
    const response = await fetch(node.url + path, init);
    await response.body?.cancel();
    return response.status;
  };
  const json = { "content-type": "application/json" };
  const endpoint = "/v1/endpoints/flight-delay";
  expect(await status(endpoint, { method: "POST", body: "{", headers: json })).toBe(400);
  expect(await status(endpoint, { method: "POST", body: "1", headers: { "content-type": "text/csv" } })).toBe(415);
  expect(await status(endpoint, { method: "POST", body: `"${"x".repeat(300_000)}"`, headers: json })).toBe(413);
  expect(await status(endpoint, { method: "DELETE" })).toBe(405);
  expect(await status("/v1/endpoints/nope", { method: "POST", body: "1", headers: json })).toBe(404);
  expect(await status("/v1/endpoints/constructor", { method: "POST", body: "1", headers: json })).toBe(404);
  expect(await status("/constructor", {})).toBe(404);
  expect(await status("/v1/decisions/x", {})).toBe(501);
  expect(await status("/v1/functions/..%2f..%2fetc", { method: "POST", body: "1", headers: json })).toBe(404);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-budget-ms": "-1" })).status).toBe(400);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-min-config-offset": "99" })).status).toBe(503);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-min-config-offset": "3" })).status).toBe(200);
  expect((await post(at, { route: "R1", hour: 2 }, { origin: "https://evil.example" })).status).toBe(403);
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  expect(metrics).toContain('boathouse_refused_total{endpoint="flight-delay",status="422"} 2');
  expect(metrics).toContain('boathouse_refused_total{endpoint="",status="404"} 2');
  expect(metrics).toMatch(
    /boathouse_requests_total\{endpoint="flight-delay",variant="\w+",status="(?:ok|fallback)"\} 1/,
  );
  expect(metrics).toContain("boathouse_ready 1");
  expect(node.said).toEqual([]);
});

test("startServing() decides once per idempotency key", async () => {
  await fillFlights(workbench);
  {
    await using node = await serve();
    const ask = (hour: number) =>
      post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour }, { "idempotency-key": "order-7" });
    const [one, two] = await Promise.all([ask(4), ask(4)]);
    expect(two.body).toEqual(one.body);
    expect((await ask(5)).status).toBe(422);
  }
  expect(await workbench.events("inference")).toHaveLength(1);
  expect(await workbench.events("exposure")).toHaveLength(1);
});

test("startServing() answers batches, each input for itself", async () => {
  await fillFlights(workbench);
  await using node = await serve();
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
    "{ endpoint: e, contract: 1, budgetMs: 100, logging: durable, variants: [{ name: a, weight: 1, plan: { fallback: [{ call: broken }] } }] }",
  );
  await workbench.activate("e");
  await using node = await serve();
  const { status, headers, body } = await post(`${node.url}/v1/endpoints/e`, { route: "R1", hour: 4 });
  expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  expect(body.detail).toContain('No step of endpoint "e" answered: broken: ');
  expect(await workbench.events("inference")).toMatchObject([{ decision: body.decision, status: "error" }]);
  expect(await workbench.events("exposure")).toEqual([]);
});

test("startServing() waits for a durable answer's event", async () => {
  await workbench.promote("f", { body: "return { minutes: 1 };" });
  await workbench.apply(
    "{ endpoint: e, contract: 1, budgetMs: 100, logging: durable, variants: [{ name: a, weight: 1, plan: { fallback: [{ call: f }] } }] }",
  );
  await workbench.activate("e");
  await using node = await serve();
  for (let i = 1; i <= 5; i++) {
    await post(`${node.url}/v1/endpoints/e`, { route: "R1", hour: 4 });
    expect(await workbench.events("inference")).toHaveLength(i);
  }
});

test("startServing() lets functions be tried by name and by hash", async () => {
  await fillFlights(workbench);
  {
    await using node = await serve();
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

test("startServing() takes events and labels, and topics registered while it runs", async () => {
  await using node = await serve();
  const event = {
    specversion: "1.0",
    id: "1",
    source: "/t",
    type: "flights.flight.v1",
    subject: "R1",
    data: { delay: 3 },
  };
  const headers = { "content-type": "application/cloudevents+json" };
  expect((await post(`${node.url}/v1/events`, event, headers)).status).toBe(422);
  await workbench.topic("flights", "flights.flight.v1", { type: "object", required: ["delay"] });
  await until(async () => (await post(`${node.url}/v1/events`, event, headers)).status === 200);
  expect(await workbench.events("flights")).toEqual([{ delay: 3 }]);
  expect((await post(`${node.url}/v1/labels`, [{ decision: "d1", value: 7 }])).body).toEqual({ accepted: 1 });
  expect(await workbench.events("label")).toMatchObject([{ decision: "d1", value: 7 }]);
});

test("startServing() answers what it accepted before it ends", async () => {
  await fillFlights(workbench);
  const answers: Promise<{ status: number }>[] = [];
  {
    await using node = await serve();
    await node.faults('{"slowMs":{"flight-delay":80}}');
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < 20; i++) {
      answers.push(post(`${node.url}/v1/endpoints/flight-delay`, { route: `R${i}`, hour: 4 }));
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(await workbench.events("inference")).toHaveLength(20);
});

test("startServing() starts again from its snapshot", async () => {
  await fillFlights(workbench);
  const { port } = await freePort();
  workbench.settings.listen.serving.port = port;
  for (let i = 0; i < 2; i++) {
    await using node = await serve();
    expect((await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).status).toBe(200);
  }
  const file = `${workbench.root}/lake/runs/serving/127.0.0.1_${port}.json`;
  expect(JSON.parse(await Deno.readTextFile(file)).state.offset).toBe(4);
});

test("startServing() refuses a taken port, an open address and a lost control topic, in one line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { settings } = workbench;
  const at = (hostname: string, port: number) =>
    startServing({
      settings: { ...settings, listen: { ...settings.listen, serving: { hostname, port } } },
      key: KEY,
      signal: AbortSignal.timeout(1),
      report: () => {},
    });
  const { port } = taken.addr as Deno.NetAddr;
  await expect(at("127.0.0.1", port)).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port} as the port is taken by another process: end that process, or set listen.serving`,
  );
  await expect(at("0.0.0.0", 0)).rejects.toThrow("as access tokens are not in this version");
  await workbench.store.put("tables/control/_delta_log/00000000000000000000.json", new Uint8Array([1]));
  await expect(at("127.0.0.1", 0)).rejects.toThrow(/topic "control" of bus .* is empty while the lake .* holds one/);
});

test("startServing() is unready, and serves on, at a rule that it does not know", async () => {
  await fillFlights(workbench);
  await using node = await serve();
  const { createEvent, messageOf, signEvent } = await import("../../lib/events/mod.ts");
  const data = { op: "activate", target: "x", expected: null, rule: 2, spec: "0".repeat(64), by: "b", why: "w" };
  const event = signEvent(createEvent({ type: "boathouse.control.v1", source: "/t", data }), KEY);
  await workbench.bus.append("control", 0, [messageOf(event)]);
  await until(async () => {
    const response = await fetch(`${node.url}/health/ready`);
    return response.status === 503 && (await response.json()).unready[0].includes("rule 2");
  });
  expect((await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).status).toBe(200);
});

async function freePort(): Promise<{ port: number }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.resolve({ port: (listener.addr as Deno.NetAddr).port });
}

test("startServing() gives up on clients that are slow or gone, and keeps nothing of them", async () => {
  await fillFlights(workbench);
  await using node = await serve();
  const { port } = new URL(node.url);
  const head = "POST /v1/endpoints/flight-delay HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  for (let i = 0; i < 20; i++) {
    const gone = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await gone.write(new TextEncoder().encode(`${head}Content-Length: 100\r\n\r\n{"route"`));
    gone.close();
  }
  await until(async () => (await (await fetch(`${node.url}/metrics`)).text()).includes("boathouse_in_flight 0"));
  expect((await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).status).toBe(200);
  expect(node.said).toEqual([]);
});

test("startServing() on several nodes: each confirms an activation", async () => {
  await fillFlights(workbench);
  await using _one = await serve();
  await using _two = await serve();
  await until(async () => (await workbench.events("health")).length >= 2);
  await workbench.apply(FLIGHT_DELAY.replace("budgetMs: 200", "budgetMs: 250"));
  const { offset } = await workbench.activate("flight-delay");
  const { awaitNodes } = await import("../../lib/endpoints/mod.ts");
  const nodes = await awaitNodes(workbench.bus, offset);
  expect(nodes.missing).toEqual([]);
  expect(nodes.confirmed).toHaveLength(2);
});
