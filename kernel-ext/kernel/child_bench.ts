/** The process of the cells: its start against a bare `deno run`, a cell's round trip, lines printed by one cell. */
import { type Child, startChild } from "./mod.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

async function medianMs(times: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const spent: number[] = [];
  for (let index = 0; index < times; index++) {
    const start = performance.now();
    await run(index);
    spent.push(performance.now() - start);
  }
  return spent.sort((a, b) => a - b)[times >> 1]!;
}

async function bareDeno(): Promise<void> {
  const args = ["run", "--no-check", "--config", `${root}/deno.json`, "data:text/javascript,0"];
  await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
}

function print(name: string, value: number, unit: string, against: object = {}): void {
  console.log(JSON.stringify({ name, value, unit, ...against }));
}

async function interruptMs(source: string): Promise<number> {
  const running = child.execute("s", source);
  await new Promise((done) => setTimeout(done, 100));
  const start = performance.now();
  await child.interrupt();
  await running;
  return performance.now() - start;
}

const children: Child[] = [];
const bareMs = await medianMs(10, bareDeno);
const startMs = await medianMs(10, async () => children.push(await startChild({ root, cwd: root })));
print("start of a cell process, p50", startMs, "ms", { ratio: startMs / bareMs, peer: "bare deno run" });

const child = children.pop()!;
for (const other of children) await other[Symbol.asyncDispose]();
await medianMs(50, (index) => child.execute("warm", `const w${index} = ${index}; w${index}`));
const tripMs = await medianMs(500, (index) => child.execute("c", `const v${index} = ${index}; v${index}`));
print("round trip of a cell, compiled and shown, p50", tripMs, "ms");
const linesMs = await medianMs(
  5,
  () => child.execute("l", `for (let i = 0; i < 20_000; i++) console.log("line " + i)`),
);
print("20,000 lines printed by one cell, p50", linesMs, "ms");
for (
  const [name, source] of [["pending await", "await new Promise(() => {})"], ["busy loop", "for (;;) {}"]] as const
) {
  const stops: number[] = [];
  for (let index = 0; index < 5; index++) stops.push(await interruptMs(source));
  print(`interrupt of a ${name}, p50`, stops.sort((a, b) => a - b)[2]!, "ms");
}
await child[Symbol.asyncDispose]();
