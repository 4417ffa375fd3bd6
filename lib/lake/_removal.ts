import type { Store } from "../store/mod.ts";
import { pathIn } from "./_log_files.ts";

/**
 * Deletes files of a table that no pin needs, against pins that are saved meanwhile and without a lock: what is to go is
 * announced in the store before pins are read for the last time, and a pin is saved before announcements are read. Whoever
 * comes second sees the other.
 *
 * @param store store that holds the lake
 * @param root folder of the table
 * @param choose reads the pins and names the files that may go, as paths of the store; it is asked twice
 * @returns the files that are gone
 */
export async function removeUnpinned(store: Store, root: string, choose: () => Promise<string[]>): Promise<string[]> {
  const announced = await choose();
  if (announced.length === 0) return [];
  const own = `${folderOf(root)}${crypto.randomUUID()}.json`;
  await store.put(own, new TextEncoder().encode(JSON.stringify(announced)));
  const before = new Set(announced), gone = (await choose()).filter((path) => before.has(path));
  for (const path of gone) await store.delete(path);
  await store.delete(own); // where a delete failed it stays, as that may still be served
  await dropSpent(store, root);
  return gone;
}

/** Names what is being deleted, or was about to be when a process ended. */
export async function announcedRemovals(store: Store, root: string): Promise<Set<string>> {
  const paths = new Set<string>();
  for await (const { path } of store.list(folderOf(root))) {
    for (const one of await readAnnouncement(store, path)) paths.add(one);
  }
  return paths;
}

/** What a process that ended had announced is over once all of it is gone, as no file comes back. */
async function dropSpent(store: Store, root: string): Promise<void> {
  for await (const { path } of store.list(folderOf(root))) {
    if (!await isAnyThere(store, await readAnnouncement(store, path))) await store.delete(path);
  }
}

async function isAnyThere(store: Store, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await store.exists(path)) return true;
  return false;
}

/** Nothing where its process has just taken it back. */
async function readAnnouncement(store: Store, path: string): Promise<string[]> {
  try {
    return JSON.parse(new TextDecoder().decode(await store.get(path)));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}

function folderOf(root: string): string {
  return pathIn(root, "_vacuum/");
}
