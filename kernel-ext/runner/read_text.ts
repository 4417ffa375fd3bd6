/**
 * Reads the text of a notebook.
 *
 * @param path Absolute path.
 * @param file The path as people wrote it, for errors.
 * @returns The text.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError} When its bytes are not UTF-8.
 */
export async function readNotebookText(path: string, file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    if (cause instanceof TypeError) {
      // What does not fit would be replaced, and saved so.
      throw new SyntaxError(
        `Cannot run notebook "${file}" as it must be UTF-8: save it so, its other bytes would be lost`,
        {
          cause,
        },
      );
    }
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot run notebook "${file}" as it must be there: no such file`, { cause });
  }
}
