import { statfsSync } from "node:fs";

/**
 * Reads how much space is free for this user on the disk of a folder.
 *
 * @param folder an existing folder
 * @returns bytes
 * @throws {Error} when the folder cannot be reached
 * @example
 * ```ts
 * import { freeBytes } from "./disk.ts";
 * console.assert(freeBytes(Deno.makeTempDirSync()) > 0);
 * ```
 */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Number(bavail) * Number(bsize);
}
