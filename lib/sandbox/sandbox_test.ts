import { afterEach, expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { type HostRequest, openSandbox, type Sandbox, SandboxError, type SandboxFunction } from "./mod.ts";

const MIB = 2 ** 20;
let sandbox: Sandbox;

afterEach(() => sandbox[Symbol.asyncDispose]());

const fn = (hash: string, body: string, some: Partial<SandboxFunction> = {}): SandboxFunction => ({
  hash,
  bundle: `export async function handler(input, ctx) { ${body} }`,
  budgetMs: 20_000,
  memoryBytes: 64 * MIB,
  ...some,
});
const context = (decision: string, budgetMs = 20_000) => ({ decision, nowMs: 0, seed: decision, budgetMs });
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("call() gives output, host calls in order, times and logs", async () => {
  const host = { call: ({ payload }: HostRequest) => Promise.resolve({ echo: payload }) };
  sandbox = await openSandbox({ product: "p", host });
  await sandbox.load(
    fn("h", "console.log('in'); return [await ctx.call('model', 'm', input), await ctx.call('lookup', 'l', [1])];"),
  );
  expect(await sandbox.call("h", { a: 1 }, context("d"))).toEqual({
    output: [{ echo: { a: 1 } }, { echo: [1] }],
    calls: [
      { kind: "model", name: "m", index: 0, payload: { a: 1 }, reply: { echo: { a: 1 } }, ms: expect.any(Number) },
      { kind: "lookup", name: "l", index: 1, payload: [1], reply: { echo: [1] }, ms: expect.any(Number) },
    ],
    ms: expect.any(Number),
    queueMs: expect.any(Number),
    logs: ["in"],
  });
});

test("call() answers many at once, each its own, whatever the order", async () => {
  const host = { call: async ({ payload }: HostRequest) => (await later(Math.random() * 20), payload) };
  sandbox = await openSandbox({ product: "p", host, spares: 0 });
  await sandbox.load(fn("a", "return ['a', await ctx.call('model', 'm', input)];"));
  await sandbox.load(fn("b", "return ['b', input];"));
  const ask = async (hash: string, i: number) => (await sandbox.call(hash, i, context(`${hash}${i}`))).output;
  const outputs = await Promise.all(Array.from({ length: 2_000 }, (_, i) => ask(i % 2 ? "a" : "b", i)));
  outputs.forEach((output, i) => expect(output).toEqual([i % 2 ? "a" : "b", i]));
});

test("a killed process's calls are sent again, and the host is asked each question once", async () => {
  const asked: string[] = [];
  const host = {
    call: async (request: HostRequest): Promise<Json> => {
      asked.push(`${request.hash}/${request.decision}/${request.index}`);
      await later(request.index === 0 ? 1 : 150);
      return asked.length;
    },
  };
  sandbox = await openSandbox({ product: "p", host });
  await sandbox.load(
    fn("good", "return [await ctx.call('model', 'm', 0), await ctx.call('model', 'm', 1), Math.random(), Date.now()];"),
  );
  await sandbox.load(fn("bad", "for (;;);", { budgetMs: 30 }));
  const reference = (await sandbox.call("good", null, context("d0"))).output as number[];
  const good = Promise.all(Array.from({ length: 20 }, (_, i) => sandbox.call("good", null, context(`d${i + 1}`))));
  await later(30);
  await expect(sandbox.call("bad", null, context("x"))).rejects.toThrow(
    "Cannot answer within the budget of 30 ms: the function had not ended",
  );
  const answers = await good;
  expect(sandbox.stats().ended).toEqual({ timeout: 1, memory: 0, crash: 0 });
  expect(sandbox.stats().resent).toBeGreaterThanOrEqual(20);
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked).toHaveLength(42);
  answers.forEach(({ output, calls }) =>
    expect(calls.map(({ reply }) => reply)).toEqual((output as number[]).slice(0, 2))
  );
  expect((await sandbox.call("good", null, context("d0"))).output).toEqual([43, 44, ...reference.slice(2)]);
});

test("of a function's own calls only the guilty one fails", async () => {
  const host = {
    async call({ name }: HostRequest): Promise<Json> {
      await later(50);
      while (name === "slow" && sandbox.stats().ended.memory === 0) await later(5);
      return 1;
    },
  };
  sandbox = await openSandbox({ product: "p", host, heapBytes: 64 * MIB });
  await sandbox.load(fn(
    "mixed",
    `await ctx.call("model", "m", input);
     if (input === 7) { const all = []; for (;;) all.push({ x: [all.length] }); }
     if (input < 20) await ctx.call("model", "slow", input);
     return input;`,
  ));
  // Each asks again as soon as it is answered, so that calls arrive while the suspects are tried one by one.
  const ask = async (i: number) => {
    const first = await sandbox.call("mixed", i, context(`d${i}`));
    expect((await sandbox.call("mixed", 200 + i, context(`f${i}`))).output).toBe(200 + i);
    return first;
  };
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => ask(i)));
  const failed = results.flatMap((result, i) => result.status === "rejected" ? [{ i, kind: result.reason.kind }] : []);
  expect(failed).toEqual([{ i: 7, kind: "memory" }]);
  results.forEach((result, i) => result.status === "fulfilled" && expect(result.value.output).toBe(i));
  expect(sandbox.stats().quarantined).toEqual(["mixed"]);
  const again = await Promise.all(
    Array.from({ length: 50 }, (_, i) => sandbox.call("mixed", 100 + i, context(`e${i}`))),
  );
  expect(again.map(({ output }) => output)).toEqual(Array.from({ length: 50 }, (_, i) => 100 + i));
});

test("a process killed from outside costs no answer", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: async () => (await later(40), 1) } });
  for (const hash of ["a", "b", "c"]) {
    await sandbox.load(fn(hash, "return [input, await ctx.call('model', 'm', input)];"));
  }
  const answers = Promise.all(
    Array.from({ length: 60 }, (_, i) => sandbox.call("abc"[i % 3]!, i, context(`d${i}`))),
  );
  await later(10);
  Deno.kill(sandbox.stats().processes[0]!.pid, "SIGKILL");
  expect((await answers).map(({ output }) => output)).toEqual(Array.from({ length: 60 }, (_, i) => [i, 1]));
  expect(sandbox.stats().ended.crash).toBe(1);
});

test("a quarantined function goes on in a process of its own, and can hurt only itself", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) } });
  await sandbox.load(fn("good", "return input;"));
  await sandbox.load(fn("bad", "if (input === 'loop') for (;;); return input;", { budgetMs: 2_000 }));
  await expect(sandbox.call("bad", "loop", context("d"))).rejects.toThrow(/budget of 2000 ms/);
  while (sandbox.stats().quarantined.length === 0) await later(5);
  const main = () => sandbox.stats().processes.find(({ role }) => role === "main")!.pid;
  const before = main();
  for (let round = 0; round < 3; round++) {
    await expect(sandbox.call("bad", "loop", context("d"))).rejects.toThrow(SandboxError);
    while (sandbox.stats().ended.timeout < round + 2) await later(5);
    expect((await sandbox.call("bad", "fine", context("d"))).output).toBe("fine");
  }
  expect(main()).toBe(before);
  expect(sandbox.stats().processes.map(({ role }) => role).sort()).toEqual(["main", "quarantine", "spare"]);
  expect(sandbox.stats().ended.timeout).toBe(4);
});

test("a busy function answers late calls with timeout, and no process is ended for it", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) }, spares: 0 });
  await sandbox.load(
    fn("slow", "let x = 0; for (let i = 0; i < 4e6; i++) x += Math.sqrt(i); return x;"),
  );
  await sandbox.call("slow", null, context("warm"));
  const results = await Promise.allSettled(
    Array.from({ length: 400 }, (_, i) => sandbox.call("slow", i, context(`d${i}`, 400))),
  );
  const kinds = results.map((result) => result.status === "fulfilled" ? "ok" : result.reason.kind);
  expect(new Set(kinds)).toEqual(new Set(["ok", "timeout"]));
  expect(sandbox.stats().ended).toEqual({ timeout: 0, memory: 0, crash: 0 });
});

test("a call whose host is slow is answered in time, and its process stays", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: () => later(2_000).then(() => 1) }, spares: 0 });
  await sandbox.load(fn("wait", "return ctx.call('model', 'm', input);"));
  const begun = performance.now();
  const error = await sandbox.call("wait", 1, context("d", 50)).catch((e) => e);
  expect(error.kind).toBe("timeout");
  expect(performance.now() - begun).toBeLessThan(1_000);
  await later(500);
  expect(sandbox.stats().ended).toEqual({ timeout: 0, memory: 0, crash: 0 });
});

test("a thrown error names class, message and place in the bundle", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) }, spares: 0 });
  const bundle = "function inner() {\n  throw new RangeError('boom');\n}\nexport const handler = () => inner();";
  await sandbox.load({ ...fn("e", ""), bundle });
  const error: SandboxError = await sandbox.call("e", 1, context("d")).catch((e) => e);
  expect(error.message).toBe("Cannot answer as the function threw RangeError: boom");
  expect(error.detail.name).toBe("RangeError");
  expect(error.detail.stack!.split("\n").slice(0, 3)).toEqual([
    "RangeError: boom",
    "    at inner (bundle.js:2:9)",
    "    at handler (bundle.js:4:30)",
  ]);
  expect(error.detail.stack).not.toMatch(/blob:/);
});

test("load() refuses what it cannot hold, and takes a function once", async () => {
  sandbox = await openSandbox({
    product: "flights",
    host: { call: () => Promise.resolve(null) },
    spares: 0,
    heapBytes: 64 * MIB,
  });
  await expect(sandbox.load(fn("big", "", { memoryBytes: 65 * MIB }))).rejects.toThrow(
    new RangeError(
      'Cannot load function "big" of "flights" as it may use at most 67108864 bytes: it asks for 68157440',
    ),
  );
  await expect(sandbox.load(fn("zero", "", { budgetMs: 0 }))).rejects.toThrow(
    new RangeError('Cannot load function "zero" of "flights" as budgetMs must be above 0: got 0'),
  );
  await Promise.all([sandbox.load(fn("a", "return 1;")), sandbox.load(fn("a", "return 1;"))]);
  expect(sandbox.stats().processes.map(({ functions }) => functions)).toEqual([1]);
  await expect(sandbox.call("b", 1, context("d"))).rejects.toThrow(
    new RangeError('Cannot call function "b" of "flights" as it is not loaded: call load() first'),
  );
});

test("closing answers what is in flight, and leaves no process", async () => {
  sandbox = await openSandbox({ product: "p", host: { call: () => new Promise(() => {}) } });
  await sandbox.load(fn("wait", "return ctx.call('model', 'm', 1);"));
  const pids = sandbox.stats().processes.map(({ pid }) => pid);
  const waiting = sandbox.call("wait", 1, context("d")).catch((e) => e);
  await sandbox[Symbol.asyncDispose]();
  expect(await waiting).toMatchObject({ kind: "crash", message: "Cannot answer as the sandbox was closed" });
  for (const pid of pids) expect(() => Deno.kill(pid, "SIGCONT")).toThrow();
  await expect(sandbox.call("wait", 1, context("d"))).rejects.toThrow("Cannot answer as the sandbox is closed");
  await expect(sandbox.load(fn("x", ""))).rejects.toThrow("Cannot load a function as the sandbox is closed");
});
