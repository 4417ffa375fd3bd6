import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./install.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A home folder of tests that keeps the lab's Python environment between them. */
export const LAB_HOME = join(ROOT, ".peers", "lab-home");

/** A `boathouse lab` that runs. */
export interface Lab extends AsyncDisposable {
  /** What it printed with --json. */
  told: { url: string; token: string; port: number; root: string };
  /** Its process. */
  child: Deno.ChildProcess;
  /** Asks its API with the token. */
  get(path: string): Promise<unknown>;
}

/**
 * Starts `boathouse lab` in a home of its own and waits until it has said where it is.
 *
 * @param args more arguments, such as a folder
 * @param options variables added to the environment, and the folder to start in
 * @returns the lab; disposing ends it as Ctrl-C does
 * @throws {Error} when it ends before, with what it said, or where there is no Python
 */
export async function startLab(
  args: readonly string[] = [],
  { env = {} as Record<string, string>, cwd = ROOT } = {},
): Promise<Lab> {
  await Deno.mkdir(LAB_HOME, { recursive: true });
  const command = ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "lab"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command, "--no-browser", "--json", ...args],
    env: { HOME: LAB_HOME, DENO_DIR: await denoDir(), ...env },
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  const told = await firstDocument(child.stdout);
  if (told === null) {
    await child.status;
    throw new Error(`Cannot start "boathouse lab" as it ended: ${await said}`);
  }
  return {
    told,
    child,
    get: async (path) => {
      const response = await fetch(new URL(path, told.url), { headers: { authorization: `token ${told.token}` } });
      return await response.json();
    },
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGINT");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended
      }
      await child.status;
    },
  };
}

/** The cache of Deno, which another HOME would move. */
export async function denoDir(): Promise<string> {
  return JSON.parse(await runProgram(Deno.execPath(), ["info", "--json"])).denoDir;
}

/** The document that is printed, or null where nothing more comes. */
async function firstDocument(stdout: ReadableStream<Uint8Array>): Promise<Lab["told"] | null> {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
    text += part;
    if (text.endsWith("}\n")) return JSON.parse(text);
  }
  return null;
}
