/** A git repository in a folder of its own. */
export interface TempRepository extends AsyncDisposable {
  dir: string;
  git(...args: string[]): Promise<string>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Commits all that lies there; gives the commit's name. */
  commit(why?: string): Promise<string>;
}

/** Makes a repository for a test; its folder is removed with it. */
export async function tempRepository(): Promise<TempRepository> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-git-" }));
  const git = async (...args: string[]) => {
    const own = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    const command = new Deno.Command("git", { args: [...own, ...args], cwd: dir, stdout: "piped", stderr: "piped" });
    const { code, stdout, stderr } = await command.output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  return {
    dir,
    git,
    async write(path, content) {
      const at = `${dir}/${path}`;
      await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(at, typeof content === "string" ? new TextEncoder().encode(content) : content);
    },
    async commit(why = "a change") {
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", why);
      return await git("rev-parse", "HEAD");
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}
