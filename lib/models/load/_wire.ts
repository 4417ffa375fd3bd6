/** One field of a protobuf message as it lies in the bytes. */
export interface WireField {
  /** Its number. */
  id: number;
  /** Its content, of a field that has a length; else what the varint or fixed number takes. */
  body: Uint8Array;
  /** The field whole, tag included. */
  raw: Uint8Array;
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/**
 * Cuts a protobuf message into its fields without decoding them, so that what is not known stays as it is
 * (protobuf.dev/programming-guides/encoding).
 *
 * @param message bytes of the message
 * @returns its fields in order, views of the same bytes
 * @throws {SyntaxError} when the bytes end within a field, or hold another wire type
 */
export function readWire(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  for (let at = 0; at < message.length;) {
    const [tag, start] = readVarint(message, at);
    const [from, end] = extentOf(message, tag % 8, start);
    if (end > message.length) throw new SyntaxError(`it ends within a field at byte ${at}`);
    fields.push({ id: Math.floor(tag / 8), body: message.subarray(from, end), raw: message.subarray(at, end) });
    at = end;
  }
  return fields;
}

/**
 * Writes a field that has a length.
 *
 * @param id its number, below 16
 * @param body its content
 * @returns tag, length and content
 */
export function writeWire(id: number, body: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = body.length;; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) break;
  }
  return joinBytes([Uint8Array.of(id * 8 + BYTES, ...length), body]);
}

/**
 * Puts bytes one after the other.
 *
 * @param parts the bytes
 * @returns a copy of all
 */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function extentOf(message: Uint8Array, type: number, start: number): [from: number, end: number] {
  if (type === VARINT) return [start, readVarint(message, start)[1]];
  if (type === FIXED64) return [start, start + 8];
  if (type === FIXED32) return [start, start + 4];
  if (type !== BYTES) throw new SyntaxError(`it has wire type ${type} at byte ${start}`);
  const [length, from] = readVarint(message, start);
  return [from, from + length];
}

function readVarint(message: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = message[at + i];
    if (byte === undefined) break;
    value += (byte % 128) * 2 ** (7 * i);
    if (byte < 128) return [value, at + i + 1];
  }
  throw new SyntaxError(`it has no whole varint at byte ${at}`);
}
