import { createHash } from "node:crypto";
import type { Store } from "../../store/mod.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Streams a large object and verifies it on the way: the last part is held back until the hash is known, so that other
 * bytes never arrive as a whole.
 *
 * @param store where the object lies
 * @param digest SHA-256 of its content
 * @param bytes its length
 * @returns its bytes; the stream breaks where they have another hash or length
 * @throws {Deno.errors.NotFound} when there is no such object
 */
export async function streamObject(
  store: Store,
  digest: string,
  bytes: number,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const path = `objects/${digest}`;
  const held = await store.hold([path]);
  const file = await Deno.open(held.files[0]!);
  const hash = createHash("sha256");
  let seen = 0;
  const close = async (): Promise<void> => {
    file.close();
    await held[Symbol.asyncDispose]();
  };
  return new ReadableStream({
    async pull(controller) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const read = await file.read(chunk) ?? 0;
      const part = chunk.subarray(0, read);
      hash.update(part);
      seen += read;
      if (read > 0 && seen < bytes) return controller.enqueue(part);
      await close();
      if (seen === bytes && hash.digest("hex") === digest) {
        controller.enqueue(part);
        return controller.close();
      }
      controller.error(
        new Error(
          `Cannot get object as its bytes must have the hash ${digest}: "${path}" in "${store.url}" has another; ` +
            `restore it from a copy`,
        ),
      );
    },
    cancel: close,
  }, { highWaterMark: 2 });
}
