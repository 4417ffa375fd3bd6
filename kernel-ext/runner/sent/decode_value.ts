import type { Encoded } from "./encode_value.ts";

/** Makes a value of the bytes of a kind that encodeFrame made. */
export type DecodeFrame = (kind: string, bytes: Uint8Array) => unknown;

/**
 * Makes the value of what encodeValue made: data only, whatever the text says. Its text is sent to the process of the
 * cells, so it uses nothing of this file.
 *
 * @param encoded What encodeValue made, or anything.
 * @param decodeFrame Knows further kinds.
 * @param objects The objects with the numbers that encodeValue was given, in their order; those of the value are added.
 * @returns The value.
 * @throws {TypeError} When it is nothing that encodeValue makes.
 */
export function decodeValue(
  encoded: Encoded,
  decodeFrame: DecodeFrame = (kind) => {
    throw new TypeError(`Cannot decode a value as its kind must be known: got ${JSON.stringify(kind)}`);
  },
  objects: unknown[] = [],
): unknown {
  const bytesOf = (text: Encoded) => {
    return (Uint8Array as unknown as { fromBase64(text: unknown): Uint8Array<ArrayBuffer> }).fromBase64(text);
  };
  const views: Record<string, new (buffer: ArrayBuffer) => ArrayBufferView> = {
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
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return decodeArray(value);
    return typeof value.$ === "string" ? untag(value.$, value.v!) : fill(keep({}), Object.entries(value));
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
        return keep(new Date(v === null ? NaN : Number(v)));
      case "object":
        return fill(keep({}), v as [string, Encoded][]);
      case "null":
        return fill(keep(Object.create(null)), v as [string, Encoded][]);
      case "map":
        return decodeMap(v as [Encoded, Encoded][]);
      case "set":
        return decodeSet(v as Encoded[]);
      case "ref":
        return known(v);
      case "ArrayBuffer":
        return keep(bytesOf(v).buffer);
    }
    return decodeBytes(kind, bytesOf(v));
  }

  /** An object is kept before what it holds, as encodeValue numbers it. */
  function keep<T>(value: T): T {
    objects.push(value);
    return value;
  }

  function known(number: Encoded): unknown {
    if (typeof number === "number" && Object.hasOwn(objects, number)) return objects[number];
    throw new TypeError(`Cannot decode a value as what it refers to must be there: got ${JSON.stringify(number)}`);
  }

  function fill(made: object, entries: Iterable<[string, Encoded]>): object {
    for (const [key, item] of entries) {
      const value = decode(item);
      Object.defineProperty(made, String(key), { value, writable: true, enumerable: true, configurable: true });
    }
    return made;
  }

  function decodeArray(items: readonly Encoded[]): unknown[] {
    const made = keep<unknown[]>([]);
    for (const item of items) made.push(decode(item));
    return made;
  }

  function decodeMap(entries: [Encoded, Encoded][]): Map<unknown, unknown> {
    const made = keep(new Map<unknown, unknown>());
    for (const [key, item] of entries) made.set(decode(key), decode(item));
    return made;
  }

  function decodeSet(items: Encoded[]): Set<unknown> {
    const made = keep(new Set<unknown>());
    for (const item of items) made.add(decode(item));
    return made;
  }

  function decodeBytes(kind: string, bytes: Uint8Array<ArrayBuffer>): unknown {
    const View = Object.hasOwn(views, kind) ? views[kind] : undefined;
    if (!View) return keep(decodeFrame(kind, bytes));
    const view = keep(new View(bytes.buffer));
    keep(view.buffer);
    return view;
  }

  return decode(encoded);
}
