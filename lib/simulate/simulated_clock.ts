import type { Clock } from "../endpoints/mod.ts";

/** The clock of a simulated plan: work takes no time on it, injected slowness does. */
export interface SimulatedClock extends Clock {
  /** Waits some milliseconds of simulated time. */
  sleep(ms: number): Promise<void>;
  /** Counts work in hand: while there is any, time stands still. */
  during<T>(work: Promise<T>): Promise<T>;
}

/**
 * Makes a clock on which a busy machine makes no step late: what a simulation says of an answer hangs on the revision
 * alone, and its latency is measured beside it.
 *
 * @returns the clock, at 0
 * @example
 * ```ts
 * import { simulatedClock } from "./simulated_clock.ts";
 * const clock = simulatedClock();
 * await clock.sleep(60_000);
 * if (clock.nowMs() !== 60_000) throw new Error("unexpected");
 * ```
 */
export function simulatedClock(): SimulatedClock {
  const timers = new Set<{ atMs: number; ring: () => void }>();
  let nowMs = 0, working = 0, sleeping = 0;
  const after = (ms: number, ring: () => void) => {
    const timer = { atMs: nowMs + ms, ring };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  // A turn of the event loop lets all that can go on go on before time moves.
  const moveOn = () => void (sleeping > 0 && setTimeout(advance));
  const advance = () => {
    if (working > 0 || sleeping === 0) return;
    const next = [...timers].reduce((one, other) => (other.atMs < one.atMs ? other : one));
    timers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.ring();
    moveOn();
  };
  return {
    nowMs: () => nowMs,
    after,
    sleep: (ms) =>
      new Promise((resolve) => {
        sleeping++;
        after(ms, () => {
          sleeping--;
          resolve();
        });
        moveOn();
      }),
    async during(work) {
      working++;
      try {
        return await work;
      } finally {
        working--;
        moveOn();
      }
    },
  };
}
