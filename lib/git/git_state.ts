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
  const status = await ask(root, ["status", "--porcelain"]);
  if (status === null) return { commit: null, changed: null };
  const commit = await ask(root, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  return {
    commit: commit?.trim() || null,
    changed: status.split("\n").filter((line) => line !== "").map((line) => line.slice(3)),
  };
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
