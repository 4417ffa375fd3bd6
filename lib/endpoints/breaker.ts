/** When a function that fails is left alone, and for how long. */
export interface BreakerSettings {
  /** Share of failed calls from which it is left alone. */
  share: number;
  /** Calls that are looked at, the newest ones; before there are as many nothing is judged. */
  calls: number;
  /** Milliseconds until one call probes whether it answers again. */
  openMs: number;
}

/** Settings of an endpoint that has none. */
export const BREAKER: BreakerSettings = { share: 0.5, calls: 20, openMs: 1000 };

/** Most calls that may be looked at. */
export const MAX_CALLS = 100;

/** What is known of a function: it is called, left alone until a time, or probed by one call. */
export type BreakerState =
  | { kind: "closed"; failed: readonly boolean[] }
  | { kind: "open"; untilMs: number }
  | { kind: "probing" };

/** Under which terms a call is let through: as any other, as the one probe, or not at all. */
export type Pass = "call" | "probe" | "open";

/** How a call ended: answered, failed, or in a way that says nothing. */
export type CallEnd = "good" | "failed" | "unknown";

/** Nothing known. */
export const CLOSED: BreakerState = { kind: "closed", failed: [] };

/**
 * Decides whether a call is let through.
 *
 * @param state what is known
 * @param nowMs time that only grows
 * @returns the terms, and what is known from then on
 * @example
 * ```ts
 * import { admitCall, CLOSED } from "./breaker.ts";
 * if (admitCall(CLOSED, 0).pass !== "call") throw new Error("unexpected");
 * ```
 */
export function admitCall(state: BreakerState, nowMs: number): { pass: Pass; state: BreakerState } {
  if (state.kind === "closed") return { pass: "call", state };
  if (state.kind === "probing" || nowMs < state.untilMs) return { pass: "open", state };
  return { pass: "probe", state: { kind: "probing" } };
}

/**
 * Learns from a call that was let through. One that began before the function was left alone says nothing any more.
 *
 * @param state what is known
 * @param pass the terms of the call
 * @param end how it ended
 * @param settings when a function is left alone
 * @param nowMs time that only grows
 * @returns what is known from then on
 * @example
 * ```ts
 * import { CLOSED, endCall } from "./breaker.ts";
 * const state = endCall(CLOSED, "call", "failed", { share: 0.5, calls: 1, openMs: 10 }, 0);
 * if (state.kind !== "open") throw new Error("unexpected");
 * ```
 */
export function endCall(
  state: BreakerState,
  pass: "call" | "probe",
  end: CallEnd,
  settings: BreakerSettings,
  nowMs: number,
): BreakerState {
  if (pass === "probe") {
    if (end === "good") return CLOSED;
    return { kind: "open", untilMs: end === "failed" ? nowMs + settings.openMs : nowMs };
  }
  if (state.kind !== "closed" || end === "unknown") return state;
  const isFull = state.failed.length === settings.calls;
  // The common case makes nothing new.
  if (end === "good" && isFull && !state.failed.includes(true)) return state;
  const failed = [...(isFull ? state.failed.slice(1) : state.failed), end === "failed"];
  const count = failed.filter(Boolean).length;
  if (failed.length === settings.calls && count >= settings.share * settings.calls) {
    return { kind: "open", untilMs: nowMs + settings.openMs };
  }
  return { kind: "closed", failed };
}
