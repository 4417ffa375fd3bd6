import { expect, test } from "vitest";
import { durationText, remainingMs, watchRun } from "./run_progress.ts";

const ended = (id: string, ms: number) => ({ id, label: id, status: "ok", ms });

test("remainingMs() takes what cells took the last time, and the mean for others", () => {
  expect(remainingMs([], 2, {})).toBe(null);
  expect(remainingMs([], 2, { a: 10, b: 20 })).toBe(30);
  expect(remainingMs([ended("a", 90)], 3, { a: 10, b: 20 })).toBe(110);
  expect(remainingMs([ended("a", 10), ended("b", 20)], 4, {})).toBe(30);
  expect(remainingMs([ended("a", 10)], 1, {})).toBe(0);
});

test("durationText() says durations as people do", () => {
  expect([0.4, 999, 1_000, 59_940, 60_000, 3_725_000].map(durationText)).toEqual([
    "0 ms",
    "999 ms",
    "1.0 s",
    "59.9 s",
    "1 min 0 s",
    "62 min 5 s",
  ]);
});

test("watchRun() says a line for each cell that ended", () => {
  const lines: string[] = [];
  using watch = watchRun("a.ipynb", { note: (line) => lines.push(line) });
  watch.onProgress({ done: 0, total: 2, label: "x" });
  watch.onCell(ended("x", 12));
  expect(lines).toEqual(["a.ipynb 1/2 x: ok, 12 ms"]);
});
