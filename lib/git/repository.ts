import { dirname, join, relative, resolve } from "node:path";
import { type Answer, git } from "./_git.ts";
import { type GitTree, readTree } from "./tree.ts";

/** A git repository, read without its working tree being touched. */
export interface Repository {
  /** Absolute folder of the working tree. */
  readonly root: string;
  /** Commit of a revision such as `HEAD~1`, `main` or the beginning of a commit's name. */
  commit(revision: string): Promise<string>;
  /** The commit where two lines of history parted; null where none is known. */
  mergeBase(one: string, other: string): Promise<string | null>;
  /** Whether history was cut off when it was cloned. */
  isShallow(): Promise<boolean>;
  /** The files of a commit. */
  tree(commit: string): Promise<GitTree>;
  /** What differs between two commits, or a commit and the working tree as far as git tracks it; renames are found. */
  changes(from: string, to: string | null): Promise<FileChange[]>;
}

/** A file that differs between two commits. */
export interface FileChange {
  /** Path in the older commit, from the root; null where it is new. */
  old: string | null;
  /** Path in the newer commit; null where it is gone. */
  new: string | null;
}

/**
 * Opens the repository around a folder or file.
 *
 * @param place A path in its working tree; what is no longer there counts as the folder that it was in.
 * @param options A signal that ends what git does.
 * @returns The repository.
 * @throws {RangeError} When the place is in no repository, or git refuses to read it.
 * @throws {Error} When git is not installed.
 *
 * @example
 * ```ts
 * import { openRepository } from "./repository.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const refused = await openRepository(folder).catch((error) => error);
 * console.assert(refused instanceof RangeError);
 * ```
 */
export async function openRepository(place: string, { signal }: { signal?: AbortSignal } = {}): Promise<Repository> {
  const at = nearestFolder(place);
  const found = await call(at, ["rev-parse", "--show-toplevel"], signal);
  if (found.code !== 0) throw new RangeError(whyNoRepository(at, found.said));
  const root = text(found).replace(/\n$/, "");
  const ask = (args: string[]) => call(root, args, signal);
  return {
    root,
    commit: (revision) => commitOf(revision, ask),
    async mergeBase(one, other) {
      const answer = await ask(["merge-base", "--end-of-options", one, other]);
      return answer.code === 0 ? text(answer).trim() : null;
    },
    isShallow: async () => text(await ask(["rev-parse", "--is-shallow-repository"])).trim() === "true",
    tree: async (commit) => readTree(root, commit, await listing(commit, ask)),
    changes: async (from, to) => {
      const command = to === null ? ["diff"] : ["diff-tree", "-r"];
      return readChanges(await ask([...command, ...NAMES, "--end-of-options", from, ...to === null ? [] : [to]]));
    },
  };
}

const NAMES = ["-z", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-relative", "--name-status"];

type Ask = (args: string[]) => Promise<Answer>;

async function call(folder: string, args: string[], signal?: AbortSignal): Promise<Answer> {
  try {
    return await git(folder, args, signal);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`Cannot read revisions in "${folder}" as git must be installed: install it, or name two files`, {
      cause,
    });
  }
}

function whyNoRepository(folder: string, said: string): string {
  if (/dubious ownership/.test(said)) {
    return `Cannot read revisions in "${folder}" as git must trust it: it belongs to someone else; ` +
      `git config --global --add safe.directory "${folder}"`;
  }
  return `Cannot read revisions in "${folder}" as it must be in a git repository: ${said || "it is in none"}`;
}

async function commitOf(revision: string, ask: Ask): Promise<string> {
  const refuse = (found: string) => new RangeError(`Cannot find revision ${JSON.stringify(revision)}: ${found}`);
  // deno-lint-ignore no-control-regex
  if (revision === "" || revision.startsWith("-") || /[\x00-\x1f\x7f]/.test(revision)) {
    throw refuse("it is no name of one");
  }
  const answer = await ask(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  if (answer.code === 0) return text(answer).trim();
  const shallow = text(await ask(["rev-parse", "--is-shallow-repository"])).trim() === "true";
  throw refuse(
    shallow ? "this clone is shallow; git fetch --unshallow" : "git knows no commit of that name; git fetch it",
  );
}

async function listing(commit: string, ask: Ask): Promise<Uint8Array> {
  const answer = await ask(["ls-tree", "-r", "-z", "--long", "--full-tree", "--end-of-options", commit]);
  if (answer.code === 0) return answer.stdout;
  throw new RangeError(`Cannot read the files of commit "${commit}": ${answer.said}`);
}

function readChanges(answer: Answer): FileChange[] {
  if (answer.code !== 0) throw new RangeError(`Cannot compare two commits: ${answer.said}`);
  const words = text(answer).split("\0");
  const changes: FileChange[] = [];
  for (let at = 0; at + 1 < words.length;) {
    const [kind, path] = [words[at]![0]!, words[at + 1]!];
    const renamed = kind === "R" || kind === "C";
    if (renamed) changes.push({ old: path, new: words[at + 2]! });
    else changes.push({ old: kind === "A" ? null : path, new: kind === "D" ? null : path });
    at += renamed ? 3 : 2;
  }
  return changes;
}

function text({ stdout }: Answer): string {
  return new TextDecoder().decode(stdout);
}

/**
 * The path of a file in a repository, as its trees name it.
 *
 * @param root Absolute folder of the repository's working tree.
 * @param file Path of the file, absolute or from the current folder.
 * @returns The path from the root, folders apart by `/`.
 * @throws {RangeError} When the file lies outside of the repository.
 *
 * @example
 * ```ts
 * import { pathInRepository } from "./repository.ts";
 *
 * console.assert(pathInRepository("/w", "/w/notebooks/a.ipynb") === "notebooks/a.ipynb");
 * ```
 */
export function pathInRepository(root: string, file: string): string {
  const at = resolve(file);
  const folder = nearestFolder(dirname(at));
  const path = relative(root, join(Deno.realPathSync(folder), relative(folder, at))).split("\\").join("/");
  if (path !== "" && path !== ".." && !path.startsWith("../")) return path;
  throw new RangeError(`Cannot read ${JSON.stringify(file)} at a revision as it must lie in the repository "${root}"`);
}

/** The folder itself, or the nearest one upward that is there. */
function nearestFolder(place: string): string {
  for (let folder = resolve(place);; folder = dirname(folder)) {
    try {
      if (Deno.statSync(folder).isDirectory || folder === dirname(folder)) return folder;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
}
