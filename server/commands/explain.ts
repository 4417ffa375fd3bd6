const SYSTEM: [RegExp, string][] = [
  [/No space left on device|ENOSPC|database or disk is full/i, "the disk is full: free some space and run it again"],
  [/Read-only file system|EROFS|readonly database/i, "the disk is read-only: choose another folder in boathouse.yaml"],
  [/No such file or directory|ENOENT/i, "check the path"],
  [/Not a directory|ENOTDIR/i, "a part of the path is a file: choose another folder in boathouse.yaml"],
  [/Permission denied|EACCES/i, "permission is denied: check who owns the folder"],
];

/**
 * Says an error in one line: what, where and the way out.
 *
 * @param error anything thrown
 * @returns one line without a final period
 */
export function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").map((part) => part.trim()).filter((part) => part !== "").join(" ").replace(/\.$/, "");
  const system = SYSTEM.find(([pattern]) => pattern.test(line));
  if (system && !line.startsWith("Cannot ")) return `${line}; ${system[1]}`;
  return line === "" ? "it failed without a message: run it again with --trace" : line;
}
