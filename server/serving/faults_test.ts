import { expect, test } from "vitest";
import { type Faults, InjectedFault, NO_FAULTS, readFaults, suffer } from "./faults.ts";

async function read(...chunks: string[]): Promise<Faults[]> {
  const encoded = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return await Array.fromAsync(readFaults(ReadableStream.from(encoded)));
}

test("readFaults() reads a line each, however they are cut", async () => {
  expect(await read('{"models":{"m":', '1}}\n\n{"slowMs":{"m":5}}', "\n{}")).toEqual([
    { models: { m: 1 }, slowMs: {} },
    { models: {}, slowMs: { m: 5 } },
    { models: {}, slowMs: {} },
  ]);
  expect(await read("")).toEqual([]);
});

test.each<[string, ErrorConstructor, string]>([
  ["{\n", SyntaxError, 'Cannot read faults as a line must be JSON: got "{"'],
  ['{"models":{"m":2}}\n', TypeError, 'Cannot read faults as "models.m" is wrong: Too big'],
  ['{"model":{}}\n', TypeError, "Unrecognized key"],
  ["x".repeat(70_000), SyntaxError, "a line must be at most 65536 characters"],
])("readFaults() refuses %j", async (text, type, message) => {
  await expect(read(text)).rejects.toThrow(type);
  await expect(read(text)).rejects.toThrow(message);
});

test("suffer() fails the share of calls that was asked for", async () => {
  const faults = { models: { m: 0.5 }, slowMs: {} };
  await expect(suffer(faults, "m", 0.49)).rejects.toThrow(InjectedFault);
  await expect(suffer(faults, "m", 0.49)).rejects.toThrow('Model "m" failed by an injected fault');
  await suffer(faults, "m", 0.5);
  await suffer(faults, "other", 0);
  await suffer(NO_FAULTS, "m", 0);
});

test("suffer() holds a call back", async () => {
  const start = performance.now();
  await suffer({ models: {}, slowMs: { m: 30 } }, "m", 0);
  expect(performance.now() - start).toBeGreaterThan(28);
});

test("readFaults() ends when it is told to, however silent the pipe", async () => {
  const stop = new AbortController();
  const read = Array.fromAsync(readFaults(new ReadableStream({}), stop.signal));
  stop.abort();
  expect(await read).toEqual([]);
});
