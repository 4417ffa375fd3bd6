import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { awaitNodes } from "../../lib/endpoints/mod.ts";
import { createEvent, messageOf, signEvent } from "../../lib/events/mod.ts";
import { post, serve, until } from "./_test_node.ts";
import { fillFlights, FLIGHT_DELAY, KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { startServing } from "./start_serving.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

test("startServing() ends on a parent's pipe that makes no sense", async () => {
  const { settings } = workbench;
  const faults = new Blob(["nonsense\n"]).stream();
  const ended = startServing({ settings, key: KEY, signal: new AbortController().signal, faults, report: () => {} });
  await expect(ended).rejects.toThrow('Cannot read faults as a line must be JSON: got "nonsense"');
});

test("startServing() takes over an activation, and a rollback, without a failed request", async () => {
  const first = await fillFlights(workbench);
  await using node = await serve(workbench);
  let asking = true;
  const revisions: string[] = [], failures: number[] = [];
  const load = (async () => {
    while (asking) {
      const { status, body } = await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
      if (status === 200) revisions.push(body.decision.revision);
      else failures.push(status);
    }
  })();
  const second = (await workbench.apply(FLIGHT_DELAY.replace("budgetMs: 20000", "budgetMs: 25000"))).revision;
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
  await using node = await serve(workbench);
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

test("startServing() answers what it accepted before it ends", async () => {
  await fillFlights(workbench);
  const answers: ReturnType<typeof post>[] = [];
  {
    await using node = await serve(workbench);
    await node.faults('{"slowMs":{"flight-delay":2000}}');
    for (let i = 0; i < 20; i++) {
      answers.push(post(`${node.url}/v1/endpoints/flight-delay`, { route: `R${i}`, hour: 4 }));
    }
    await until(async () => (await (await fetch(`${node.url}/metrics`)).text()).includes("boathouse_in_flight 20\n"));
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(await workbench.events("inference")).toHaveLength(20);
});

test("startServing() ends with a reason, and its events written, when connections have taken all files", async () => {
  await fillFlights(workbench);
  const node = join(dirname(fileURLToPath(import.meta.url)), "_bench_node.ts");
  const command = `ulimit -n 150; exec "$0" run -A "$1" "$2"`;
  const child = new Deno.Command("sh", {
    args: ["-c", command, Deno.execPath(), node, workbench.root],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const url = new URL(value!.trim()), connections: Deno.Conn[] = [];
  const answered = await post(`${url.origin}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
  const said = new Response(child.stderr).text();
  try {
    for (let i = 0; i < 300; i++) {
      connections.push(await Deno.connect({ hostname: url.hostname, port: Number(url.port) }));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  expect((await child.status).code).toBe(1);
  for (const connection of connections) connection.close();
  expect(await said).toContain("Cannot go on serving as no connection can be accepted: ");
  expect(await workbench.events("inference")).toMatchObject([{ decision: answered.body.decision.id }]);
});

test("startServing() starts again from its snapshot", async () => {
  await fillFlights(workbench);
  const { port } = await freePort();
  workbench.settings.listen.serving.port = port;
  for (let i = 0; i < 2; i++) {
    await using node = await serve(workbench);
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
  await expect(at("0.0.0.0", 0)).rejects.toThrow("as no access token was created: run boathouse token create");
  await workbench.store.put("tables/control/_delta_log/00000000000000000000.json", new Uint8Array([1]));
  await expect(at("127.0.0.1", 0)).rejects.toThrow(/topic "control" of bus .* is empty while the lake .* holds one/);
});

test("startServing() is unready, and serves on, at a rule that it does not know", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const data = { op: "activate", target: "x", expected: null, rule: 2, spec: "0".repeat(64), by: "b", why: "w" };
  const event = signEvent(createEvent({ type: "boathouse.control.v1", source: "/t", data }), KEY);
  await workbench.bus.append("control", 0, [messageOf(event)]);
  await until(async () => {
    const response = await fetch(`${node.url}/health/ready`);
    return response.status === 503 && (await response.json()).unready[0].includes("rule 2");
  });
  expect((await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).status).toBe(200);
});

test("startServing() on several nodes: each confirms an activation", async () => {
  await fillFlights(workbench);
  await using _one = await serve(workbench);
  await using _two = await serve(workbench);
  await until(async () => new Set((await workbench.events("health")).map(({ node }) => node)).size === 2);
  await workbench.apply(FLIGHT_DELAY.replace("budgetMs: 20000", "budgetMs: 25000"));
  const { offset } = await workbench.activate("flight-delay");
  const nodes = await awaitNodes(workbench.bus, offset, { waitMs: 30_000, heardMs: 60_000 });
  expect(nodes.missing).toEqual([]);
  expect(nodes.confirmed).toHaveLength(2);
});

async function freePort(): Promise<{ port: number }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.resolve({ port: (listener.addr as Deno.NetAddr).port });
}
