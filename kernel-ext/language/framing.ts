/**
 * Frames a message of a language server (LSP 3.17, "Base Protocol").
 *
 * @param message What JSON has.
 * @returns Its bytes, headed by their length.
 */
export function encodeMessage(message: object): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
  const frame = new Uint8Array(head.length + body.length);
  frame.set(head);
  frame.set(body, head.length);
  return frame;
}

/**
 * Reads framed messages to the end of a stream.
 *
 * @param chunks Bytes, cut anywhere.
 * @returns The messages; one that the end cuts off is dropped.
 * @throws {SyntaxError} When a head or a body is not as the protocol has it.
 * @throws {RangeError} When a message is longer than 256 MiB.
 */
export async function* decodeMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let kept: Uint8Array[] = [];
  let length = 0;
  let wanted: number | null = null;
  for await (const chunk of chunks) {
    kept.push(chunk);
    length += chunk.length;
    // A long body is put together once, when all of it is there.
    if (wanted !== null && length < wanted) continue;
    let rest = join(kept, length);
    for (let next = cut(rest); next; next = cut(rest)) {
      if (next.body === null) break;
      yield parse(next.body);
      rest = rest.subarray(next.end);
    }
    wanted = cut(rest)?.end ?? null;
    kept = [rest];
    length = rest.length;
  }
}

/** The first message of some bytes: where it ends, and its body once all of it is there; null before its head is. */
function cut(bytes: Uint8Array): { end: number; body: Uint8Array | null } | null {
  const headEnd = findHeadEnd(bytes);
  if (headEnd < 0) {
    if (bytes.length < MAX_HEAD_BYTES) return null;
    throw new SyntaxError("Cannot read message of language server as it must have a head: it has none");
  }
  const head = new TextDecoder().decode(bytes.subarray(0, headEnd));
  const size = /^content-length:\s*(\d+)\s*$/im.exec(head)?.[1];
  if (size === undefined) {
    throw new SyntaxError(`Cannot read message of language server as its head must tell its length: got "${head}"`);
  }
  const end = headEnd + 4 + Number(size);
  if (end > MAX_BYTES) {
    throw new RangeError(`Cannot read message of language server as 256 MiB are the limit: it has ${size} bytes`);
  }
  return { end, body: bytes.length < end ? null : bytes.subarray(headEnd + 4, end) };
}

function findHeadEnd(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < Math.min(bytes.length, MAX_HEAD_BYTES); at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new SyntaxError(`Cannot read message of language server as it must be JSON: ${(error as Error).message}`);
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const MAX_HEAD_BYTES = 4_096;
const MAX_BYTES = 256 * 2 ** 20;
