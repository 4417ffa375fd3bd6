import { dirname, join, resolve } from "node:path";

/** The file that makes a folder a workbench. */
export const SETTINGS_FILE = "boathouse.yaml";

/**
 * Finds the workbench that a folder belongs to: the nearest folder upward that holds boathouse.yaml.
 *
 * @param from folder to start at
 * @returns absolute folder
 * @throws {Error} when no folder upward holds boathouse.yaml
 * @example
 * ```ts
 * import { findRoot } from "./find_root.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * if (findRoot(dir) !== dir) throw new Error("unexpected");
 * ```
 */
export function findRoot(from: string): string {
  const root = rootAbove(from);
  if (root !== null) return root;
  throw new Error(`Cannot find a workbench at "${from}" as no folder upward holds ${SETTINGS_FILE}: change into one`);
}

/**
 * Finds the same where there may be none.
 *
 * @param from folder to start at
 * @returns absolute folder; null when no folder upward holds boathouse.yaml
 * @example
 * ```ts
 * import { rootAbove } from "./find_root.ts";
 * if (rootAbove("/") !== null) throw new Error("unexpected");
 * ```
 */
export function rootAbove(from: string): string | null {
  for (let dir = resolve(from);; dir = dirname(dir)) {
    if (isFile(join(dir, SETTINGS_FILE))) return dir;
    if (dirname(dir) === dir) return null;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
