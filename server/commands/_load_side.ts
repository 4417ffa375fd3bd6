import { dirname } from "node:path";
import { rootAbove } from "../../lib/config/env/mod.ts";
import { type NotebookVersion, readVersion } from "../../lib/notebook/mod.ts";
import type { NotebookSide } from "./_notebook_sides.ts";

/**
 * Reads one side of a diff, and judges it where it lies in a workbench.
 *
 * @param side the side
 * @returns the version
 */
export async function loadSide({ name, path, readFile }: NotebookSide): Promise<NotebookVersion> {
  const root = path === null ? null : rootAbove(dirname(path));
  return await readVersion(path, { name: path === null ? "" : name, root, ...readFile ? { readFile } : {} });
}
