import { dirname, join, normalize, relative } from "node:path";
import { gitSync } from "./_git.ts";

/** More bytes than this are not read. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_LINKS = 8;

/** The files of one commit. */
export interface GitTree {
  /** Name of the commit. */
  readonly commit: string;
  /** Object by path from the root of the repository; equal objects are equal files. */
  readonly files: ReadonlyMap<string, GitFile>;
  /** The bytes of a file by its path, links followed within the tree; null where there is none. */
  read(path: string): Uint8Array | null;
}

/** A file of a commit. */
export interface GitFile {
  /** Name of its object, a hash of its content. */
  id: string;
  /** Its size; of a link, that of its target's path. */
  bytes: number;
  /** Whether its content is the path of another file. */
  isLink: boolean;
}

/** Reads what `git ls-tree -r -z --long` lists. */
export function readTree(root: string, commit: string, listing: Uint8Array): GitTree {
  const entries = new TextDecoder().decode(listing).split("\0").slice(0, -1);
  const files = new Map(entries.flatMap((entry): [string, GitFile][] => {
    const tab = entry.indexOf("\t");
    const [mode, type, id, bytes] = entry.slice(0, tab).split(/ +/) as [string, string, string, string];
    return type === "blob" ? [[entry.slice(tab + 1), { id, bytes: Number(bytes), isLink: mode === "120000" }]] : [];
  }));
  const cache = new Map<string, Uint8Array>();
  const load = ({ id, bytes }: GitFile, path: string): Uint8Array => {
    const known = cache.get(id);
    if (known) return known;
    if (bytes > MAX_BYTES) {
      throw new RangeError(`Cannot read "${path}" as it must have at most ${MAX_BYTES} bytes: got ${bytes}`);
    }
    const { code, stdout, said } = gitSync(root, ["cat-file", "blob", id]);
    if (code !== 0) throw new Error(`Cannot read "${path}" of commit ${commit.slice(0, 12)}: ${said}`);
    cache.set(id, stdout);
    return stdout;
  };
  const read = (path: string, links = 0): Uint8Array | null => {
    const file = files.get(path);
    if (!file) return null;
    if (!file.isLink) return load(file, path);
    const target = new TextDecoder().decode(load(file, path));
    return links < MAX_LINKS ? read(normalize(join(dirname(path), target)), links + 1) : null;
  };
  return { commit, files, read: (path) => read(path) };
}

/**
 * Reads the files of a commit as if they lay in the working tree.
 *
 * @param root Absolute folder of the repository's working tree.
 * @param tree The files of a commit.
 * @returns A function from an absolute path to the text of the file, null where there is none.
 *
 * @example
 * ```ts
 * import { treeReader } from "./tree.ts";
 *
 * const read = treeReader("/w", { read: () => new TextEncoder().encode("a") });
 * console.assert(read("/w/a.ts") === "a");
 * ```
 */
export function treeReader(root: string, tree: Pick<GitTree, "read">): (path: string) => string | null {
  return (path) => {
    const bytes = tree.read(relative(root, path).split("\\").join("/"));
    return bytes && new TextDecoder().decode(bytes);
  };
}
