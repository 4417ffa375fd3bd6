/** Data as JSON: JSON's own values as they are, others as `{"$": kind, "v": …}`. */
export type Encoded = null | boolean | number | string | Encoded[] | { [key: string]: Encoded };

/** Knows values that are no plain data, such as tables; null for all others. */
export type EncodeFrame = (value: object) => { kind: string; bytes: Uint8Array } | null;

/**
 * Encodes data as JSON without loss. Its text is sent to the process of the cells, so it uses nothing of this file.
 *
 * @param value Texts, booleans, numbers, bigints, null, undefined, Dates, ArrayBuffers and typed arrays, in arrays and
 *   plain objects at most 500 deep.
 * @param encodeFrame Knows further values.
 * @returns What decodeValue makes an equal value of.
 * @throws {TypeError} When it holds anything else; the message says where, and what.
 */
export function encodeValue(value: unknown, encodeFrame: EncodeFrame = () => null): Encoded {
  const open = new Set<object>();
  const tag = (kind: string, v: Encoded): Encoded => ({ $: kind, v });
  const base64 = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64(): string }).toBase64();
  const refuse = (at: string, what: string): never => {
    throw new TypeError(at === "" ? `it is ${what}` : `its ${at} is ${what}`);
  };

  function encode(value: unknown, at: string): Encoded {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "undefined":
        return tag("undefined", null);
      case "bigint":
        return tag("bigint", String(value));
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tag("number", Object.is(value, -0) ? "-0" : `${value}`);
      case "object":
        return value === null ? null : within(value, at);
      default:
        return refuse(at, `a ${typeof value}`);
    }
  }

  function within(value: object, at: string): Encoded {
    if (open.has(value)) refuse(at, "a value that holds itself");
    if (open.size >= 500) refuse(at, "more than 500 levels deep");
    open.add(value);
    const encoded = encodeObject(value, at);
    open.delete(value);
    return encoded;
  }

  function encodeObject(value: object, at: string): Encoded {
    const proto = Object.getPrototypeOf(value);
    if (Array.isArray(value) && proto === Array.prototype) return encodeArray(value, at);
    if (proto === Object.prototype || proto === null) return encodeRecord(value as Record<string, unknown>, at);
    if (proto === Date.prototype) {
      const ms = Date.prototype.getTime.call(value);
      return tag("date", Number.isNaN(ms) ? null : ms);
    }
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    const known = (globalThis as Record<string, unknown>)[kind] as { prototype: unknown } | undefined;
    if (proto === known?.prototype && (kind === "ArrayBuffer" || (ArrayBuffer.isView(value) && kind !== "DataView"))) {
      const { buffer, byteOffset, byteLength } = kind === "ArrayBuffer"
        ? new Uint8Array(value as ArrayBuffer)
        : value as Uint8Array;
      return tag(kind, base64(new Uint8Array(buffer, byteOffset, byteLength)));
    }
    const frame = encodeFrame(value);
    return frame
      ? tag(frame.kind, base64(frame.bytes))
      : refuse(at, `a ${String(proto.constructor?.name || "value of a class")}`);
  }

  function encodeArray(value: unknown[], at: string): Encoded {
    if (Object.keys(value).length > value.length) refuse(at, "a list with keys of its own");
    return Array.from(value, (item, index) => encode(item, `${at}[${index}]`));
  }

  function encodeRecord(value: Record<string, unknown>, at: string): Encoded {
    if (Object.getOwnPropertySymbols(value).length > 0) refuse(at, "an object with symbols as keys");
    const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).map(
      ([key, property]): [string, Encoded] => {
        const path = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
          ? `${at}.${key}`
          : `${at}[${JSON.stringify(key)}]`;
        if (!("value" in property) || !property.enumerable) refuse(path, "a getter or hidden");
        return [key, encode(property.value, path)];
      },
    );
    const plain = Object.getPrototypeOf(value) !== null && entries.every(([key]) => key !== "$" && key !== "__proto__");
    return plain
      ? Object.fromEntries(entries)
      : tag(Object.getPrototypeOf(value) === null ? "null" : "object", entries);
  }

  return encode(value, "");
}
