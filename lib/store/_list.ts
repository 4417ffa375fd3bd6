import { join } from "node:path";
import { entries, statIfThere } from "./_inspect.ts";
import { isSegment } from "./_path.ts";
import type { StoredObject } from "./store.ts";

/**
 * Walks the files whose path starts with a prefix, in the order of their paths.
 *
 * @param root Folder of the store.
 * @param prefix Start of the paths; folders that cannot hold such a path are not read.
 * @returns The files; temporary ones and names that no path can have are left out.
 */
export function listFiles(root: string, prefix: string): AsyncIterable<StoredObject> {
  return walk(root, prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<StoredObject> {
  for (const path of await paths(root, folder)) {
    if (path.endsWith("/")) {
      if (path.startsWith(prefix) || prefix.startsWith(path)) yield* walk(root, path, prefix);
    } else if (path.startsWith(prefix)) {
      const found = await describe(root, path);
      if (found) yield found;
    }
  }
}

/** A folder sorts with its slash, so that "a-b" comes before "a/c" as it does in the order of whole paths. */
async function paths(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entries(join(root, folder))) {
    if (!isSegment(entry.name)) continue;
    found.push(folder + entry.name + (await isFolder(join(root, folder), entry) ? "/" : ""));
  }
  return found.sort((a, b) => a < b ? -1 : 1);
}

async function isFolder(folder: string, entry: Deno.DirEntry): Promise<boolean> {
  if (!entry.isSymlink) return entry.isDirectory;
  const target = await statIfThere(join(folder, entry.name));
  return target?.isDirectory ?? false;
}

async function describe(root: string, path: string): Promise<StoredObject | null> {
  const info = await statIfThere(join(root, path));
  return info?.isFile ? { path, bytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 } : null;
}
