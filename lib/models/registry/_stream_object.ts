import { createHash } from "node:crypto";
import type { Store } from "../../store/mod.ts";

/** A large part: each one costs, whatever its size, and a server of Node pays most. */
const CHUNK_BYTES = 1024 * 1024;
const MOST_REMEMBERED = 10_000;

/** What the file system said, by digest, of files that were found to be whole: until it says something else they are. */
export type WholeFiles = Map<string, string>;

/**
 * Streams a large object and verifies it on the way: the last part is held back until the hash is known, so that other
 * bytes never arrive as a whole. A file that was found to be whole is sent as it is, and hashed again when it changes.
 *
 * @param store where the object lies
 * @param digest SHA-256 of its content
 * @param bytes its length
 * @param whole files that are known to be whole: read and written
 * @returns its bytes; the stream breaks where they have another hash or length
 * @throws {Deno.errors.NotFound} when there is no such object
 */
export async function streamObject(
  store: Store,
  digest: string,
  bytes: number,
  whole: WholeFiles,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const path = `objects/${digest}`;
  await using opened = new AsyncDisposableStack();
  const held = opened.use(await store.hold([path]));
  const file = opened.use(await Deno.open(held.files[0]!));
  const found = await describe(file);
  const parts = opened.move();
  if (whole.get(digest) === found) {
    await held[Symbol.asyncDispose](); // who has it open reads it to its end
    return file.readable; // servers send it without a detour
  }
  const hash = createHash("sha256");
  let seen = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const part = chunk.subarray(0, await file.read(chunk) ?? 0);
    hash.update(part);
    seen += part.length;
    if (part.length > 0 && seen < bytes) return controller.enqueue(part);
    if (seen !== bytes || hash.digest("hex") !== digest) throw altered(path, digest, store);
    if (await describe(file) === found) remember(whole, digest, found);
    await parts.disposeAsync();
    controller.enqueue(part);
    controller.close();
  };
  const end = () => parts.disposeAsync();
  return new ReadableStream({
    pull: (controller) => pull(controller).catch(async (error) => (await end(), Promise.reject(error))),
    cancel: end,
  }, { highWaterMark: 1 });
}

async function describe(file: Deno.FsFile): Promise<string> {
  const { dev, ino, size, mtime, ctime } = await file.stat();
  return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
}

function remember(whole: WholeFiles, digest: string, found: string): void {
  if (whole.size >= MOST_REMEMBERED) whole.delete(whole.keys().next().value!);
  whole.set(digest, found);
}

function altered(path: string, digest: string, store: Store): Error {
  return new Error(
    `Cannot get object as its bytes must have the hash ${digest}: "${path}" in "${store.url}" has another; ` +
      `restore it from a copy`,
  );
}
