/**
 * Tells whether an operation failed because the file is not there; a file where a folder was expected counts too.
 *
 * @param cause What was thrown.
 * @returns true for ENOENT and ENOTDIR.
 */
export function isAbsent(cause: unknown): boolean {
  return cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory;
}

/**
 * Describes a file, following links.
 *
 * @param file Path of the file.
 * @returns null when there is none.
 */
export async function statIfThere(file: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(file);
  } catch (cause) {
    if (isAbsent(cause)) return null;
    throw cause;
  }
}

/**
 * Reads the names in a folder.
 *
 * @param folder Path of the folder.
 * @returns Its entries; none when the folder is not there.
 */
export async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw cause;
  }
}

/**
 * Reads a whole file.
 *
 * @param file Path of the file.
 * @returns null when there is no file.
 */
export async function readIfThere(file: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(file);
  } catch (cause) {
    if (isAbsent(cause) || cause instanceof Deno.errors.IsADirectory) return null;
    throw cause;
  }
}

/**
 * Names the operating system's error.
 *
 * @param cause What was thrown.
 * @returns For example `ENOSPC`; undefined for errors of other origin.
 */
export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
