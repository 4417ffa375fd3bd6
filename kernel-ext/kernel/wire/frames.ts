import { Buffer } from "node:buffer";

/** One frame of ZMTP 3.x (https://rfc.zeromq.org/spec/23, "Traffic"). */
export interface Frame {
  /** Whether it is a command between the two ends and not part of a message. */
  command: boolean;
  /** Whether more frames of the same message follow. */
  more: boolean;
  body: Uint8Array;
}

/** Cuts what comes from a peer into frames, however it was cut on the way. */
export interface FrameReader {
  /**
   * Takes the next bytes.
   *
   * @returns The frames that they complete.
   * @throws {SyntaxError} When they are no frame.
   * @throws {RangeError} When a frame is larger than allowed.
   */
  read(chunk: Uint8Array): Frame[];
}

/** Makes a reader that refuses frames of more than `maxBytes`, before they come. */
export function createFrameReader({ maxBytes }: { maxBytes: number }): FrameReader {
  const bytes = createByteQueue();
  const next = (): Frame | null => {
    const flags = bytes.at(0);
    if (flags === undefined) return null;
    checkFlags(flags);
    const head = (flags & LONG) === 0 ? 2 : 9;
    if (bytes.length < head) return null;
    const size = sizeAt(bytes, head);
    if (size > maxBytes) throw new RangeError(`Cannot take frame as it must have at most ${maxBytes} bytes: ${size}`);
    if (bytes.length < head + size) return null;
    bytes.take(head);
    return { command: (flags & COMMAND) !== 0, more: (flags & MORE) !== 0, body: bytes.take(size) };
  };
  return {
    read: (chunk) => {
      bytes.push(chunk);
      const frames: Frame[] = [];
      for (let frame = next(); frame; frame = next()) frames.push(frame);
      return frames;
    },
  };
}

/** Writes a message of some frames as one piece of bytes. */
export function encodeMessage(frames: readonly Uint8Array[]): Uint8Array {
  return encode(frames.map((body, index) => ({ flags: index < frames.length - 1 ? MORE : 0, body })));
}

/** Writes a command. */
export function encodeCommand(name: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = ASCII.encode(name);
  return encode([{ flags: COMMAND, body: Uint8Array.of(text.length, ...text, ...data) }]);
}

/**
 * Reads the body of a command.
 *
 * @throws {SyntaxError} When it has no name.
 */
export function readCommand(body: Uint8Array): { name: string; data: Uint8Array } {
  const length = body[0] ?? 0;
  if (length === 0 || body.length <= length) throw new SyntaxError("Cannot read command as it must have a name");
  return { name: latin1(body.subarray(1, 1 + length)), data: body.subarray(1 + length) };
}

/** Bytes as text of one character each. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const ASCII = new TextEncoder();

function checkFlags(flags: number): void {
  if (flags > 7) throw new SyntaxError(`Cannot take frame as its reserved flags must be 0: ${flags}`);
  if ((flags & COMMAND) !== 0 && (flags & MORE) !== 0) {
    throw new SyntaxError("Cannot take frame as a command must be one frame: more are announced");
  }
}

function sizeAt(bytes: ByteQueue, head: number): number {
  let size = 0;
  for (let at = 1; at < head; at++) size = size * 256 + bytes.at(at)!;
  return size;
}

function encode(frames: readonly { flags: number; body: Uint8Array }[]): Uint8Array {
  const sizes = frames.map(({ body }) => (body.length > 255 ? 9 : 2) + body.length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [index, { flags, body }] of frames.entries()) {
    if (body.length > 255) {
      bytes[at] = flags | LONG;
      new DataView(bytes.buffer).setBigUint64(at + 1, BigInt(body.length));
    } else bytes.set([flags, body.length], at);
    at += sizes[index]!;
    bytes.set(body, at - body.length);
  }
  return bytes;
}

interface ByteQueue {
  readonly length: number;
  at(index: number): number | undefined;
  take(count: number): Uint8Array;
  push(chunk: Uint8Array): void;
}

/** Bytes in the pieces in which they came: joining them with each new piece would copy a large frame many times. */
function createByteQueue(): ByteQueue {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const takeFirst = (most: number): Uint8Array => {
    const first = chunks[0]!;
    if (first.length <= most) return chunks.shift()!;
    chunks[0] = first.subarray(most);
    return first.subarray(0, most);
  };
  return {
    get length() {
      return length;
    },
    at: (index) => {
      let rest = index;
      for (const chunk of chunks) {
        if (rest < chunk.length) return chunk[rest];
        rest -= chunk.length;
      }
      return undefined;
    },
    take: (count) => {
      length -= count;
      if (count === 0) return new Uint8Array();
      if (chunks[0]!.length >= count) return takeFirst(count);
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count;) {
        const part = takeFirst(count - at);
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    },
    push: (chunk) => {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      length += chunk.length;
    },
  };
}
