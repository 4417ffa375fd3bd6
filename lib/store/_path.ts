const MAX_PATH = 1024; // the longest key of S3, in bytes

/** Files that are being written; a listing does not show them and the next start sweeps stale ones. */
export const TEMPORARY = ".tmp-";

/**
 * Refuses a path that a reader of the lake could take for another one, or that leads out of the store.
 *
 * @param path Path of an object.
 * @throws {RangeError} When the path breaks a rule.
 */
export function checkPath(path: string): void {
  if (path === "") refuse(path, "must not be empty");
  checkCharacters(path);
  for (const segment of path.split("/")) checkSegment(path, segment);
}

/**
 * Refuses the prefix of a listing that no path can start with.
 *
 * @param prefix Start of the paths, or `""` for all.
 * @throws {RangeError} When the prefix breaks a rule of paths.
 */
export function checkPrefix(prefix: string): void {
  checkCharacters(prefix);
  for (const segment of prefix.split("/").slice(0, -1)) checkSegment(prefix, segment);
}

/**
 * Refuses a path that leads out of the store, but takes names of other programs, which may hold any character but control
 * characters.
 *
 * @param path Path of an object that is only read.
 * @throws {RangeError} When the path breaks a rule.
 */
export function checkForeignPath(path: string): void {
  const isPlain = path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
  if (!isPlain || /\p{Cc}/u.test(path)) checkPath(path);
}

/**
 * Refuses what is no path of a folder.
 *
 * @param folder Path with a slash at its end, or `""`.
 * @throws {RangeError} When it breaks a rule of paths.
 */
export function checkFolder(folder: string): void {
  if (folder !== "" && !folder.endsWith("/")) refuse(folder, "must end with / to name a folder");
  checkPrefix(folder);
}

/**
 * Tells whether a file of the folder can be named by a path.
 *
 * @param name Name of a file or folder.
 * @returns false for temporary files and foreign names.
 */
export function isSegment(name: string): boolean {
  return /^[A-Za-z0-9._=-]+$/.test(name) && !name.startsWith(TEMPORARY);
}

/**
 * Tells whether a text is the path of an object.
 *
 * @param path Any text.
 * @returns true where `checkPath` does not refuse it.
 */
export function isPath(path: string): boolean {
  return path.length <= MAX_PATH && path.split("/").every((name) => isSegment(name) && name !== "." && name !== "..");
}

function checkCharacters(path: string): void {
  if (path.length > MAX_PATH) refuse(path.slice(0, 60) + "…", `must be at most ${MAX_PATH} bytes long`);
  if (!/^[A-Za-z0-9._=/-]*$/.test(path)) refuse(path, "must consist of A-Z a-z 0-9 . _ = / -");
}

function checkSegment(path: string, segment: string): void {
  if (segment === "") refuse(path, "must be relative, with one / between names");
  if (segment === "." || segment === "..") refuse(path, `must not hold "${segment}"`);
  if (segment.startsWith(TEMPORARY)) refuse(path, `must not hold a name that starts with "${TEMPORARY}"`);
}

function refuse(path: string, rule: string): never {
  throw new RangeError(`Cannot name object as its path ${rule}: got ${JSON.stringify(path)}`);
}
