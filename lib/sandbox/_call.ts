import type { Json } from "../events/mod.ts";
import { type CallLedger, type HostCalls, openLedger, type RecordedCall } from "./host_calls.ts";
import { SandboxError, type SandboxErrorDetail, type SandboxErrorKind } from "./sandbox_error.ts";

/** What a call is told beside its input. */
export interface CallContext {
  /** Decision that the call belongs to; host replies are replayed by it and the number of the question. */
  decision: string;
  /** The time that the function sees, epoch milliseconds. */
  nowMs: number;
  /** Any text; decides all that `Math.random` gives. */
  seed: string;
  /** Most milliseconds to wait; the function's own budget may shorten it. */
  budgetMs: number;
  /** Who answers the call's questions, in place of the sandbox's host. */
  host?: HostCalls;
}

/** A function's answer. */
export interface CallResult {
  /** What the function returned. */
  output: Json;
  /** What it asked its host, with the replies. */
  calls: RecordedCall[];
  /** Milliseconds from its start to its answer, host calls included. */
  ms: number;
  /** Milliseconds that it waited before it started, and on the way. */
  queueMs: number;
  /** Lines that it logged, cut at 200 lines or 16 KiB. */
  logs: string[];
}

/** One call on its way, in whichever process it is right now. */
export interface Call {
  readonly id: number;
  readonly hash: string;
  readonly decision: string;
  readonly budgetMs: number;
  /** When it must be answered, on the clock of `performance.now()`. */
  readonly deadlineMs: number;
  readonly ledger: CallLedger;
  /** How often it was sent to a process. */
  sent: number;
  /** Called once it is answered, either way. */
  afterwards: (() => void) | null;
  /** The message that starts it in a worker. */
  message(): string;
  succeed(output: Json, ms: number, logs: string[]): void;
  fail(kind: SandboxErrorKind, message: string, detail?: SandboxErrorDetail): void;
}

/** What makes a call. */
export interface CallSpec {
  id: number;
  hash: string;
  input: Json;
  context: CallContext;
  /** Most milliseconds, the smaller of function's and caller's. */
  budgetMs: number;
  host: HostCalls;
  resolve(result: CallResult): void;
  reject(error: SandboxError): void;
}

/**
 * Makes the record of a call; its clock starts now.
 *
 * @param spec What to run, and who waits.
 * @returns The call.
 */
export function startCall(spec: CallSpec): Call {
  const { id, hash, input, context: { decision, nowMs, seed } } = spec;
  const begun = performance.now();
  const ledger = openLedger(spec.host);
  const call: Call = {
    id,
    hash,
    decision,
    budgetMs: spec.budgetMs,
    deadlineMs: begun + spec.budgetMs,
    ledger,
    sent: 0,
    afterwards: null,
    message: () => JSON.stringify(["call", id, input, { decision, nowMs, seed }]),
    succeed(output, ms, logs) {
      const queueMs = Math.max(0, Math.round((performance.now() - begun - ms) * 1000) / 1000);
      spec.resolve({ output, calls: ledger.recorded(), ms, queueMs, logs });
      call.afterwards?.();
    },
    fail(kind, message, detail = {}) {
      spec.reject(new SandboxError(kind, message, { ...detail, calls: ledger.recorded() }));
      call.afterwards?.();
    },
  };
  return call;
}
