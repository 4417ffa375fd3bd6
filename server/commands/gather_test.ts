import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { gather } from "./gather.ts";

const never = new AbortController().signal;

async function* numbers(count: number, error?: Error): AsyncIterable<number> {
  for (let i = 0; i < count; i++) yield i;
  if (error) throw error;
}

test("gather() keeps every item in order, in batches of at most so many", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(50), fc.integer({ min: 1, max: 9 }), async (count, size) => {
      const batches = await Array.fromAsync(gather(numbers(count), { count: size, holdMs: 1000, signal: never }));
      expect(batches.flat()).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(batches.every(({ length }) => length > 0 && length <= size)).toBe(true);
    }),
  );
});

test("gather() yields what came before an error, then the error", async () => {
  const batches: number[][] = [], error = new RangeError("bad line");
  const all = (async () => {
    for await (const batch of gather(numbers(5, error), { count: 3, holdMs: 1000, signal: never })) batches.push(batch);
  })();
  await expect(all).rejects.toBe(error);
  expect(batches.flat()).toEqual([0, 1, 2, 3, 4]);
});

test("gather() lets no item wait for others that do not come", async () => {
  vi.useFakeTimers();
  try {
    const source = new ReadableStream<string>({ start: (controller) => controller.enqueue("a") });
    const reader = gather(source, { count: 10, holdMs: 500, signal: never })[Symbol.asyncIterator]();
    const first = reader.next();
    await vi.advanceTimersByTimeAsync(499);
    expect(await Promise.race([first, Promise.resolve("none yet")])).toBe("none yet");
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toEqual({ done: false, value: ["a"] });
  } finally {
    vi.useRealTimers();
  }
});

test("gather() ends with its signal, and what was gathered comes first", async () => {
  const stop = new AbortController();
  const source = new ReadableStream<string>({ start: (controller) => controller.enqueue("a") });
  const batches = Array.fromAsync(gather(source, { count: 10, holdMs: 60_000, signal: stop.signal }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  expect(await batches).toEqual([["a"]]);
});
