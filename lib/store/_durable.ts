import { dirname, join } from "node:path";
import { isAbsent } from "./_inspect.ts";
import { TEMPORARY } from "./_path.ts";

/**
 * Writes bytes to a temporary file of a folder, durably, and hands it to `use`; the file is gone afterwards.
 *
 * @param root Folder that exists; folders below it are made as needed.
 * @param folder Folder of the temporary file, `root` or below.
 * @param write Fills the new file.
 * @param use Links or renames the finished file.
 * @returns What `use` returned.
 */
export async function withTemporary<T>(
  root: string,
  folder: string,
  write: (file: Deno.FsFile) => Promise<void>,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = join(folder, `${TEMPORARY}${crypto.randomUUID()}`);
  const file = await create(root, temporary);
  try {
    await fill(file, write);
    return await use(temporary);
  } finally {
    await removeIfThere(temporary);
  }
}

async function fill(file: Deno.FsFile, write: (file: Deno.FsFile) => Promise<void>): Promise<void> {
  using open = file;
  await write(open);
  await open.syncData();
}

/**
 * Writes all bytes: one call of write may take only a part.
 *
 * @param file Open file.
 * @param bytes What is appended at the file's position.
 */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/**
 * Makes the names in a folder durable: a synced file can still lose its name.
 *
 * @param folder Folder that was changed.
 */
export async function syncFolder(folder: string): Promise<void> {
  using file = await Deno.open(folder);
  await file.sync();
}

/**
 * Removes a file, if it is there.
 *
 * @param file Path of the file.
 */
export async function removeIfThere(file: string): Promise<void> {
  try {
    await Deno.remove(file);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}

/**
 * Makes a folder and those above it, durably.
 *
 * @param root Folder that exists.
 * @param folder `root` or a folder below it.
 */
export async function makeFolder(root: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (let at = folder; at !== root && at !== dirname(at); at = dirname(at)) await syncFolder(dirname(at));
}

/**
 * Runs an action that needs the folder of a file, and again after making the folder if it was missing.
 *
 * @param root Folder that exists.
 * @param file File below it that the action makes.
 * @param action Fails with Deno.errors.NotFound when the folder is missing.
 * @returns What the action returned.
 */
export async function inFolder<T>(root: string, file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    await makeFolder(root, dirname(file));
    return await action();
  }
}

function create(root: string, file: string): Promise<Deno.FsFile> {
  return inFolder(root, file, () => Deno.open(file, { createNew: true, write: true }));
}
