import { expect, test } from "vitest";
import { DiskReserveError, watchReserve } from "./disk_reserve.ts";

const MIB = 1024 * 1024;

function watched(availableBytes: number) {
  const disk = { availableBytes, nowMs: 0, measured: 0 };
  const check = watchReserve({
    dir: "/data/bus",
    reserveBytes: 256 * MIB,
    availableBytes: () => (disk.measured++, disk.availableBytes),
    nowMs: () => disk.nowMs,
  });
  return { disk, check };
}

test("watchReserve() refuses once less than the reserve is left, and lets publishers in again after it", () => {
  const { disk, check } = watched(256 * MIB);
  check("flights", 10);
  disk.availableBytes--;
  expect(() => check("flights", 10)).toThrow(DiskReserveError);
  expect(() => check("flights", 10)).toThrow(
    'Cannot append to "flights" as the disk of "/data/bus" must keep 268435456 bytes free: 268435455 are left; ' +
      "free space on it, or truncate topics behind the lake",
  );
  disk.availableBytes++;
  check("flights", 10);
});

test("watchReserve() lets reserved topics use the reserve", () => {
  const { check } = watched(0);
  for (const topic of ["control", "alert", "evaluation", "model", "gap"]) check(topic, 10);
  expect(() => check("inference", 10)).toThrow(DiskReserveError);
});

test("watchReserve() measures once a second, every 16 MiB, and whenever what was written may have used the rest", () => {
  const { disk, check } = watched(1024 * MIB);
  for (let i = 0; i < 1_000; i++) check("flights", 1_000);
  expect(disk.measured).toBe(1);
  disk.nowMs = 1_001;
  check("flights", 0);
  expect(disk.measured).toBe(2);
  check("flights", 17 * MIB);
  expect(disk.measured).toBe(3);
  disk.availableBytes = 256 * MIB + 500;
  disk.nowMs = 3_000;
  for (let i = 0; i < 7; i++) check("flights", 100);
  expect(disk.measured).toBe(5);
});
