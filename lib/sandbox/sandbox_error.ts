import type { RecordedCall } from "./host_calls.ts";

/** Why a call ended without an answer: the code threw, ran past its budget, past its memory, or took its process down. */
export type SandboxErrorKind = "error" | "timeout" | "memory" | "crash";

/** What is known of a failed call beside its message. */
export interface SandboxErrorDetail {
  /** Class of the error that the code threw. */
  name?: string;
  /** Stack inside the sandbox, positions as `bundle.js:line:column`. */
  stack?: string;
  /** Host calls made until then. */
  calls?: RecordedCall[];
  /** Lines that the code logged until then. */
  logs?: string[];
  /** What made it fail, when that is an error of the host. */
  cause?: unknown;
}

/**
 * A call into the sandbox that ended without an answer.
 *
 * @example
 * ```ts
 * import { SandboxError } from "./sandbox_error.ts";
 * const error = new SandboxError("timeout", "Cannot answer within 30 ms");
 * if (error.kind !== "timeout") throw error;
 * ```
 */
export class SandboxError extends Error {
  /** "SandboxError". */
  override readonly name = "SandboxError";
  /** Why the call ended. */
  readonly kind: SandboxErrorKind;
  /** What else is known. */
  readonly detail: SandboxErrorDetail;

  /**
   * Makes the error.
   *
   * @param kind Why the call ended.
   * @param message What happened, in one line.
   * @param detail What else is known of it.
   */
  constructor(kind: SandboxErrorKind, message: string, detail: SandboxErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.detail = detail;
  }
}
