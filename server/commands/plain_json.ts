import type { Json } from "../../lib/events/mod.ts";

/**
 * Turns rows of the lake into JSON: bytes become base64, times ISO 8601 text, a BigInt past
 * 2^53 its digits.
 *
 * @param value rows, or a part of one
 * @returns what JSON carries
 */
export function plainJson(value: unknown): Json {
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainJson(item)]));
}
