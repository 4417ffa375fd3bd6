/** Errors of the system by their number: what is wrong, and the way out. */
const SYSTEM: Readonly<Record<number, string>> = {
  2: "it is not there; check the path",
  13: "permission is denied; check who owns it",
  17: "something else is there; choose another path",
  20: "a part of its path is a file; choose another folder in boathouse.yaml",
  21: "it is a folder; name a file",
  28: "the disk is full; free some space and run it again",
  30: "the disk is read-only; choose another folder in boathouse.yaml",
};

const VERBS: Readonly<Record<string, string>> = {
  stat: "read",
  readfile: "read",
  readdir: "read",
  realpath: "read",
  writefile: "write",
  mkdir: "make folder",
  remove: "remove",
  rename: "rename",
  copy: "copy",
};

const HINTS: readonly [RegExp, string][] = [
  [/ENOSPC|No space left on device|database or disk is full/i, "the disk is full: free some space and run it again"],
  [/EROFS|Read-only file system|readonly database/i, "the disk is read-only: choose another folder in boathouse.yaml"],
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
  if (line === "") return "it failed without a message: run it again with --trace";
  if (line.startsWith("Cannot ")) return line;
  const hint = HINTS.find(([pattern]) => pattern.test(line));
  return systemError(line) ?? (hint ? `${line}; ${hint[1]}` : line);
}

/** Puts what Deno says of a system call into the form of all other errors. */
function systemError(line: string): string | null {
  const [, number, call, path] = /^[^:]+ \(os error (\d+)\): (\w+) '([^']*)'/.exec(line) ?? [];
  const wrong = SYSTEM[Number(number)];
  if (wrong === undefined) return null;
  const verb = VERBS[call!] ?? "open";
  const isMade = Number(number) === 2 && (verb === "write" || verb === "make folder");
  return `Cannot ${verb} "${path}" as ${isMade ? "its folder is not there; check the path" : wrong}`;
}
