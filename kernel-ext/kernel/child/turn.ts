import { withResolvers } from "./primordials.ts";

// A real turn of the event loop, and not by a MessageChannel: V8 can end a busy cell only outside of the inspector's own
// dispatch, and ending one inside a port's handler stops that port for good.
const { setImmediate } = globalThis as unknown as { setImmediate(done: () => void): void };

/** Settles in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  const { promise, resolve } = withResolvers<void>();
  waiting[count++ % KEPT] = resolve;
  // The function itself, as V8 may end a cell within one of ours: then this turn would never be told.
  setImmediate(resolve);
  return promise;
}

/** Settles all that wait for a turn: after an error that nobody caught the runtime may have dropped what it was to call. */
export function releaseTurns(): void {
  for (let index = 0; index < KEPT; index++) waiting[index]?.();
}

/** Of one cell at most three wait at a time: its begin or end, and its interrupt. */
const KEPT = 8;
const waiting: (() => void)[] = [];
let count = 0;
