import { expect, test } from "vitest";
import { type ControlState, EMPTY_STATE } from "../../lib/control/mod.ts";
import { followControl } from "./follow_control.ts";

const at = (offset: number): ControlState => ({ ...EMPTY_STATE, offset });
type OnChange = { signal: AbortSignal; onChange: (state: ControlState) => void };

test("followControl() takes one state at a time and skips those that were overtaken", async () => {
  const stop = new AbortController(), taken: number[] = [];
  let atOnce = 0, most = 0;
  await followControl({
    signal: stop.signal,
    onTrouble: () => {},
    control: {
      async follow({ onChange }: OnChange) {
        for (let offset = 1; offset <= 5; offset++) onChange(at(offset));
        await new Promise((resolve) => setTimeout(resolve, 60));
        onChange(at(6));
        stop.abort();
      },
    },
    async take({ offset }) {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 10));
      taken.push(offset);
      atOnce--;
    },
  });
  expect(taken).toEqual([1, 5, 6]);
  expect(most).toBe(1);
});

test("followControl() tries again after trouble, and says when it is over", async () => {
  const stop = new AbortController(), troubles: (string | null)[] = [];
  let tries = 0;
  await followControl({
    signal: stop.signal,
    onTrouble: (reason) => troubles.push(reason),
    control: {
      follow({ onChange }: OnChange) {
        if (++tries === 1) return Promise.reject(new Error("disk away"));
        onChange(at(1));
        stop.abort();
        return Promise.resolve();
      },
    },
    take: () => Promise.resolve(),
  });
  expect(troubles).toEqual(["disk away", null]);
});

test("followControl() goes on when a state cannot be taken over", async () => {
  const stop = new AbortController(), troubles: (string | null)[] = [];
  await followControl({
    signal: stop.signal,
    onTrouble: (reason) => troubles.push(reason),
    control: {
      async follow({ onChange }: OnChange) {
        onChange(at(1));
        await Promise.resolve();
        stop.abort();
      },
    },
    take: () => Promise.reject(new Error("object missing")),
  });
  expect(troubles).toEqual([null, "object missing"]);
});
