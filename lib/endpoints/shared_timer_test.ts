import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sharedTimer } from "./shared_timer.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

test("sharedTimer() calls back in time and order, but for what was taken back", () => {
  const after = sharedTimer(), rung: string[] = [];
  const begun = performance.now();
  const wait = (ms: number) => after(ms, () => rung.push(`${ms} at ${performance.now() - begun}`));
  wait(30);
  const taken = wait(10);
  wait(20);
  wait(1);
  taken();
  vi.advanceTimersByTime(25);
  expect(rung).toEqual(["1 at 1", "20 at 20"]);
  vi.advanceTimersByTime(25);
  expect(rung).toEqual(["1 at 1", "20 at 20", "30 at 30"]);
});

test("sharedTimer() leaves no timer behind when nothing waits", () => {
  const after = sharedTimer();
  const taken = [after(1_000, () => {}), after(10, () => {})];
  expect(vi.getTimerCount()).toBe(1);
  for (const take of taken) take();
  expect(vi.getTimerCount()).toBe(0);
});

test("sharedTimer() takes waits that a callback adds", () => {
  const after = sharedTimer(), rung: number[] = [];
  after(5, () => after(5, () => rung.push(10)));
  after(7, () => rung.push(7));
  vi.advanceTimersByTime(10);
  expect(rung).toEqual([7, 10]);
  expect(vi.getTimerCount()).toBe(0);
});
