import { join } from "node:path";
import { removeIfThere } from "./_durable.ts";
import { entries, isAbsent } from "./_inspect.ts";
import { TEMPORARY } from "./_path.ts";

const STALE_MS = 3_600_000; // no write of one object takes an hour

/**
 * Removes the temporary files that killed writers left more than an hour ago.
 *
 * @param folder Folder that is searched, with all below it.
 * @param nowMs Time that ages are measured against, milliseconds since 1970.
 */
export async function sweep(folder: string, nowMs: number): Promise<void> {
  for (const entry of await entries(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) await sweep(path, nowMs);
    else if (entry.isFile && entry.name.startsWith(TEMPORARY) && await isStale(path, nowMs)) await removeIfThere(path);
  }
}

async function isStale(file: string, nowMs: number): Promise<boolean> {
  try {
    const { mtime } = await Deno.lstat(file);
    return mtime !== null && nowMs - mtime.getTime() > STALE_MS;
  } catch (cause) {
    if (isAbsent(cause)) return false; // its writer has just finished
    throw cause;
  }
}
