import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import type { Output, StreamOutput } from "../../lib/notebook/mod.ts";
import { type Child, startChild } from "./child.ts";

let bench: TempWorkbench;
let child: Child;

beforeAll(async () => {
  bench = await makeWorkbench();
  child = await startChild({ root: bench.root, cwd: bench.cwd });
  await child.execute("state", "const kept = 5");
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** Starts a cell, and settles when it runs: it prints a line of its own first. */
async function begin(source: string) {
  const begun = Promise.withResolvers<void>();
  const running = child.execute("a", `console.log("begun"); ${source}`, { onOutput: () => begun.resolve() });
  await begun.promise;
  return { running: running.then(({ outputs, ...rest }) => ({ ...rest, outputs: withoutBegun(outputs) })) };
}

function withoutBegun(outputs: Output[]): Output[] {
  const [first, ...rest] = outputs as [StreamOutput, ...Output[]];
  const text = first.text.slice("begun\n".length);
  return text === "" ? rest : [{ ...first, text }, ...rest];
}

async function isKept(): Promise<boolean> {
  const { outputs } = await child.execute("check", "kept");
  return JSON.stringify(outputs).includes(`"text/plain":"5"`);
}

const SPINS: Record<string, string> = {
  loop: "for (;;) {}",
  "loop after an await": "await 0; for (;;) {}",
  "loop in a function": "function f() { for (;;) {} }\nf()",
  "loop in an async function": "async function f() { for (;;) await null }\nawait f()",
  "loop of awaits": "while (true) await 0",
  "loop in a callback": "await Promise.resolve().then(() => { for (;;) {} })",
  "loop that catches": "for (;;) { try { JSON.parse('{') } catch {} }",
  "regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  "promise": "await new Promise(() => {})",
  "promise in a block": "if (true) { for (const x of [1]) { await new Promise(() => {}) } }",
  "promise of an import": "import { a } from 'data:text/javascript,await new Promise(() => {})'",
  "stream":
    "for await (const x of (async function* () { for (;;) { await new Promise((d) => setTimeout(d, 5)); yield 1 } })()) {}",
  "silent stream": "for await (const x of (async function* () { await new Promise(() => {}) })()) {}",
  "timer": "await new Promise((done) => setTimeout(done, 60_000))",
};

for (const [name, source] of Object.entries(SPINS)) {
  test(`interrupt() ends a cell in a ${name} and keeps the variables`, async () => {
    const { running } = await begin(source);
    await child.interrupt();
    const { status, outputs, error } = await running;
    expect(status).toBe("error");
    expect(outputs.at(-1)).toMatchObject({
      output_type: "error",
      ename: "Interrupted",
      evalue: "the cell was interrupted",
    });
    expect(error).toMatchObject({ name: "Interrupted" });
    expect(await isKept()).toBe(true);
  });
}

test("interrupt() names the line that waits, and runs finally blocks", async () => {
  const { running } = await begin(
    "try {\n  await new Promise(() => {});\n} finally {\n  console.log('cleaned');\n}",
  );
  await child.interrupt();
  const { error, outputs } = await running;
  expect(error).toMatchObject({ cell: "a", line: 2, column: 9 });
  expect(outputs[0]).toEqual({ output_type: "stream", name: "stdout", text: "cleaned\n" });
});

test("interrupt() of a printing loop keeps what was printed", async () => {
  const { running } = await begin("for (let i = 0; ; i++) console.log(i)");
  await child.interrupt();
  const { outputs } = await running;
  expect(outputs[0]).toMatchObject({ output_type: "stream", name: "stdout" });
  expect((outputs[0] as { text: string }).text).toMatch(/^0\n1\n2\n/);
  expect(await isKept()).toBe(true);
});

test("interrupt() aborts the signal that cells may pass on", async () => {
  const source = `const wait = (signal: AbortSignal) => new Promise((_, reject) => {
      const end = () => { console.log(signal.reason.message); reject(signal.reason); };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end);
    });
    await wait(__bh.signal)`;
  const { running } = await begin(source);
  await child.interrupt();
  expect((await running).outputs[0]).toMatchObject({ text: "the cell was interrupted\n" });
});

test("interrupt() of a cell that computes ends it where it waits next", async () => {
  // The first line that it prints after it was interrupted is told before it waits.
  const source = `while (!__bh.signal.aborted) for (let i = 0; i < 1_000; i++) Math.sqrt(i);
    console.log("heard");
    try {
      await 1;
    } finally {
      await 2;
      console.log("cleaned");
    }`;
  for (let times = 0; times < 20; times++) {
    const { running } = await begin(source);
    await child.interrupt();
    const { error, outputs } = await running;
    expect(error).toMatchObject({ name: "Interrupted", cell: "a", line: 4 });
    expect(outputs[0]).toMatchObject({ text: "heard\ncleaned\n" });
  }
  expect(await isKept()).toBe(true);
});

test("interrupt() without a running cell does nothing", async () => {
  await child.interrupt();
  expect(await isKept()).toBe(true);
});

test("execute() ends a cell after its time, and when its signal aborts", async () => {
  const late = await child.execute("a", "await new Promise(() => {})", { timeoutMs: 1_200 });
  expect(late.error).toMatchObject({ name: "TimeoutError", message: "the cell ran longer than 1,200 ms" });
  const abort = new AbortController();
  const running = child.execute("b", "for (;;) {}", { signal: abort.signal });
  setTimeout(() => abort.abort(), 60);
  expect((await running).error).toMatchObject({ name: "Interrupted" });
  const before = await child.execute("c", "console.log('never')", { signal: AbortSignal.abort() });
  expect(before.outputs).toMatchObject([{ output_type: "error", ename: "Interrupted" }]);
  expect(await isKept()).toBe(true);
});

test("execute() survives a collection of garbage while a cell waits", async () => {
  const source =
    `const fill = setInterval(() => { const all = []; for (let i = 0; i < 200_000; i++) all.push({ i }) }, 1);
    await new Promise(() => {})`;
  const { error } = await child.execute("a", source, { timeoutMs: 1_500 });
  expect(error).toMatchObject({ name: "TimeoutError" });
  await child.execute("b", "clearInterval(fill)");
  expect(await isKept()).toBe(true);
});

test("execute() survives fifty terminated loops", async () => {
  for (let index = 0; index < 50; index++) await child.execute("a", "for (;;) {}", { timeoutMs: 1 });
  expect(await isKept()).toBe(true);
}, 120_000);

test("execute() kills a cell that goes on all the same, and says that the variables are gone", async () => {
  const { error } = await child.execute(
    "a",
    "for (;;) { try { await new Promise((d) => setTimeout(d, 50)) } catch {} }",
    { timeoutMs: 50 },
  );
  expect(error).toEqual({
    name: "ProcessEnded",
    message:
      "the cell ran longer than 50 ms and did not stop: its process ended (killed); the next cell starts in a fresh one, without the variables so far",
  });
  expect((await child.execute("b", "typeof kept")).outputs).toMatchObject([{ data: { "text/plain": `"undefined"` } }]);
});

test("execute() says of a printing loop that was terminated why, whatever V8 says", async () => {
  const names: (string | undefined)[] = [];
  for (let times = 0; times < 20; times++) {
    const { error } = await child.execute("a", `while (true) { console.log("x"); }`, { timeoutMs: 50 });
    names.push(error?.name);
  }
  expect(names).toEqual(Array(20).fill("TimeoutError"));
}, 60_000);

test("execute() says why a cell was ended that throws meanwhile, and keeps what it threw as the cause", async () => {
  const source = `try { await new Promise(() => {}) } finally { throw new RangeError("in clean-up") }`;
  const { error, outputs } = await child.execute("a", source, { timeoutMs: 50 });
  expect(error).toMatchObject({ name: "TimeoutError", message: "the cell ran longer than 50 ms" });
  expect(JSON.stringify(outputs)).toContain("[cause]: RangeError: in clean-up");
  const thrown = await child.execute("a", source.replace(/throw.*\)/, "throw null"), { timeoutMs: 50 });
  expect(thrown.error).toMatchObject({ name: "TimeoutError" });
});
