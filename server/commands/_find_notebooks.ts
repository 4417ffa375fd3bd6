import { join, resolve } from "node:path";

/** Folders without notebooks of people: packages, and what runs have left. */
const SKIPPED = /^(\.|node_modules$)/;

/**
 * Finds the notebooks that paths name: files, and all below folders. Hidden folders and packages are left out.
 *
 * @param paths Files and folders.
 * @returns Absolute paths, each once, in the order of the paths and below each by name.
 * @throws {RangeError} When a path is neither, or a folder has no notebook.
 *
 * @example
 * ```ts
 * import { findNotebooks } from "./_find_notebooks.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/a.ipynb`, "{}");
 * console.assert(findNotebooks([dir, `${dir}/../${dir.split("/").at(-1)}/a.ipynb`]).length === 1);
 * ```
 */
export function findNotebooks(paths: readonly string[]): string[] {
  return [
    ...new Set(paths.flatMap((path) => {
      const found = notebooksAt(resolve(path), path);
      if (found.length > 0) return found;
      throw new RangeError(
        `Cannot verify "${path}" as it must hold notebooks: no .ipynb file below it; name another folder`,
      );
    })),
  ];
}

function notebooksAt(path: string, shown: string): string[] {
  const stat = statOf(path);
  if (stat?.isFile) return [path];
  if (stat?.isDirectory) return notebooksBelow(path);
  const found = stat ? "it is neither" : "nothing is there; check the path";
  throw new RangeError(`Cannot verify "${shown}" as it must be a notebook or a folder: ${found}`);
}

function notebooksBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return SKIPPED.test(entry.name) ? [] : notebooksBelow(path);
    return entry.name.endsWith(".ipynb") ? [path] : [];
  });
}

function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
