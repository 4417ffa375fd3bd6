interface Wait {
  dueMs: number;
  callback: () => void;
  /** Its place among those that wait; -1 when it is none of them. */
  place: number;
}

/**
 * Opens a timer that all waits share. A timer of the platform's own takes as long as the rest of a short call, and one
 * that was cleared holds on to those after it until a full garbage collection, with all that these hold.
 *
 * @returns calls back after some milliseconds, never earlier; what it returns takes that back
 * @example
 * ```ts
 * import { sharedTimer } from "./shared_timer.ts";
 * const after = sharedTimer(), taken: string[] = [];
 * after(5, () => taken.push("never"))();
 * await new Promise<void>((resolve) => after(1, resolve));
 * if (taken.length !== 0) throw new Error("unexpected");
 * ```
 */
export function sharedTimer(): (ms: number, callback: () => void) => () => void {
  // No Set: what is filled and emptied all the time would keep all that was in it until a full collection, too.
  const waits: Wait[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined, ringsMs = Infinity;

  function arm(dueMs: number): void {
    clearTimeout(timer);
    ringsMs = dueMs;
    timer = setTimeout(ring, Math.max(0, Math.ceil(dueMs - performance.now())));
  }

  function ring(): void {
    ringsMs = Infinity;
    const nowMs = performance.now();
    for (const wait of waits.filter(({ dueMs }) => dueMs <= nowMs)) if (remove(wait)) wait.callback();
    const nextMs = waits.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity);
    if (nextMs < ringsMs) arm(nextMs);
  }

  function remove(wait: Wait): boolean {
    if (wait.place < 0) return false;
    const last = waits.pop()!;
    if (last !== wait) waits[last.place = wait.place] = last;
    wait.place = -1;
    return true;
  }

  function take(wait: Wait): void {
    if (!remove(wait) || waits.length > 0) return;
    clearTimeout(timer); // it would keep the process from its end
    ringsMs = Infinity;
  }

  return (ms, callback) => {
    const wait = { dueMs: performance.now() + ms, callback, place: waits.length };
    waits.push(wait);
    if (wait.dueMs < ringsMs) arm(wait.dueMs);
    return () => take(wait);
  };
}
