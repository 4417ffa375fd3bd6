import { linkText } from "./_markdown.ts";
import { basename, dirname, join, relative, resolve } from "node:path";

/** Where the report of a notebook goes: `notebooks/x/y.ipynb` to `reports/x/`, as y. */
export interface ReportPlace {
  /** Absolute folder. */
  folder: string;
  /** Name of the notebook without `.ipynb`. */
  name: string;
  /** Link from the folder to the notebook. */
  link: string;
}

/**
 * Finds the place of a notebook's report.
 *
 * @param file Path of the notebook.
 * @param root Absolute folder of the workbench.
 * @returns The place.
 * @throws {RangeError} When the notebook is not below `notebooks/`.
 */
export function placeOf(file: string, root: string): ReportPlace {
  const path = resolve(file);
  const inside = relative(join(root, "notebooks"), path);
  if (inside.startsWith("..") || !inside.endsWith(".ipynb")) {
    throw new RangeError(`Cannot report "${file}" as it must be an .ipynb below "notebooks": it is not; move it there`);
  }
  const folder = join(root, "reports", dirname(inside));
  return { folder, name: basename(path, ".ipynb"), link: linkBetween(folder, path) };
}

/** A relative link from a folder to a file, for Markdown and HTML. */
export function linkBetween(folder: string, file: string): string {
  return linkText(relative(folder, file).split("\\").join("/"));
}

/** Writes a file so that readers see the old one or the new one, whole. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const half = `${path}.tmp`;
  await Deno.writeFile(half, bytes);
  await Deno.rename(half, path);
}
