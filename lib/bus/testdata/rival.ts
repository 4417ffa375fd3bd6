import { openBus } from "../mod.ts";

/** Appends in tight loops between two moments; prints how many appends got through and how long they waited. */
const [dir, startMs, endMs, size, loops] = Deno.args;
await using bus = await openBus({ kind: "sqlite", dir: dir! });
await new Promise((resolve) => setTimeout(resolve, Number(startMs) - Date.now()));
const messages = Array.from(
  { length: Number(size) },
  () => ({ key: null, eventTimeMicros: null, value: "x".repeat(190) }),
);
const waits: number[] = [];
await Promise.all(Array.from({ length: Number(loops) }, loop));
waits.sort((a, b) => a - b);
const [p50Ms, p99Ms, worstMs] = [0.5, 0.99, 1].map((share) => Math.ceil(waits[Math.ceil(waits.length * share) - 1]!));
console.log(JSON.stringify({ appends: waits.length, p50Ms, p99Ms, worstMs }));

async function loop(): Promise<void> {
  while (Date.now() < Number(endMs)) {
    const began = performance.now();
    await bus.append("rivals", 0, messages);
    waits.push(performance.now() - began);
  }
}
