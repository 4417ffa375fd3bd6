import { basename, dirname, extname, join } from "node:path";

/** A file that is about to be written as a whole. */
export interface PendingFile extends AsyncDisposable {
  /**
   * Puts the text in the place of the file at once: who reads it sees the old or the new one. Where the file is not as
   * it was when this was opened, it stays, and the text goes beside it.
   *
   * @returns Where the text is.
   * @throws {Error} When the disk is full or cannot be written to.
   */
  save(text: string): Promise<string>;
}

/**
 * Makes ready to write a file, so that a folder that cannot be written to is found before a long run.
 *
 * @param path Absolute path; its folder is made.
 * @param options `before`: what the file held when the caller read it; read now unless given.
 * @returns The pending file; dispose of it to leave nothing behind where nothing was saved.
 * @throws {Error} When the folder cannot be written to.
 */
export async function openSave(path: string, options: { before?: string } = {}): Promise<PendingFile> {
  const refuse = (cause: unknown): never => {
    const { message } = cause as Error;
    throw new Error(`Cannot save notebook "${path}" as its folder must be writable: ${message}`, { cause });
  };
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
  const open = async (): Promise<[before: string | null, file: Deno.FsFile]> => {
    await Deno.mkdir(dirname(path), { recursive: true });
    return [options.before ?? await readIfThere(path), await Deno.open(temporary, { write: true, createNew: true })];
  };
  const [before, file] = await open().catch(refuse);
  let saved = false;
  const write = async (text: string): Promise<string> => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    const target = await readIfThere(path) === before ? path : await reserveBeside(path);
    await Deno.rename(temporary, target);
    saved = true;
    return target;
  };
  return {
    save: (text) => write(text).catch(refuse),
    [Symbol.asyncDispose]: async () => {
      file.close();
      if (!saved) await Deno.remove(temporary);
    },
  };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Makes an empty file of a name that nothing has, so that no other run takes it. */
async function reserveBeside(path: string): Promise<string> {
  const stem = join(dirname(path), basename(path, extname(path)));
  for (let copy = 1;; copy++) {
    const beside = `${stem}.run${copy === 1 ? "" : `-${copy}`}${extname(path)}`;
    try {
      (await Deno.open(beside, { write: true, createNew: true })).close();
      return beside;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}
