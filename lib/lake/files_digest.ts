import { sha256 } from "../events/mod.ts";
import type { LiveFile } from "./snapshot.ts";

/**
 * Tells versions of a table apart by the files that make up their rows.
 *
 * @param files live files of a version, in any order
 * @returns SHA-256 of their paths, sorted, one a line
 * @example
 * ```ts
 * import { filesDigest } from "./files_digest.ts";
 * console.assert(filesDigest([{ path: "b" }, { path: "a" }]) === filesDigest([{ path: "a" }, { path: "b" }]));
 * ```
 */
export function filesDigest(files: readonly Pick<LiveFile, "path">[]): string {
  return sha256(files.map(({ path }) => path).sort().join("\n"));
}
