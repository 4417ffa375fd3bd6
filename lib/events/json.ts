import canonicalize from "canonicalize";
import { createHash } from "node:crypto";

/** A value that JSON can carry without loss. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Writes a value as canonical JSON, so that equal values have equal bytes (RFC 8785, JSON Canonicalization Scheme).
 *
 * @param value Anything that JSON can carry; properties that are `undefined` are left out.
 * @returns The canonical text, keys sorted by UTF-16 code unit, without white space.
 * @throws {TypeError} When the value is not JSON: `undefined`, NaN, infinity, a BigInt, a lone surrogate, a cycle.
 *
 * @example
 * ```ts
 * import { canonicalJson } from "./json.ts";
 *
 * console.assert(canonicalJson({ b: 1, a: [2.0] }) === '{"a":[2],"b":1}');
 * ```
 */
export function canonicalJson(value: unknown): string {
  const text = attempt(value);
  if (text === undefined) {
    throw new TypeError(`Cannot write canonical JSON as the value must be JSON: got ${typeof value}`);
  }
  return text;
}

/**
 * Hashes bytes, or the UTF-8 bytes of a text, with SHA-256 (FIPS 180-4).
 *
 * @param data The bytes or the text.
 * @returns 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import { sha256 } from "./json.ts";
 *
 * console.assert(sha256("").startsWith("e3b0c44298fc1c14"));
 * ```
 */
export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function attempt(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot write canonical JSON as the value must be JSON: ${found}`, { cause });
  }
}
