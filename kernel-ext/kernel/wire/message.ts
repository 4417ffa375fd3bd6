import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** Who sent a message, and what it is (Jupyter's messaging protocol, "General message format"). */
export interface Header {
  msg_id: string;
  msg_type: string;
  /** Fields that are handed back as they came: session, username, date, version. */
  [field: string]: unknown;
}

/** A message of Jupyter. */
export interface Message {
  header: Header;
  /** The header of the request that it belongs to; empty where there is none. */
  parent: Header | Record<string, never>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** A message as it came, with the frames before it that lead back to its sender. */
export interface Received extends Message {
  route: Uint8Array[];
}

/** Writes and reads messages with their signature. */
export interface Codec {
  encode(message: Message, route?: readonly Uint8Array[]): Uint8Array[];
  /**
   * Reads the frames of a message.
   *
   * @throws {SyntaxError} When they are no message.
   * @throws {TypeError} When a part of it has another shape.
   * @throws {RangeError} When its signature is not that of the key.
   */
  decode(frames: readonly Uint8Array[]): Received;
}

/** Makes the codec of a key: HMAC-SHA256 over the four parts; an empty key signs nothing. */
export function createCodec(key: string): Codec {
  const sign = (parts: readonly Uint8Array[]): string => {
    if (key === "") return "";
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  };
  const check = (signature: Uint8Array, parts: readonly Uint8Array[]): void => {
    const expected = Buffer.from(sign(parts));
    // Lengths are no secret, and of bytes of different lengths the comparison throws.
    if (expected.length === signature.length && timingSafeEqual(expected, signature)) return;
    if (key !== "") {
      throw new RangeError("Cannot take message as it must be signed with the key: its signature differs");
    }
  };
  return {
    encode: ({ header, parent, metadata, content, buffers }, route = []) => {
      const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
      return [...route, DELIMITER, Buffer.from(sign(parts)), ...parts, ...buffers];
    },
    decode: (frames) => {
      const at = frames.findIndex((frame) => DELIMITER.equals(frame));
      const [signature, ...parts] = at < 0 ? [] : frames.slice(at + 1, at + 6);
      if (!signature || parts.length < 4) {
        throw new SyntaxError(
          `Cannot take message as it must have a delimiter and 5 frames: got ${frames.length} frames`,
        );
      }
      check(signature, parts);
      const [header, parent, metadata, content] = parts.map(parseObject);
      for (const field of ["msg_id", "msg_type"]) {
        if (typeof header![field] !== "string") {
          throw new TypeError(`Cannot take message as "${field}" must be text: got ${typeof header![field]}`);
        }
      }
      return {
        header: header as Header,
        parent: parent as Header,
        metadata: metadata!,
        content: content!,
        buffers: frames.slice(at + 6),
        route: frames.slice(0, at),
      };
    },
  };
}

const DELIMITER = Buffer.from("<IDS|MSG>");
const UTF8 = new TextDecoder("utf-8", { fatal: true });

function parseObject(part: Uint8Array): Record<string, unknown> {
  const value = parseJson(part);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`Cannot take message as its parts must be JSON objects: got ${typeof value}`);
}

function parseJson(part: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(part));
  } catch (cause) {
    throw new SyntaxError("Cannot take message as its parts must be JSON in UTF-8: one is not", { cause });
  }
}
