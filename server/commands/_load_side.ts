import { dirname } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import { type NotebookVersion, readVersion } from "../../lib/notebook/mod.ts";
import type { NotebookSide } from "./_notebook_sides.ts";

/**
 * Reads one side of a diff, and judges it where it lies in a workbench.
 *
 * @param side the side
 * @returns the version
 */
export async function loadSide({ name, path, readFile }: NotebookSide): Promise<NotebookVersion> {
  const root = path === null ? null : rootAround(path);
  return await readVersion(path, { name, root, ...readFile ? { readFile } : {} });
}

function rootAround(path: string): string | null {
  try {
    return findRoot(dirname(path));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot find a workbench")) return null;
    throw error;
  }
}
