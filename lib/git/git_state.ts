import { git } from "./_git.ts";

/** What git says of a working tree. */
export interface GitState {
  /** Commit; null without git or without a commit. */
  commit: string | null;
  /** Files with changes; null without git. */
  changed: string[] | null;
}

/**
 * Reads commit and changes of a working tree.
 *
 * @param root folder in the tree
 * @returns nulls where there is no git
 * @example
 * ```ts
 * import { gitState } from "./git_state.ts";
 *
 * const folder = await Deno.makeTempDir();
 * if ((await gitState(folder)).commit !== null) throw new Error("unexpected");
 * ```
 */
export async function gitState(root: string): Promise<GitState> {
  const status = await ask(root, ["status", "--porcelain", "-z"]);
  if (status === null) return { commit: null, changed: null };
  const commit = await ask(root, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  return {
    commit: commit?.trim() || null,
    changed: changedFiles(status),
  };
}

/** Of a renamed or copied file git gives the new name, then in a field of its own the old one. */
function changedFiles(status: string): string[] {
  const files: string[] = [];
  const fields = status.split("\0").values();
  for (const field of fields) {
    if (field === "") continue;
    files.push(field.slice(3));
    if (/[RC]/.test(field.slice(0, 2))) fields.next();
  }
  return files;
}

async function ask(root: string, args: string[]): Promise<string | null> {
  try {
    const { code, stdout } = await git(root, args);
    return code === 0 ? new TextDecoder().decode(stdout) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
