import { expect, test } from "vitest";
import { largeParts } from "./large_parts.ts";

const small = (type?: "bytes") => {
  const seen = { cancelled: false };
  let left = 10;
  const source = {
    pull(controller: { enqueue(part: Uint8Array): void; close(): void }) {
      if (left-- > 0) controller.enqueue(new Uint8Array([left, left]));
      else controller.close();
    },
    cancel: () => void (seen.cancelled = true),
  };
  const stream = type ? new ReadableStream({ type, ...source } as UnderlyingByteSource) : new ReadableStream(source);
  return { stream: stream as ReadableStream<Uint8Array<ArrayBuffer>>, seen };
};
const lengths = async (parts: AsyncIterable<Uint8Array>) => (await Array.fromAsync(parts)).map(({ length }) => length);

test("largeParts() joins what is small, and leaves a stream of this process as it is", async () => {
  expect(await lengths(largeParts(small().stream, 8))).toEqual(Array(10).fill(2));
  const file = Deno.makeTempFileSync();
  Deno.writeFileSync(file, new Uint8Array(300_000).map((_, i) => i % 251));
  const parts = await Array.fromAsync(largeParts((await Deno.open(file)).readable, 200_000));
  expect(parts.map(({ length }) => length)).toEqual([200_000, 100_000]);
  expect(new Uint8Array(parts.flatMap((part) => [...part]))).toEqual(Deno.readFileSync(file));
  expect(await lengths(largeParts(new Blob([]).stream(), 8))).toEqual([]);
});

test.each([undefined, "bytes"] as const)(
  "largeParts() of a stream of %s cancels it when nobody reads on",
  async (type) => {
    const { stream, seen } = small(type);
    for await (const _ of largeParts(stream, 4)) break;
    expect(seen.cancelled).toBe(true);
  },
);
