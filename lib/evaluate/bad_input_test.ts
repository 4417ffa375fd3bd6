import { expect, onTestFinished, test } from "vitest";
import { openModels, registryClient, RegistryError, registryHandler, remoteFetch } from "../models/mod.ts";
import { KEY, testBench } from "./_test_bench.ts";
import { watchModels } from "./model_events.ts";

type Answer = (request: Request) => Response | Promise<Response>;

/** A registry elsewhere; what it answers may change. */
function serve(first: Answer) {
  let answer = first;
  const stop = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: stop.signal };
  const server = Deno.serve(options, (request) => answer(request));
  onTestFinished(async () => {
    stop.abort(); // it may hang
    await server.finished;
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, answerBy: (next: Answer) => void (answer = next) };
}

const refusal = (error_code: string, status: number, headers = {}) => () =>
  Response.json({ error_code, message: "not now" }, { status, headers });

function pageOf(n: number, next: string): Response {
  const versions = Array.from({ length: n }, (_, i) => ({ name: "delay", version: `${i}` }));
  return Response.json({ model_versions: versions, next_page_token: next });
}

const strange: [string, Answer, string][] = [
  ["500 in its own form", refusal("INTERNAL_ERROR", 500), "not now"],
  ["500 and nothing", () => new Response(null, { status: 500 }), "must answer in MLflow's form: got 500 ; check its"],
  ["429, again and again", refusal("REQUEST_LIMIT_EXCEEDED", 429, { "retry-after": "0" }), "not now"],
  [
    "429 by a proxy",
    () => new Response("slow down", { status: 429 }),
    "must answer in MLflow's form: got 429 slow down; check its address and its log",
  ],
  [
    "HTML and 200",
    () => new Response("<!doctype html><title>Sign in</title>"),
    "must be MLflow's: got <!doctype html><title>Sign in</title>; check that the address is an MLflow server's",
  ],
  ["HTML and 502", () => new Response("<h1>Bad gateway</h1>", { status: 502 }), "got 502 <h1>Bad gateway</h1>"],
  ["nothing and 200", () => new Response(""), "must be MLflow's: got nothing; check that the address"],
  ["half of an answer", () => new Response('{"registered_models": [{"na'), 'got {"registered_models": [{"na'],
  [
    "a page that leads to itself",
    ({ url }) => url.includes("registered-models") ? Response.json({}) : pageOf(1, "again"),
    'each must lead to another one: page "again" leads to itself',
  ],
];

for (const [name, answer, message] of strange) {
  test(`a registry that answers ${name} is told of, and nothing of it is believed or lost`, async () => {
    await using bench = await testBench();
    await bench.log("delay", 1);
    await using handler = registryHandler({ store: bench.store, dir: `${bench.dir}/registry` });
    const { url, answerBy } = serve(handler);
    await using models = await openModels({ store: bench.store, dir: bench.dir, remote: { url, login: null } });
    const watch = watchModels({ ...bench, models, key: KEY });
    expect((await watch.reconcile()).changes).toMatchObject([{ version: "1", action: "created" }]);
    await bench.log("delay", 2);
    answerBy(answer);
    const error = await watch.reconcile().catch((cause) => cause);
    expect(error).toBeInstanceOf(RegistryError);
    expect(error.message).toContain(message);
    expect(await bench.events("model")).toHaveLength(1);
    answerBy(handler);
    expect((await watch.reconcile()).changes).toMatchObject([{ version: "2", action: "created" }]);
  }, 30_000);
}

const silent: [string, Answer][] = [
  ["hangs", () => new Promise<Response>(() => {})],
  ["stops in the middle", () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([123])) }))],
];

for (const [name, answer] of silent) {
  test(`a registry that ${name} is given up in time, and asked once`, async () => {
    let asked = 0;
    const { url } = serve((request) => (asked++, answer(request)));
    const client = registryClient(remoteFetch(url, null, { timeoutMs: 300 }), url);
    await expect(client.getModel("delay")).rejects.toThrow(
      `Cannot ask the registry at "${url}" as it must answer within 0.3 s: it has not; see its log, or set registry`,
    );
    expect(asked).toBe(1);
  });
}

test("a registry that nobody runs is told of with the way out", async () => {
  const { url, port } = freeAddress();
  const clock = { now: () => 0, random: () => 0, sleep: () => Promise.resolve() };
  await expect(registryClient(remoteFetch(url, null), url, { clock }).getModel("delay")).rejects.toThrow(
    `Cannot reach the registry at "http://127.0.0.1:${port}" as it does not answer: `,
  );
});

function freeAddress(): { url: string; port: number } {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${listener.addr.port}`, port: listener.addr.port };
}

test("10,000 versions of a registry elsewhere are read page after page", async () => {
  await using bench = await testBench();
  const asked: string[] = [];
  const { url } = serve((request) => {
    const { pathname, searchParams } = new URL(request.url);
    asked.push(pathname.split("/mlflow/")[1]!);
    if (pathname.endsWith("registered-models/search")) return Response.json({ registered_models: [{ name: "delay" }] });
    const [from, rows] = [Number(searchParams.get("page_token") ?? 0), Number(searchParams.get("max_results"))];
    const numbers = Array.from({ length: rows }, (_, i) => from + i + 1);
    const versions = numbers.map((version) => ({ name: "delay", version: `${version}` }));
    return Response.json({
      model_versions: versions,
      ...(from + rows < 10_000 && { next_page_token: `${from + rows}` }),
    });
  });
  await using models = await openModels({ store: bench.store, dir: bench.dir, remote: { url, login: null } });
  const { versions } = (await models.inventory()).get("delay")!;
  expect([versions.size, [...versions.keys()].at(-1)]).toEqual([10_000, "10000"]);
  expect(asked).toEqual(["registered-models/search", ...Array(10).fill("model-versions/search")]);
});

const slashes: [string, (bench: Awaited<ReturnType<typeof testBench>>) => Promise<unknown>, string][] = [
  ["logged", (bench) => bench.log("a/b", 1), 'letters, digits, ".", "_" and "-": got "a/b"'],
  ["loaded", ({ models }) => models.load("a/b@1"), 'Cannot find model "a/b@1" as a model is named name@version'],
  ["listed", ({ models }) => models.versions("a/b"), 'Cannot find model "a/b" as no model of that name is registered'],
  ["named by an alias", ({ models }) => models.setAlias("a/b", "champion", "1"), "a/b"],
];

for (const [what, attempt, message] of slashes) {
  test(`a model with a slash in its name cannot be ${what}`, async () => {
    await using bench = await testBench();
    await expect(attempt(bench)).rejects.toThrow(message);
    expect(await bench.models.list()).toEqual([]);
  });
}
