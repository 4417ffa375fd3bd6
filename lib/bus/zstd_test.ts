import fc from "fast-check";
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { pack, unpack } from "./_zstd.ts";

test("unpack() gives back what pack() took, of every size that a header spells", () => {
  for (const bytes of [0, 1, 63, 64, 255, 256, 257, 65_791, 65_792, 70_000, 1_500_000]) {
    const content = new Uint8Array(bytes).map((_, i) => i * 31 + (i >> 8));
    expect(Buffer.compare(unpack(pack(content)), content), `${bytes} bytes`).toBe(0);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (content) => {
    expect([...unpack(pack(content))]).toEqual([...content]);
  }));
});

test("unpack() reads frames that do not tell their size, as older buses wrote them", () => {
  const content = Buffer.from("flight ".repeat(50_000));
  expect(Buffer.compare(unpack(zstdCompressSync(content)), content)).toBe(0);
});

test("unpack() refuses what is no frame, and a frame that was changed", () => {
  expect(() => unpack(new Uint8Array(40))).toThrow(Error);
  const frame = pack(Buffer.from("flight ".repeat(500)));
  fc.assert(fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const changed = Uint8Array.from(frame, (byte, i) => i === at ? byte ^ change : byte);
    expect(outcome(changed)).not.toBe(outcome(frame));
  }));
});

function outcome(frame: Uint8Array): string {
  try {
    return unpack(frame).toString();
  } catch (cause) {
    return (cause as Error).constructor.name;
  }
}
