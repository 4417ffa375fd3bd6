import { dirname } from "node:path";
import { inFolder, syncFolder, withTemporary, writeAll } from "./_durable.ts";
import { codeOf, statIfThere } from "./_inspect.ts";

/**
 * Writes a file under a name that is free: link(2) fails when it is taken.
 *
 * @param root Folder of the store.
 * @param file Path below it.
 * @param bytes Content.
 * @returns false when there is such a file.
 */
export function linkNew(root: string, file: string, bytes: Uint8Array): Promise<boolean> {
  return withTemporary(root, dirname(file), (open) => writeAll(open, bytes), async (temporary) => {
    try {
      await Deno.link(temporary, file);
    } catch (cause) {
      if (cause instanceof Deno.errors.AlreadyExists && (await statIfThere(file))?.isFile) return false;
      throw cause;
    }
    await syncFolder(dirname(file));
    return true;
  });
}

/**
 * Writes a file, over an older one if there is one; a reader sees the old or the new content, never a part.
 *
 * @param root Folder of the store.
 * @param file Path below it.
 * @param bytes Content.
 */
export function replace(root: string, file: string, bytes: Uint8Array): Promise<void> {
  return withTemporary(root, dirname(file), (open) => writeAll(open, bytes), (temporary) => rename(temporary, file));
}

/**
 * Moves a finished file of this machine into the store.
 *
 * @param root Folder of the store.
 * @param localFile Path of the file; on another disk it is copied and removed.
 * @param file Path below `root`.
 */
export async function moveIn(root: string, localFile: string, file: string): Promise<void> {
  await syncFile(localFile);
  try {
    await inFolder(root, file, () => rename(localFile, file));
  } catch (cause) {
    if (codeOf(cause) !== "EXDEV") throw cause;
    await copyIn(root, localFile, file);
  }
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.syncData();
}

async function copyIn(root: string, localFile: string, file: string): Promise<void> {
  using local = await Deno.open(localFile);
  const copy = (open: Deno.FsFile) => local.readable.pipeTo(open.writable, { preventClose: true });
  await withTemporary(root, dirname(file), copy, (temporary) => rename(temporary, file));
  await Deno.remove(localFile);
}

async function rename(from: string, to: string): Promise<void> {
  await Deno.rename(from, to);
  await syncFolder(dirname(to));
}
