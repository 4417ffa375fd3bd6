/** Largest frame that either side accepts; answers are held far below it by the worker. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** Bytes of the key that a child must show on each frame; workers never learn it. */
export const KEY_BYTES = 16;

const HEADER_BYTES = 8 + KEY_BYTES;

/** One frame: a JSON array of messages to or from a worker; worker 0 is the child itself. */
export interface Frame {
  worker: number;
  key: Uint8Array;
  text: string;
}

/**
 * Writes a frame: length of the text and worker as little-endian u32, the key, the text as UTF-8.
 *
 * @param frame The frame.
 * @returns Its bytes.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(frame.text);
  const bytes = new Uint8Array(HEADER_BYTES + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, frame.worker, true);
  bytes.set(frame.key, 8);
  bytes.set(text, HEADER_BYTES);
  return bytes;
}

/**
 * Reads frames out of chunks cut anywhere.
 *
 * @param onFrame Called for each whole frame, in order.
 * @returns Feeds one chunk.
 * @throws {RangeError} When a frame says that it is longer than MAX_FRAME_BYTES.
 */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let chunks: Uint8Array[] = [];
  let held = 0;
  let needed = HEADER_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    const bytes = concat(chunks);
    let at = 0;
    needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = frameLength(bytes, at);
      if (bytes.length - at < length) {
        needed = length;
        break;
      }
      onFrame(decodeFrame(bytes.subarray(at, at + length), decoder));
      at += length;
    }
    chunks = [bytes.subarray(at)];
    held = bytes.length - at;
  };
}

function frameLength(bytes: Uint8Array, at: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
  if (length > MAX_FRAME_BYTES) {
    throw new RangeError(`Cannot read a frame as it must have at most ${MAX_FRAME_BYTES} bytes: it says ${length}`);
  }
  return HEADER_BYTES + length;
}

function decodeFrame(bytes: Uint8Array, decoder: TextDecoder): Frame {
  const worker = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return { worker, key: bytes.slice(8, HEADER_BYTES), text: decoder.decode(bytes.subarray(HEADER_BYTES)) };
}

/**
 * Joins chunks into one array.
 *
 * @param chunks Bytes, in order.
 * @returns One array; the only chunk itself when there is one.
 */
export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Queues frames and writes all that is waiting in one go: under load several calls share a write.
 *
 * @param stream Where frames go; an error on it ends the writing and is told to `onError`.
 * @param onError Called once when the other side is gone.
 * @returns Queues one frame.
 */
export function frameWriter(
  stream: WritableStream<Uint8Array<ArrayBuffer>>,
  onError: (cause: unknown) => void,
): (frame: Frame) => void {
  const writer = stream.getWriter();
  let waiting: Uint8Array[] = [];
  let writing = false;
  const drain = async () => {
    writing = true;
    try {
      while (waiting.length > 0) {
        const bytes = concat(waiting) as Uint8Array<ArrayBuffer>;
        waiting = [];
        await writer.write(bytes);
      }
      writing = false;
    } catch (cause) {
      onError(cause);
    }
  };
  return (frame) => {
    waiting.push(encodeFrame(frame));
    if (!writing) void drain();
  };
}
