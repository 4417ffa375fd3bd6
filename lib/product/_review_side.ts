import { basename, dirname, join } from "node:path";
import { type GitTree, type Repository, treeReader } from "../git/mod.ts";
import { type NotebookVersion, readVersion } from "../notebook/mod.ts";

/** The files of one commit, as a review reads them. */
export interface ReviewSide {
  /** Absolute folder of the repository; nothing is read from it. */
  root: string;
  tree: GitTree;
  /** The text of a file by its absolute path, null where there is none. */
  readFile(path: string): string | null;
  /** Paths of the reviewed files whose names end so, from the root, in their order. */
  list(end: string): string[];
  /** Absolute folder of the workbench around a path from the root; null in none. */
  workbenchOf(path: string): string | null;
  /** A notebook by its path, read and judged once; absent where the path is null. */
  version(path: string | null): Promise<NotebookVersion>;
}

/** Whether a review looks at a path: data, packages and test data are left out. */
export function isReviewed(path: string): boolean {
  return !SKIPPED.test(path);
}

const SKIPPED = /(^|\/)(\.[^/]*|node_modules|lake|testdata)\//;

/** Opens the files of a commit. */
export async function openSide(repository: Repository, commit: string): Promise<ReviewSide> {
  const { root } = repository;
  const tree = await repository.tree(commit);
  const readFile = treeReader(root, tree);
  const paths = [...tree.files.keys()].filter(isReviewed).sort();
  const workbenches = new Set(
    paths.filter((path) => basename(path) === "boathouse.yaml").map((path) => join(root, dirname(path))),
  );
  const versions = new Map<string, Promise<NotebookVersion>>();
  const workbenchOf = (path: string): string | null => {
    for (let folder = dirname(join(root, path)); folder.length >= root.length; folder = dirname(folder)) {
      if (workbenches.has(folder)) return folder;
      if (folder === root) break;
    }
    return null;
  };
  return {
    root,
    tree,
    readFile,
    list: (end) => paths.filter((path) => path.endsWith(end)),
    workbenchOf,
    version(path) {
      if (path === null) return readVersion(null, { name: "", root: null });
      const known = versions.get(path) ??
        readVersion(join(root, path), { name: path, root: workbenchOf(path), readFile });
      versions.set(path, known);
      return known;
    },
  };
}
