/**
 * Tells whether there is a file or a folder.
 *
 * @param path its path
 * @returns false where nothing is there
 * @throws {Error} when that cannot be told, as a folder on the way may not be read
 * @example
 * ```ts
 * import { pathExists } from "./path_exists.ts";
 * if (pathExists("nowhere/at/all")) throw new Error("unexpected");
 * ```
 */
export function pathExists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
