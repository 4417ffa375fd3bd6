import { join } from "node:path";

const SKIPPED = new Set(["node_modules", "lake", "testdata"]);

/**
 * Lists files below a folder by the end of their names; hidden folders, packages, data and test data are left out.
 *
 * @param folder absolute folder
 * @param end how the names end, such as ".md"
 * @returns absolute paths in the order of their names
 */
export function listFiles(folder: string, end: string): string[] {
  return [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return entry.name.startsWith(".") || SKIPPED.has(entry.name) ? [] : listFiles(path, end);
    return entry.isFile && entry.name.endsWith(end) ? [path] : [];
  });
}

/**
 * Reads a text file.
 *
 * @param path absolute path
 * @returns its text, "" for a folder, null when there is none
 */
export function readTextIfAny(path: string): string | null {
  try {
    return Deno.statSync(path).isFile ? Deno.readTextFileSync(path) : "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
