import { basename, dirname, join } from "node:path";

/** A file that is about to be written as a whole. */
export interface PendingFile extends AsyncDisposable {
  /**
   * Puts the text in the place of the file at once: who reads it sees the old or the new one.
   *
   * @throws {Error} When the disk is full or cannot be written to.
   */
  save(text: string): Promise<void>;
}

/**
 * Makes ready to write a file, so that a folder that cannot be written to is found before a long run.
 *
 * @param path Absolute path; its folder is made.
 * @returns The pending file; dispose of it to leave nothing behind where nothing was saved.
 * @throws {Error} When the folder cannot be written to.
 */
export async function openSave(path: string): Promise<PendingFile> {
  const refuse = (cause: unknown): never => {
    const { message } = cause as Error;
    throw new Error(`Cannot save notebook "${path}" as its folder must be writable: ${message}`, { cause });
  };
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
  const open = async (): Promise<Deno.FsFile> => {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(temporary, { write: true, createNew: true });
  };
  const file = await open().catch(refuse);
  let saved = false;
  const write = async (text: string): Promise<void> => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    await Deno.rename(temporary, path);
    saved = true;
  };
  return {
    save: (text) => write(text).catch(refuse),
    [Symbol.asyncDispose]: async () => {
      file.close();
      if (!saved) await Deno.remove(temporary);
    },
  };
}
