/**
 * A read that begins where a partition keeps nothing any more.
 *
 * @example
 * ```ts
 * import { TruncatedError } from "./truncated_error.ts";
 *
 * console.assert(new TruncatedError("Cannot read") instanceof RangeError);
 * ```
 */
export class TruncatedError extends RangeError {
  /** Tells it from other errors where classes are lost. */
  override readonly name = "TruncatedError";
}
