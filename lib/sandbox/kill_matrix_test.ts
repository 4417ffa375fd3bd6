import { expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { openSandbox, type Sandbox, SandboxError, type SandboxErrorKind, type SandboxFunction } from "./mod.ts";

const MIB = 2 ** 20;
const BUDGET_MS = 150;
// What a kill may take beyond the budget on a busy machine: noticing it, SIGKILL, and the next process.
const SLACK_MS = 2_000;

interface Case {
  name: string;
  bundle: string;
  kinds: SandboxErrorKind[];
  budgetMs?: number;
  /** Whether the process must go for it. */
  kills: boolean;
  message?: RegExp;
}

const handler = (body: string) => `export async function handler(input, ctx) { ${body} }`;

const CASES: Case[] = [
  { name: "a loop in the handler", bundle: handler("for (;;);"), kinds: ["timeout"], kills: true },
  {
    name: "a loop after an await",
    bundle: handler("await null; await ctx.call('model', 'm', 1); for (;;);"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a loop of awaits",
    bundle: handler("for (;;) await null;"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a loop of timers",
    bundle: handler("for (;;) await new Promise((done) => setTimeout(done, 1));"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a catastrophic regex",
    bundle: handler("return /^(a+)+$/.test('a'.repeat(40) + '!');"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "Atomics.wait",
    bundle: handler("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a heap blow-up",
    bundle: handler("const all = []; for (;;) all.push({ x: [all.length] });"),
    kinds: ["memory"],
    budgetMs: 20_000,
    kills: true,
  },
  {
    name: "array buffers beyond the heap limit",
    bundle: handler("const all = []; for (;;) all.push(new Uint8Array(4e6).fill(1));"),
    kinds: ["memory"],
    budgetMs: 20_000,
    kills: true,
  },
  {
    name: "array buffers filled between awaits",
    bundle: handler("const all = []; for (;;) { all.push(new Uint8Array(4e6).fill(1)); await null; }"),
    kinds: ["memory"],
    budgetMs: 20_000,
    kills: true,
  },
  {
    name: "one huge allocation",
    bundle: handler("const a = new Array(5e7); for (let i = 0; i < 5e7; i++) a[i] = { i }; return 1;"),
    kinds: ["memory"],
    budgetMs: 20_000,
    kills: true,
  },
  {
    name: "an endless log",
    bundle: handler("for (;;) console.log('x'.repeat(1000));"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a flood of messages to the host",
    bundle: handler(
      "const all = []; for (let i = 0; i < 1e6; i++) all.push(ctx.call('model', 'm', i)); await Promise.all(all);",
    ),
    kinds: ["error"],
    kills: false,
    message: /at most 256 times/,
  },
  {
    name: "a flood of unhandled rejections",
    bundle: handler("for (;;) { Promise.reject(new Error('x'.repeat(5_000))); await null; }"),
    kinds: ["timeout", "memory"],
    kills: true,
  },
  {
    name: "a flood of timers",
    bundle: handler("for (;;) { for (let i = 0; i < 1_000; i++) setTimeout(() => {}, 60_000); await null; }"),
    kinds: ["timeout", "memory"],
    kills: true,
  },
  {
    name: "a promise that never settles",
    bundle: handler("await new Promise(() => {});"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "a function as answer",
    bundle: handler("return { f() {} };"),
    kinds: ["error"],
    kills: false,
    message: /\/f must be JSON: got function/,
  },
  {
    name: "a bigint as answer",
    bundle: handler("return [10n];"),
    kinds: ["error"],
    kills: false,
    message: /\/0 must be JSON: got the bigint 10/,
  },
  {
    name: "a cycle as answer",
    bundle: handler("const a = {}; a.a = a; return a;"),
    kinds: ["error"],
    kills: false,
    message: /cycle/,
  },
  {
    name: "a proxy that loops as answer",
    bundle: handler("return new Proxy({}, { ownKeys() { for (;;); } });"),
    kinds: ["timeout"],
    kills: true,
  },
  {
    name: "NaN as answer",
    bundle: handler("return { minutes: 0 / 0 };"),
    kinds: ["error"],
    kills: false,
    message: /\/minutes must be JSON: got NaN/,
  },
  { name: "no answer", bundle: handler(""), kinds: ["error"], kills: false, message: /got undefined/ },
  {
    name: "a huge answer",
    bundle: handler("return 'x'.repeat(5e6);"),
    kinds: ["error"],
    kills: false,
    message: /at most 4000000 characters/,
  },
  {
    name: "an error",
    bundle: handler("throw new RangeError('boom');"),
    kinds: ["error"],
    kills: false,
    message: /threw RangeError: boom/,
  },
  {
    name: "a thrown nothing",
    bundle: handler("throw undefined;"),
    kinds: ["error"],
    kills: false,
    message: /threw Error: undefined/,
  },
  {
    name: "endless recursion",
    bundle: handler("const f = () => f() + 1; return f();"),
    kinds: ["error"],
    kills: false,
    message: /call stack/,
  },
  {
    name: "Deno.exit",
    bundle: handler("Deno.exit(3);"),
    kinds: ["error"],
    kills: false,
    message: /Deno is not defined/,
  },
  {
    name: "process.exit",
    bundle: handler("process.exit(3);"),
    kinds: ["error"],
    kills: false,
    message: /process is not defined/,
  },
  { name: "close", bundle: handler("close();"), kinds: ["error"], kills: false, message: /close is not defined/ },
];

async function withNeighbours<T>(
  bad: SandboxFunction,
  task: (sandbox: Sandbox) => Promise<T>,
): Promise<{ result: T; asked: number; answered: number; wrong: number }> {
  const host = { call: (request: { payload: Json }) => later(5, request.payload) };
  await using sandbox = await openSandbox({ product: "matrix", host, heapBytes: 96 * MIB });
  const neighbours = ["n1", "n2", "n3"];
  for (const hash of neighbours) {
    const bundle =
      "export const handler = async (x, ctx) => ({ x: await ctx.call('model', 'm', x), at: Date.now(), r: Math.random() })";
    await sandbox.load({ hash, bundle, budgetMs: 30_000, memoryBytes: 64 * MIB });
  }
  await sandbox.load(bad);
  const count = { asked: 0, answered: 0, wrong: 0 };
  let stop = false;
  const ask = async (hash: string, first: number) => {
    for (let x = first; !stop; x += 10) {
      count.asked++;
      const context = { decision: `${hash}-${x}`, nowMs: x, seed: "s", budgetMs: 30_000 };
      const { output } = await sandbox.call(hash, x, context);
      count.answered++;
      if ((output as { x: number; at: number }).x !== x || (output as { at: number }).at !== x) count.wrong++;
    }
  };
  const asking = Promise.all(neighbours.flatMap((hash) => [0, 1, 2, 3].map((first) => ask(hash, first))));
  await later(20, null);
  const result = await task(sandbox);
  // Behind the end of the bad one each neighbour is answered once more.
  const answered = count.answered;
  await until(() => count.answered >= answered + 12, 30_000);
  stop = true;
  await asking;
  return { result, ...count };
}

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}

function until(met: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  return (async () => {
    while (!met()) {
      if (performance.now() > end) throw new Error(`not met within ${timeoutMs} ms`);
      await later(10, null);
    }
  })();
}

const context = (budgetMs = BUDGET_MS) => ({ decision: "bad", nowMs: 0, seed: "s", budgetMs });

for (const { name, bundle, kinds, kills, message, ...more } of CASES) {
  // Only what must be ended for time has little of it.
  const budgetMs = more.budgetMs ?? (kills ? BUDGET_MS : 20_000);
  test(`call() ends ${name} in time, and every neighbour is answered`, async () => {
    const bad = { hash: "bad", bundle, budgetMs, memoryBytes: 64 * MIB };
    const { result, asked, answered, wrong } = await withNeighbours(bad, async (sandbox) => {
      const begun = performance.now();
      const error = await sandbox.call("bad", 1, context(budgetMs)).then(() => null, (cause) => cause);
      const ms = performance.now() - begun;
      const ended = () => Object.values(sandbox.stats().ended).reduce((a, b) => a + b, 0);
      if (kills) await until(() => ended() > 0, SLACK_MS);
      return { error, ms, stats: sandbox.stats(), ended: ended() };
    });
    expect(result.error).toBeInstanceOf(SandboxError);
    expect(kinds).toContain(result.error.kind);
    if (message) expect(result.error.message).toMatch(message);
    expect(result.ms).toBeLessThan(budgetMs + SLACK_MS);
    expect(result.stats.quarantined).toEqual(kills ? ["bad"] : []);
    expect(result.ended > 0).toBe(kills);
    expect(asked).toBeGreaterThan(12);
    expect({ answered, wrong }).toEqual({ answered: asked, wrong: 0 });
  });
}

for (
  const { name, bundle, kind, loadMs = 20_000 } of [
    { name: "loops", bundle: "for (;;);", kind: "timeout", loadMs: 2_000 },
    {
      name: "never ends",
      bundle: "await new Promise(() => {}); export const handler = () => 1;",
      kind: "timeout",
      loadMs: 2_000,
    },
    { name: "fills the heap", bundle: "const all = []; for (;;) all.push({ x: [all.length] });", kind: "memory" },
    { name: "throws", bundle: "throw new TypeError('top');", kind: "error" },
    { name: "reads the clock", bundle: "const t = Date.now(); export const handler = () => t;", kind: "error" },
    { name: "is no code", bundle: "export const =", kind: "error" },
    { name: "exports no handler", bundle: "export const x = 1;", kind: "error" },
  ]
) {
  test(`load() refuses a module whose top level ${name}, without touching a neighbour`, async () => {
    const host = { call: () => Promise.resolve(null) };
    await using sandbox = await openSandbox({ product: "matrix", host, heapBytes: 64 * MIB, loadMs });
    await sandbox.load({ hash: "good", bundle: handler("return input"), budgetMs: 5_000, memoryBytes: 64 * MIB });
    const pid = sandbox.stats().processes[0]!.pid;
    const error = await sandbox.load({ hash: "bad", bundle, budgetMs: 100, memoryBytes: 64 * MIB }).catch((e) => e);
    expect(error).toBeInstanceOf(SandboxError);
    expect(error.kind).toBe(kind);
    expect((await sandbox.call("good", 7, context(5_000))).output).toBe(7);
    expect(sandbox.stats().processes[0]!.pid).toBe(pid);
    await expect(sandbox.call("bad", 1, context())).rejects.toThrow(
      'Cannot call function "bad" of "matrix" as it is not loaded: call load() first',
    );
    await sandbox.load({ hash: "next", bundle: handler("return 2"), budgetMs: 5_000, memoryBytes: 64 * MIB });
    expect((await sandbox.call("next", 7, context(5_000))).output).toBe(2);
  });
}
