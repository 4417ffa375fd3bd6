import { admitCall, type BreakerSettings, type CallEnd, CLOSED, endCall, type Pass } from "./breaker.ts";

/** Names a breaker: a function's version with its models, under given settings. */
export interface BreakerKey {
  /** Text of its own for each. */
  key: string;
  /** When the function is left alone. */
  settings: BreakerSettings;
}

/** Guards one function. */
export interface Breaker {
  /** Asks to call it; whoever gets "call" or "probe" says how that ended. */
  admit(): Pass;
  /** Says how a call ended. */
  end(pass: "call" | "probe", end: CallEnd): void;
}

/** The breakers of a node. */
export interface Breakers {
  /** Finds a breaker, or begins one. */
  of(key: BreakerKey): Breaker;
  /** Counts the functions that are left alone or probed now. */
  opened(): number;
}

/** Functions of which something is remembered; past it the first is forgotten. */
const MAX_KEPT = 1000;

/**
 * Begins breakers that know nothing.
 *
 * @param nowMs time in milliseconds that only grows
 * @returns the breakers
 * @example
 * ```ts
 * import { createBreakers } from "./breakers.ts";
 * const breakers = createBreakers(() => 0);
 * const breaker = breakers.of({ key: "f", settings: { share: 1, calls: 1, openMs: 10 } });
 * breaker.end("call", "failed");
 * if (breaker.admit() !== "open" || breakers.opened() !== 1) throw new Error("unexpected");
 * ```
 */
export function createBreakers(nowMs: () => number): Breakers {
  const kept = new Map<string, Breaker & { isOpen: () => boolean }>();
  return {
    of({ key, settings }) {
      const found = kept.get(key);
      if (found) return found;
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
      const made = createBreaker(settings, nowMs);
      kept.set(key, made);
      return made;
    },
    opened: () => [...kept.values()].filter(({ isOpen }) => isOpen()).length,
  };
}

function createBreaker(settings: BreakerSettings, nowMs: () => number): Breaker & { isOpen: () => boolean } {
  let state = CLOSED;
  return {
    isOpen: () => state.kind !== "closed",
    admit() {
      if (state.kind === "closed") return "call";
      const admitted = admitCall(state, nowMs());
      state = admitted.state;
      return admitted.pass;
    },
    end(pass, end) {
      state = endCall(state, pass, end, settings, nowMs());
    },
  };
}
