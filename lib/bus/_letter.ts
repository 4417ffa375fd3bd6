/** A message that two threads exchange by memory. */
export interface Letter {
  /** JSON. */
  head: unknown;
  /** Texts beside it, whose quotes need no escapes then. */
  texts: string[];
}

const LENGTHS_BYTES = 4; // of the lengths' JSON: [head, …texts] in bytes; 0 when there is no letter

/**
 * Writes a letter.
 *
 * @param slot Memory.
 * @param letter The letter; null for none.
 * @returns false when there is none, or none that certainly fits; then none is in the slot.
 */
export function writeLetter(slot: Uint8Array<SharedArrayBuffer>, letter: Letter | null): boolean {
  const lengthsAt = new DataView(slot.buffer, slot.byteOffset, LENGTHS_BYTES);
  lengthsAt.setUint32(0, 0);
  const parts = letter === null ? [] : [...letter.texts, JSON.stringify(letter.head)];
  // A code unit takes at most three bytes, and a length eight digits with its comma.
  const most = parts.reduce((sum, part) => sum + part.length * 3 + 9, LENGTHS_BYTES + 2);
  if (letter === null || most > slot.length) return false;
  const encoder = new TextEncoder();
  let at = LENGTHS_BYTES;
  const put = (part: string): number => {
    const { written } = encoder.encodeInto(part, slot.subarray(at));
    at += written;
    return written;
  };
  const lengths = parts.map(put);
  lengthsAt.setUint32(0, at);
  put(JSON.stringify(lengths));
  slot[at] = 0;
  return true;
}

/**
 * Reads a letter.
 *
 * @param slot Memory that writeLetter has written.
 * @returns The letter; null for none.
 */
export function readLetter(slot: Uint8Array<SharedArrayBuffer>): Letter | null {
  const end = new DataView(slot.buffer, slot.byteOffset, LENGTHS_BYTES).getUint32(0);
  if (end === 0) return null;
  const decoder = new TextDecoder();
  // Decoders refuse shared memory, so what they read is a copy.
  const lengths = JSON.parse(decoder.decode(slot.slice(end, slot.indexOf(0, end)))) as number[];
  const bytes = slot.slice(LENGTHS_BYTES, end);
  let at = 0;
  const texts = lengths.map((length) => decoder.decode(bytes.subarray(at, at += length)));
  return { head: JSON.parse(texts.pop()!), texts };
}
