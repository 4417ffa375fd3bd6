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

test("unpack() refuses what is no frame, one that lacks its end, and never gives other content for a changed one", () => {
  expect(() => unpack(new Uint8Array(40))).toThrow(Error);
  const content = "flight ".repeat(500), frame = pack(Buffer.from(content));
  expect(() => unpack(frame.subarray(0, -6))).toThrow(/ bytes of 3500$/);
  for (let at = 0; at < frame.length; at++) {
    for (let change = 1; change < 256; change++) {
      const found = outcome(frame.map((byte, i) => i === at ? byte ^ change : byte));
      if (found !== "") expect(found, `byte ${at} changed by ${change}`).toBe(content);
    }
  }
});

function outcome(frame: Uint8Array): string {
  try {
    return unpack(frame).toString();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return "";
  }
}
