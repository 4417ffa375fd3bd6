import { afterEach, beforeEach, expect, test } from "vitest";
import { type PinnedCall, StepFailure } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { type FunctionHost, openFunctionHost } from "./function_host.ts";

let workbench: TestWorkbench, host: FunctionHost, faults: Faults;

beforeEach(async () => {
  workbench = await openTestWorkbench();
  faults = NO_FAULTS;
  host = openFunctionHost({ store: workbench.store, models: workbench.models, faults: () => faults });
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
  await workbench[Symbol.asyncDispose]();
});

const PREDICT = `const [minutes] = await ctx.call("model", "delay", [input]); return { minutes };`;
const INPUT = { route: "ORD-LGA", hour: 4 };

async function pin(call: string, hash: string, version?: string): Promise<PinnedCall> {
  if (version === undefined) return { call, hash, models: {}, budgetMs: 100 };
  const { name, digest } = await workbench.models.get(`flight-delay@${version}`);
  return { call, hash, models: { delay: { name, version, digest } }, budgetMs: 100 };
}

let decisions = 0;
const ask = (call: PinnedCall, input: Json = INPUT, budgetMs = 1000) =>
  host.callFunction({ product: "flights", call, input, decision: `d${++decisions}`, budgetMs, nowMs: 0, seed: "s" });

test("openFunctionHost() runs one function with different models at a time", async () => {
  await workbench.log("flight-delay", 1, 0.5);
  await workbench.log("flight-delay", 2, 0.5);
  const hash = await workbench.promote("predictDelay", { body: PREDICT, models: { delay: "flight-delay@1" } });
  const one = await pin("predictDelay", hash, "1"), two = await pin("predictDelay", hash, "2");
  expect(await host.prepare("flights", one)).toMatchObject({ input: { type: "object" }, output: { type: "object" } });
  await host.prepare("flights", two);
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => ask(i % 2 === 0 ? one : two)));
  expect(answers.map(({ output }) => output)).toEqual(Array.from({ length: 60 }, (_, i) => ({ minutes: 3 + i % 2 })));
  expect(answers[1]!.calls).toEqual([{ kind: "model", name: "delay", index: 0, ms: expect.any(Number), reply: [4] }]);
});

test("openFunctionHost() refuses a model whose content is another than the pinned one", async () => {
  await workbench.log("flight-delay", 1, 0.5);
  const hash = await workbench.promote("predictDelay", { body: PREDICT, models: { delay: "flight-delay@1" } });
  const call = await pin("predictDelay", hash, "1");
  const forged = { ...call, models: { delay: { ...call.models.delay!, digest: "0".repeat(64) } } };
  await expect(host.prepare("flights", forged)).rejects.toThrow(
    `Cannot serve model "flight-delay@1" as its content must have the digest ${"0".repeat(64)}: got ${
      call.models.delay!.digest
    }`,
  );
});

test("openFunctionHost() warms a function up with its own examples, faults or not", async () => {
  await workbench.log("flight-delay", 1, 0.5);
  faults = { models: { "flight-delay": 1 }, slowMs: {} };
  const fine = { body: PREDICT, models: { delay: "flight-delay@1" }, examples: [INPUT] };
  const hash = await workbench.promote("predictDelay", fine);
  await host.prepare("flights", await pin("predictDelay", hash, "1"));
  const broken = await workbench.promote("broken", { body: "throw new Error('not today')", examples: [INPUT] });
  await expect(host.prepare("flights", await pin("broken", broken))).rejects.toThrow(
    /^Cannot serve function "broken" as its own example must be answered: .*not today/,
  );
});

test("openFunctionHost() gives a function its declared models only", async () => {
  const hash = await workbench.promote("sneaky", {
    body: `return await ctx.call("model", input.name, [{ hour: 1 }]);`,
    input: {},
  });
  const call = await pin("sneaky", hash);
  await host.prepare("flights", call);
  for (const name of ["delay", "constructor", "__proto__", "flight-delay@1"]) {
    const failure = await ask(call, { name }).catch((error) => error);
    expect(failure).toBeInstanceOf(StepFailure);
    expect(failure.message).toContain(`Cannot call model "${name}" as the function does not declare it`);
  }
});

test("openFunctionHost() tells failures from time-outs, with the calls made until then", async () => {
  await workbench.log("flight-delay", 1, 0.5);
  const hash = await workbench.promote("late", {
    body: `await ctx.call("model", "delay", [input]); for (;;) {}`,
    models: { delay: "flight-delay@1" },
  });
  const call = await pin("late", hash, "1");
  await host.prepare("flights", call);
  const late = await ask(call, INPUT, 60).catch((error) => error);
  expect(late).toMatchObject({ outcome: "timeout", calls: [{ kind: "model", name: "delay", reply: [3] }] });
  faults = { models: { "flight-delay": 1 }, slowMs: {} };
  const failed = await ask(call).catch((error) => error);
  expect(failed).toMatchObject({
    outcome: "error",
    calls: [{ error: 'Model "flight-delay" failed by an injected fault' }],
  });
});

test("openFunctionHost() serves neighbours while a function loops", async () => {
  const loop = await pin("loop", await workbench.promote("loop", { body: "for (;;) {}" }));
  const fine = await pin("fine", await workbench.promote("fine", { body: "return { minutes: input.hour };" }));
  await host.prepare("flights", loop);
  await host.prepare("flights", fine);
  const looping = ask(loop, INPUT, 50).catch((error) => error.outcome);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, hour) => ask(fine, { route: "x", hour }, 5000)));
  expect(answers.map(({ output }) => output)).toEqual(Array.from({ length: 50 }, (_, hour) => ({ minutes: hour })));
  expect(await looping).toBe("timeout");
});

test("openFunctionHost() refuses an altered bundle and an unknown version", async () => {
  const hash = await workbench.promote("f", { body: "return { minutes: 1 };" });
  await workbench.store.put(`objects/functions/${hash}/bundle.js`, new TextEncoder().encode("export default () => 2"));
  await expect(host.prepare("flights", await pin("f", hash))).rejects.toThrow("as its bundle was altered");
  await expect(host.prepare("flights", await pin("f", "0".repeat(64)))).rejects.toThrow("no such version was promoted");
});

test("openFunctionHost() asks declared hosts and lookups; a secret reaches the host and nobody else", async () => {
  Deno.env.set("BOATHOUSE_SECRET_TEST", "Bearer very-secret");
  const closing = new AbortController();
  const seen: (string | null)[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: closing.signal };
  const { addr } = Deno.serve(options, (request) => {
    seen.push(request.headers.get("authorization"));
    return new Response(`${request.headers.get("authorization")} ${new URL(request.url).pathname}`);
  });
  try {
    await workbench.log("route-average", 1, 0.5);
    const auth = { header: "authorization", secret: "BOATHOUSE_SECRET_TEST" };
    const hosts = { weather: { url: `http://127.0.0.1:${addr.port}/v1/`, auth, private: true } };
    const hash = await workbench.promote("rain", {
      body: `const mean = await ctx.call("lookup", "averages", input);
             const reply = await ctx.call("fetch", "weather", { path: "now" });
             const out = await ctx.call("fetch", "weather", { path: "/admin" }).catch((error) => error.message);
             if (input.hour === 13) throw new RangeError(reply.body);
             return { mean, reply, out, seen: Object.keys(globalThis).join() };`,
      hosts,
      lookups: { averages: "route-average@1" },
      map: JSON.stringify({ sources: ["a.ipynb#rain"], sourcesContent: [null], mappings: ";;;AAGA" }),
    });
    const { name, digest } = await workbench.models.get("route-average@1");
    const call = { call: "rain", hash, models: { averages: { name, version: "1", digest } }, budgetMs: 100 };
    await host.prepare("flights", call);
    const answer = await ask(call, INPUT, 20_000);
    expect(answer.output).toMatchObject({ mean: 3, reply: { status: 200, body: "[secret] /v1/now" } });
    expect((answer.output as { out: string }).out).toContain('Cannot ask host "weather" as requests must stay within');
    expect(answer.calls).toMatchObject([{ kind: "lookup", reply: 3 }, { kind: "fetch", reply: { status: 200 } }, {
      kind: "fetch",
    }]);
    const failed = await ask(call, { ...INPUT, hour: 13 }, 20_000).catch((error) => error);
    expect(failed.message).toBe("Cannot answer as the function threw RangeError: [secret] /v1/now (at a.ipynb#rain:4)");
    expect(seen).toEqual(["Bearer very-secret", "Bearer very-secret"]);
    const stored = await Promise.all(
      ["manifest.json", "bundle.js"].map((part) => workbench.store.get(`objects/functions/${hash}/${part}`)),
    );
    const texts = [
      JSON.stringify(answer),
      JSON.stringify(failed),
      ...stored.map((bytes) => new TextDecoder().decode(bytes)),
    ];
    for (const text of texts) expect(text).not.toContain("very-secret");
    const other = await pin(
      "other",
      await workbench.promote("other", { body: `return ctx.call("fetch", "weather", { path: "now" });` }),
    );
    await host.prepare("flights", other);
    await expect(ask(other)).rejects.toThrow('Cannot call fetch "weather" as the function does not declare it');
  } finally {
    closing.abort();
    Deno.env.delete("BOATHOUSE_SECRET_TEST");
  }
});
