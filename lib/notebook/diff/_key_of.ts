import { sortKeys } from "../write.ts";

/** A text that is equal for equal JSON values, whatever the order of their keys; lone surrogates are allowed. */
export function keyOf(value: unknown): string {
  return JSON.stringify(sortKeys(value)) ?? "";
}
