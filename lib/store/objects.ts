import { sha256 } from "../events/mod.ts";
import type { Store } from "./store.ts";

/**
 * Stores bytes under the hash of their content, so that equal bytes are stored once and a name can never change meaning.
 *
 * @param store Where the object goes, as `objects/<digest>`.
 * @param bytes The content.
 * @returns The SHA-256 of the bytes, 64 hexadecimal digits.
 * @throws {Error} When the store cannot be written.
 *
 * @example
 * ```ts
 * import { getObject, putObject } from "./objects.ts";
 * import { openStore } from "./open_store.ts";
 *
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const digest = await putObject(store, new Uint8Array([1, 2, 3]));
 * console.assert((await getObject(store, digest)).length === 3);
 * ```
 */
export async function putObject(store: Store, bytes: Uint8Array): Promise<string> {
  const digest = sha256(bytes);
  const path = pathOf(digest);
  if (!await store.exists(path)) await store.putIfAbsent(path, bytes);
  return digest;
}

/**
 * Reads the bytes that have a hash, and verifies it.
 *
 * @param store Where the object lies.
 * @param digest SHA-256 of the content, 64 lower-case hexadecimal digits.
 * @returns The content.
 * @throws {RangeError} When the digest is none.
 * @throws {Deno.errors.NotFound} When there is no such object.
 * @throws {Error} When the stored bytes have another hash.
 *
 * @example
 * ```ts
 * import { getObject } from "./objects.ts";
 * import { openStore } from "./open_store.ts";
 *
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const missing = await getObject(store, "0".repeat(64)).catch((error) => error);
 * console.assert(missing instanceof Deno.errors.NotFound);
 * ```
 */
export async function getObject(store: Store, digest: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = pathOf(digest);
  const bytes = await store.get(path);
  const found = sha256(bytes);
  if (found === digest) return bytes;
  throw new Error(
    `Cannot get object as its bytes must have the hash ${digest}: "${path}" in "${store.url}" has ${found}; ` +
      `restore it from a copy`,
  );
}

function pathOf(digest: string): string {
  if (/^[0-9a-f]{64}$/.test(digest)) return `objects/${digest}`;
  throw new RangeError(
    `Cannot name object as its digest must be 64 hexadecimal digits: got ${JSON.stringify(digest)}`,
  );
}
