import { statfs } from "node:fs/promises";

/** Below this much free space nothing is published any more, so that what is open can still be finished. */
export const DISK_RESERVE_BYTES = 256 * 1024 * 1024;

/**
 * Reads how much space is free for this user on the disk of a folder.
 *
 * @param folder an existing folder
 * @returns bytes
 */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Number(bavail) * Number(bsize);
}
