import type { Encoded } from "./encode_value.ts";

/** Makes a value of the bytes of a kind that encodeFrame made. */
export type DecodeFrame = (kind: string, bytes: Uint8Array) => unknown;

/**
 * Makes the value of what encodeValue made: data only, whatever the text says. Its text is sent to the process of the
 * cells, so it uses nothing of this file.
 *
 * @param encoded What encodeValue made, or anything.
 * @param decodeFrame Knows further kinds.
 * @returns The value.
 * @throws {TypeError} When it is nothing that encodeValue makes.
 */
export function decodeValue(
  encoded: Encoded,
  decodeFrame: DecodeFrame = (kind) => {
    throw new TypeError(`Cannot decode a value as its kind must be known: got ${JSON.stringify(kind)}`);
  },
): unknown {
  const bytesOf = (text: Encoded) => {
    return (Uint8Array as unknown as { fromBase64(text: unknown): Uint8Array<ArrayBuffer> }).fromBase64(text);
  };
  const views: Record<string, new (buffer: ArrayBuffer) => unknown> = {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  };

  function decode(value: Encoded): unknown {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== "object" || value === null) return value;
    if (typeof value.$ === "string") return untag(value.$, value.v!);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  }

  function untag(kind: string, v: Encoded): unknown {
    switch (kind) {
      case "undefined":
        return undefined;
      case "bigint":
        return BigInt(String(v));
      case "number":
        return Number(v);
      case "date":
        return new Date(v === null ? NaN : Number(v));
      case "object":
        return Object.fromEntries(entriesOf(v));
      case "null":
        return Object.assign(Object.create(null), Object.fromEntries(entriesOf(v)));
      case "ArrayBuffer":
        return bytesOf(v).buffer;
    }
    const View = Object.hasOwn(views, kind) ? views[kind] : undefined;
    return View ? new View(bytesOf(v).buffer) : decodeFrame(kind, bytesOf(v));
  }

  function entriesOf(v: Encoded): [string, unknown][] {
    return (v as [string, Encoded][]).map(([key, item]) => [String(key), decode(item)]);
  }

  return decode(encoded);
}
