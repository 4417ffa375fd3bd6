import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, type Frame, frameReader, frameWriter, KEY_BYTES, MAX_FRAME_BYTES } from "./_frames.ts";

const key = new Uint8Array(KEY_BYTES).map((_, i) => i + 200);

test("frameReader() gives back what encodeFrame() wrote, however it is cut", () => {
  const frames = fc.array(fc.record({ worker: fc.nat(2 ** 32 - 1), text: fc.string({ unit: "grapheme" }) }), {
    maxLength: 8,
  });
  fc.assert(fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (written, cuts) => {
    const bytes = written.flatMap(({ worker, text }) => [...encodeFrame({ worker, key, text })]);
    const read: Frame[] = [];
    const feed = frameReader((frame) => read.push(frame));
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = cuts[i % cuts.length]!;
      feed(new Uint8Array(bytes.slice(at, at + size)));
      at += size;
    }
    expect(read).toEqual(written.map(({ worker, text }) => ({ worker, key, text })));
  }));
});

test("frameReader() refuses a frame beyond the limit before it arrives", () => {
  const header = new Uint8Array(24);
  new DataView(header.buffer).setUint32(0, MAX_FRAME_BYTES + 1, true);
  expect(() => frameReader(() => {})(header)).toThrow(
    new RangeError(
      `Cannot read a frame as it must have at most ${MAX_FRAME_BYTES} bytes: it says ${MAX_FRAME_BYTES + 1}`,
    ),
  );
});

test("frameWriter() joins what waits, keeps the order, and tells of a broken pipe", async () => {
  const chunks: Uint8Array[] = [];
  const errors: unknown[] = [];
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    async write(chunk) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (chunks.length === 2) throw new Error("gone");
      chunks.push(chunk);
    },
  });
  const write = frameWriter(stream, (cause) => errors.push(cause));
  for (let worker = 0; worker < 50; worker++) write({ worker, key, text: `[${worker}]` });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const read: number[] = [];
  const feed = frameReader((frame) => read.push(frame.worker));
  chunks.forEach(feed);
  expect(chunks).toHaveLength(2);
  expect(read).toEqual(Array.from({ length: 50 }, (_, i) => i));
  write({ worker: 1, key, text: "[]" });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(errors).toEqual([new Error("gone")]);
});
