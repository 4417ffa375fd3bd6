import fc from "fast-check";
import { expect, test } from "vitest";
import { createFrameReader, encodeCommand, encodeMessage, readCommand } from "./frames.ts";

const MAX = 100_000;
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** Reads bytes in pieces that end at the given places. */
function readPieces(all: Uint8Array, ends: readonly number[]) {
  const reader = createFrameReader({ maxBytes: MAX });
  const cuts = [0, ...ends.map((end) => end % (all.length + 1)).sort((a, b) => a - b), all.length];
  return cuts.slice(1).flatMap((end, index) => reader.read(all.slice(cuts[index], end)));
}

test("createFrameReader() reads what encodeMessage() writes, however it is cut", () => {
  const message = fc.array(fc.oneof(bytes(20), bytes(700)), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(message, fc.array(fc.nat(), { maxLength: 8 }), (frames, ends) => {
    const read = readPieces(encodeMessage(frames), ends);
    expect(read).toEqual(frames.map((body, index) => {
      return { command: false, more: index < frames.length - 1, body };
    }));
  }));
});

test("encodeMessage() writes short and long frames as the specification says", () => {
  expect(encodeMessage([Uint8Array.of(7)])).toEqual(Uint8Array.of(0, 1, 7));
  expect(encodeMessage([Uint8Array.of(7), new Uint8Array()])).toEqual(Uint8Array.of(1, 1, 7, 0, 0));
  expect(encodeMessage([new Uint8Array(256)]).subarray(0, 9)).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 1, 0));
});

test("createFrameReader() reads a short body in the long form", () => {
  expect(readPieces(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1, 9), [])).toEqual([
    { command: false, more: false, body: Uint8Array.of(9) },
  ]);
});

test("createFrameReader() refuses a large frame before it comes", () => {
  const head = Uint8Array.of(2, 0, 0, 0, 0, 0, 1, 134, 161);
  expect(() => readPieces(head, [])).toThrow(
    new RangeError("Cannot take frame as it must have at most 100000 bytes: 100001"),
  );
  expect(() => readPieces(new Uint8Array(9).fill(255).with(0, 2), [])).toThrow(RangeError);
});

test("createFrameReader() refuses flags that mean nothing", () => {
  expect(() => readPieces(Uint8Array.of(8), [])).toThrow(
    new SyntaxError("Cannot take frame as its reserved flags must be 0: 8"),
  );
  expect(() => readPieces(Uint8Array.of(5, 0), [])).toThrow(
    new SyntaxError("Cannot take frame as a command must be one frame: more are announced"),
  );
});

test("createFrameReader() never throws anything but its own refusals, whatever comes", () => {
  fc.assert(fc.property(bytes(400), fc.array(fc.nat(), { maxLength: 8 }), (all, ends) => {
    try {
      readPieces(all, ends);
    } catch (error) {
      expect((error as Error).message).toMatch(/^Cannot take frame as /);
    }
  }));
});

test("readCommand() reads what encodeCommand() writes", () => {
  fc.assert(fc.property(bytes(600), (data) => {
    const [frame] = readPieces(encodeCommand("PING", data), []);
    expect(frame?.command).toBe(true);
    expect(readCommand(frame!.body)).toEqual({ name: "PING", data });
  }));
});

test("readCommand() refuses a command without a whole name", () => {
  for (const body of [[], [0], [4, 80, 73]]) {
    expect(() => readCommand(Uint8Array.from(body))).toThrow(
      new SyntaxError("Cannot read command as it must have a name"),
    );
  }
});
