/** What one call of git gave. */
export interface Answer {
  code: number;
  stdout: Uint8Array;
  /** First line on standard error, without "fatal: ". */
  said: string;
}

/**
 * Calls git in a folder, without asking anybody, taking locks or changing anything.
 *
 * @throws {Deno.errors.NotFound} When git is not installed, or the folder is not there.
 */
export async function git(folder: string, args: string[], signal?: AbortSignal): Promise<Answer> {
  const { code, stdout, stderr } = await command(folder, args, signal).output();
  return { code, stdout, said: firstLine(stderr) };
}

/** As `git()`, waiting for the answer. */
export function gitSync(folder: string, args: string[]): Answer {
  const { code, stdout, stderr } = command(folder, args).outputSync();
  return { code, stdout, said: firstLine(stderr) };
}

function command(folder: string, args: string[], signal?: AbortSignal): Deno.Command {
  return new Deno.Command("git", {
    args: ["--no-pager", "--literal-pathspecs", ...args],
    cwd: folder,
    env: { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...signal ? { signal } : {},
  });
}

function firstLine(stderr: Uint8Array): string {
  return new TextDecoder().decode(stderr).split("\n")[0]!.replace(/^(fatal|error): /, "");
}
