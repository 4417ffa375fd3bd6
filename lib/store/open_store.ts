import { openDirectory } from "./_directory.ts";
import type { Store } from "./store.ts";

/** Where the objects lie. */
export interface StoreLocation {
  /** The one kind of this version. */
  kind: "directory";
  /** Absolute folder; made when missing. */
  dir: string;
}

/**
 * Opens a store. It proves put-if-absent (a second put must be refused), is read-only where that fails, and before its
 * first write removes what writers that were killed left behind more than an hour ago.
 *
 * @param location The folder that holds the objects.
 * @returns The store; see `writable`.
 * @throws {Error} When the folder is missing and cannot be made, or is no folder.
 *
 * @example
 * ```ts
 * import { openStore } from "./open_store.ts";
 *
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert(await store.putIfAbsent("tables/a/0.json", new Uint8Array([1])));
 * console.assert(!await store.putIfAbsent("tables/a/0.json", new Uint8Array([2])));
 * ```
 */
export function openStore(location: StoreLocation): Promise<Store> {
  return openDirectory(location.dir);
}
