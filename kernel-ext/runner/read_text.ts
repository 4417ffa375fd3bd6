/**
 * Reads the text of a notebook.
 *
 * @param path Absolute path.
 * @param file The path as people wrote it, for errors.
 * @returns The text.
 * @throws {Deno.errors.NotFound} When there is no such file.
 */
export async function readNotebookText(path: string, file: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot run notebook "${file}" as it must be there: no such file`, { cause });
  }
}
