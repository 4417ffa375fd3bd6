import type { Json } from "../../lib/events/mod.ts";
import type { Encoded } from "./sent/encode_value.ts";

/**
 * Writes an encoded value as TypeScript.
 *
 * @param encoded The value.
 * @returns An expression of one line.
 * @throws {TypeError} When it is no JSON value, date, bigint, number or undefined.
 * @throws {RangeError} When a date lies outside of what dates can be.
 *
 * @example
 * ```ts
 * import { literalText } from "./literal.ts";
 *
 * console.assert(literalText({ $: "date", v: 0 }) === 'new Date("1970-01-01T00:00:00.000Z")');
 * ```
 */
export function literalText(encoded: Encoded): string {
  if (Array.isArray(encoded)) return `[${encoded.map(literalText).join(",")}]`;
  if (typeof encoded !== "object" || encoded === null) return JSON.stringify(encoded);
  if (typeof encoded.$ !== "string") return recordText(Object.entries(encoded));
  const { $: kind, v } = encoded as { $: string; v: Encoded };
  switch (kind) {
    case "undefined":
      return "undefined";
    case "number":
      if (/^(NaN|-?Infinity|-0)$/.test(String(v))) return String(v);
      break;
    case "bigint":
      if (/^-?\d+$/.test(String(v))) return `${v}n`;
      break;
    case "date":
      return v === null ? "new Date(NaN)" : `new Date(${JSON.stringify(isoOf(v))})`;
    case "object":
    case "null":
      return recordText(v as [string, Encoded][]);
  }
  throw new TypeError(`it is a ${kind}`);
}

/**
 * Gives an encoded value as JSON, as records of a run hold it: dates in ISO 8601, bigints as texts of digits.
 *
 * @param encoded The value.
 * @returns The JSON.
 */
export function jsonOf(encoded: Encoded): Json {
  if (Array.isArray(encoded)) return encoded.map(jsonOf);
  if (typeof encoded !== "object" || encoded === null) return encoded;
  if (typeof encoded.$ !== "string") return recordJson(Object.entries(encoded));
  const { $: kind, v } = encoded as { $: string; v: Encoded };
  if (kind === "object" || kind === "null") return recordJson(v as [string, Encoded][]);
  if (kind === "undefined" || v === null) return null;
  return kind === "date" ? isoOf(v) : String(v);
}

function recordText(entries: [string, Encoded][]): string {
  const pairs = entries.map(([key, value]) => {
    const name = key === "__proto__" ? `["__proto__"]` : JSON.stringify(key);
    return `${name}:${literalText(value)}`;
  });
  return `{${pairs.join(",")}}`;
}

function recordJson(entries: [string, Encoded][]): Json {
  return Object.fromEntries(entries.map(([key, value]) => [key, jsonOf(value)]));
}

function isoOf(ms: Encoded): string {
  return new Date(Number(ms)).toISOString();
}
