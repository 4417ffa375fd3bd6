const MAIN = new URL("../../boathouse.ts", import.meta.url).pathname;

/** What a command line left behind. */
export interface Ran {
  code: number;
  out: string;
  /** Lines on standard error. */
  lines: string[];
}

/** A workbench in a folder of its own, driven by the real command line. */
export interface TestBench extends AsyncDisposable {
  dir: string;
  run(args: readonly string[], options?: { stdin?: Uint8Array | string; env?: Record<string, string> }): Promise<Ran>;
  /** Runs with --json, wants success, and parses what was printed. */
  json(...args: string[]): Promise<unknown>;
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Starts a verb that stays; it is killed when it is disposed of. */
  spawn(args: readonly string[]): Deno.ChildProcess & AsyncDisposable;
  /** What every run has in its environment, of its own. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes a workbench for a test.
 *
 * @param options text of boathouse.yaml, and the environment of every run
 * @returns the workbench; its folder is removed with it
 */
export async function testBench({ yaml = "", env = {} as Record<string, string>, dir = "" } = {}): Promise<TestBench> {
  const folder = dir || await Deno.makeTempDir({ prefix: "boathouse-commands-" });
  await Deno.writeTextFile(`${folder}/boathouse.yaml`, yaml);
  const run: TestBench["run"] = async (args, options = {}) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, ...args],
      cwd: folder,
      env: { ...env, ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await feed(child.stdin, options.stdin ?? "");
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), lines: text(stderr).trimEnd().split("\n").filter((line) => line !== "") };
  };
  return {
    dir: folder,
    env,
    run,
    spawn(args) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", MAIN, ...args],
        cwd: folder,
        env,
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      return Object.assign(child, {
        async [Symbol.asyncDispose]() {
          try {
            child.kill("SIGKILL");
          } catch (error) {
            if (!(error instanceof TypeError)) throw error; // it has ended
          }
          await child.status;
        },
      });
    },
    async json(...args) {
      const { code, out, lines } = await run([...args, "--json"]);
      if (code !== 0) throw new Error(`boathouse ${args.join(" ")} ended with ${code}: ${lines.join("\n")}`);
      return JSON.parse(out);
    },
    async write(name, content) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(`${folder}/${name}`, bytes);
      return `${folder}/${name}`;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function feed(stdin: WritableStream<Uint8Array>, content: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // it had no use for its input
  }
}
