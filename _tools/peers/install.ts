import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PEERS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), ".peers");
const MADE = "boathouse-installed.txt";

/**
 * Installs something into a git-ignored folder of its own, once: again only when other parts are wanted.
 *
 * @param name name of the folder
 * @param parts what is wanted, exactly
 * @param make puts it into the folder, whose absolute path it is given; the folder is not there
 * @returns absolute path of the folder
 */
export async function installOnce(
  name: string,
  parts: readonly string[],
  make: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(PEERS, name), wanted = parts.toSorted().join("\n");
  await Deno.mkdir(PEERS, { recursive: true });
  using lock = await Deno.open(join(PEERS, `${name}.lock`), { create: true, write: true });
  await lock.lock(true); // test files run in several processes
  if (await Deno.readTextFile(join(folder, MADE)).catch(unlessAbsent) === wanted) return folder;
  await Deno.remove(folder, { recursive: true }).catch(unlessAbsent); // what a killed process left is not whole
  await make(folder);
  await Deno.writeTextFile(join(folder, MADE), wanted);
  return folder;
}

/**
 * Runs a program to its end.
 *
 * @param program name or path
 * @param args its arguments
 * @param input what it reads from standard input
 * @param options variables added to the environment, and what ends it early
 * @returns what it printed
 * @throws {Error} when it is not installed, or exits with another code than 0, with the end of what it said
 */
export async function runProgram(
  program: string,
  args: string[],
  input: string | Uint8Array = "",
  options: { env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<string> {
  const child = spawn(program, { args, ...options, stdin: "piped", stdout: "piped", stderr: "piped" });
  const output = child.output();
  const writer = child.stdin.getWriter();
  // A program that ends early breaks the pipe; its exit code says what is wrong.
  await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input).catch(() => {});
  await writer.close().catch(() => {});
  const { success, code, stdout, stderr } = await output;
  if (success) return new TextDecoder().decode(stdout);
  const told = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout).trimEnd().split("\n");
  throw new Error(`Cannot run "${program}" as it failed with code ${code}: ${told.slice(-15).join("\n")}`);
}

function spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (cause) {
    throw new Error(`Cannot run "${program}" as it is not installed: ${(cause as Error).message}`, { cause });
  }
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
