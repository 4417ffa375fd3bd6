// A real turn of the event loop, and not by a MessageChannel: V8 can end a busy cell only outside of the inspector's own
// dispatch, and ending one inside a port's handler stops that port for good.
const { setImmediate } = globalThis as unknown as { setImmediate(done: () => void): void };

/** Settles in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
