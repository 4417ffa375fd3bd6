/** Data as JSON: JSON's own values as they are, others as `{"$": kind, "v": …}`. */
export type Encoded = null | boolean | number | string | Encoded[] | { [key: string]: Encoded };

/** Knows values that are no plain data, such as tables; null for all others. It is asked first. */
export type EncodeFrame = (value: object) => { kind: string; bytes: Uint8Array } | null;

/** Objects by the number under which they have been met; where one comes again it is encoded as that number. */
export type Numbered = Map<object, number>;

/**
 * Encodes data as JSON without loss. Its text is sent to the process of the cells, so it uses nothing of this file.
 *
 * @param value Texts, booleans, numbers, bigints, null, undefined, Dates, ArrayBuffers and typed arrays, in arrays, Maps,
 *   Sets and plain objects at most 500 deep.
 * @param encodeFrame Knows further values.
 * @param numbered The objects met so far, to which its own are added: what is the same object stays the same. What would
 *   not come back exactly as it is, such as a frozen object, is refused then.
 * @returns What decodeValue makes an equal value of.
 * @throws {TypeError} When it holds anything else; the message says where, and what.
 */
export function encodeValue(value: unknown, encodeFrame: EncodeFrame = () => null, numbered?: Numbered): Encoded {
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
    const number = numbered?.get(value);
    if (number !== undefined) return tag("ref", number);
    if (open.has(value)) refuse(at, "a value that holds itself");
    if (numbered) enter(numbered, value, at);
    if (open.size >= 500) refuse(at, "more than 500 levels deep");
    open.add(value);
    const encoded = encodeObject(value, at);
    open.delete(value);
    return encoded;
  }

  function enter(numbered: Numbered, value: object, at: string): void {
    if (!Object.isExtensible(value)) refuse(at, "a frozen or sealed object");
    numbered.set(value, numbered.size);
    if (!ArrayBuffer.isView(value)) return;
    const { buffer } = value;
    if (numbered.has(buffer) || buffer.byteLength !== value.byteLength) {
      refuse(at, "a view of memory that others share");
    }
    numbered.set(buffer, numbered.size);
  }

  function encodeObject(value: object, at: string): Encoded {
    const frame = encodeFrame(value);
    if (frame) return tag(frame.kind, base64(frame.bytes));
    const proto = Object.getPrototypeOf(value);
    if (Array.isArray(value) && proto === Array.prototype) return encodeArray(value, at);
    if (proto === Object.prototype || proto === null) return encodeRecord(value as Record<string, unknown>, at);
    if (proto === Date.prototype) {
      const ms = Date.prototype.getTime.call(value);
      return tag("date", Number.isNaN(ms) ? null : ms);
    }
    if (proto === Map.prototype || proto === Set.prototype) return encodeCollection(value as Map<unknown, unknown>, at);
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    const known = (globalThis as Record<string, unknown>)[kind] as { prototype: unknown } | undefined;
    if (proto === known?.prototype && (kind === "ArrayBuffer" || (ArrayBuffer.isView(value) && kind !== "DataView"))) {
      const { buffer, byteOffset, byteLength } = kind === "ArrayBuffer"
        ? new Uint8Array(value as ArrayBuffer)
        : value as Uint8Array;
      return tag(kind, base64(new Uint8Array(buffer, byteOffset, byteLength)));
    }
    return refuse(at, `a ${String(proto.constructor?.name || "value of a class")}`);
  }

  function encodeArray(value: unknown[], at: string): Encoded {
    const keys = Object.keys(value).length;
    if (keys > value.length) refuse(at, "a list with keys of its own");
    if (numbered && keys < value.length) refuse(at, "a list with holes");
    return Array.from(value, (item, index) => encode(item, `${at}[${index}]`));
  }

  function encodeCollection(value: Map<unknown, unknown> | Set<unknown>, at: string): Encoded {
    if (Reflect.ownKeys(value).length > 0) refuse(at, "a collection with keys of its own");
    if (Object.getPrototypeOf(value) === Set.prototype) {
      return tag("set", Array.from(Set.prototype.values.call(value), (item, n) => encode(item, `${at}[${n}]`)));
    }
    const entries = Array.from(Map.prototype.entries.call(value), ([key, item], n): Encoded => {
      return [encode(key, `${at}[${n}]`), encode(item, `${at}[${n}]`)];
    });
    return tag("map", entries);
  }

  function encodeRecord(value: Record<string, unknown>, at: string): Encoded {
    if (Object.getOwnPropertySymbols(value).length > 0) refuse(at, "an object with symbols as keys");
    const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).map(
      ([key, property]): [string, Encoded] => {
        const path = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
          ? `${at}.${key}`
          : `${at}[${JSON.stringify(key)}]`;
        if (!("value" in property) || !property.enumerable) refuse(path, "a getter or hidden");
        if (numbered && !(property.writable && property.configurable)) refuse(path, "a value that cannot be changed");
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
