/**
 * Reads a stream in large parts, since each one costs whatever its size. What comes from a file or the network is in
 * small ones; a stream that is made in this process stays as it is.
 *
 * @param body the stream
 * @param bytes length of a part; the last one is shorter
 * @returns the parts; who leaves early cancels the stream
 * @example
 * ```ts
 * import { largeParts } from "./large_parts.ts";
 * const parts = await Array.fromAsync(largeParts(new Blob(["a", "b"]).stream(), 1024));
 * if (parts.length !== 1) throw new Error("unexpected");
 * ```
 */
export async function* largeParts(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  bytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = openReader(body);
  if (reader === null) return yield* body;
  try {
    for (let done = false; !done;) {
      const read = await reader.read(new Uint8Array(bytes), { min: bytes });
      if (read.value && read.value.length > 0) yield read.value;
      done = read.done;
    }
  } finally {
    await reader.cancel();
  }
}

function openReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return null; // it is no stream of bytes
    throw error;
  }
}
