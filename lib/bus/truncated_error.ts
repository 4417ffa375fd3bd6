/**
 * A read of what a partition does not hold: from before its first offset, or up to behind its end.
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
