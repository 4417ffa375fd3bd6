import { expect, test } from "vitest";
import { murmur2, partitionOf } from "./partition.ts";

test("murmur2() equals Kafka's (org.apache.kafka.common.utils.UtilsTest)", () => {
  const vectors: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of vectors) expect(murmur2(new TextEncoder().encode(text)), text).toBe(hash);
});

test("partitionOf() drops the sign, as Kafka does, and stays in range", () => {
  expect(partitionOf("foobar", 1000)).toBe((-790332482 & 0x7fffffff) % 1000);
  for (const key of ["", "a", "é", "✈", "\ud800"]) expect([0, 1, 2]).toContain(partitionOf(key, 3));
  expect(partitionOf("\ud800", 97)).toBe(partitionOf("\ufffd", 97));
  expect(partitionOf("anything", 1)).toBe(0);
});

test("partitionOf() spreads keys evenly", () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 40_000; i++) counts[partitionOf(`route-${i}`, 4)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test("partitionOf() refuses a number of partitions that is no positive integer", () => {
  for (const partitions of [0, -1, 1.5, NaN]) {
    expect(() => partitionOf("a", partitions)).toThrow(
      new RangeError(`Cannot find partition as their number must be a positive integer: got ${partitions}`),
    );
  }
});
