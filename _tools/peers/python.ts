import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PEERS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), ".peers");
const MADE = "boathouse-packages.txt";

/**
 * Makes a Python environment for tests, once: packages of PyPI in a git-ignored folder.
 *
 * @param name name of the environment, such as "deltalake"; one folder each
 * @param packages exact requirements, such as "deltalake==1.6.6"
 * @returns path of its python
 * @throws {Error} when there is no Python 3, or the packages cannot be installed, with the reason
 */
export async function pythonEnv(name: string, packages: string[]): Promise<string> {
  const folder = join(PEERS, `python-${name}`);
  const python = join(folder, "bin", "python");
  const wanted = packages.toSorted().join("\n");
  await Deno.mkdir(PEERS, { recursive: true });
  using lock = await Deno.open(join(PEERS, `python-${name}.lock`), { create: true, write: true });
  await lock.lock(true); // test files run in several processes
  if (await readIfThere(join(folder, MADE)) === wanted) return python;
  await removeIfThere(folder); // what a killed process left is not whole
  await run("python3", ["-m", "venv", folder]);
  await run(python, ["-m", "pip", "install", "--quiet", "uv"]);
  await run(python, ["-m", "uv", "pip", "install", "--quiet", "--python", python, ...packages]);
  await Deno.writeTextFile(join(folder, MADE), wanted);
  return python;
}

/**
 * Runs a Python program. It should end with `os._exit(0)` after a flush where a native library aborts at exit.
 *
 * @param python path of a python
 * @param program its source
 * @param args its arguments
 * @returns what it printed
 * @throws {Error} when it exits with another code than 0, with what it printed on standard error
 */
export function runPython(python: string, program: string, args: string[] = []): Promise<string> {
  return run(python, ["-c", program, ...args]);
}

/**
 * Makes a peer for a test. A peer that this machine lacks is a visible skip with the reason; with CI=true it is a failure.
 *
 * @param test context of the vitest test
 * @param make what makes the peer
 * @returns the peer
 */
export async function requirePeer<T>(test: { skip(reason: string): never }, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    return test.skip(error instanceof Error ? error.message : String(error));
  }
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, code, stdout, stderr } = await spawn(program, args);
  if (success) return new TextDecoder().decode(stdout);
  const tail = new TextDecoder().decode(stderr).trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(`Cannot run "${program} ${args[0]} ${args[1] ?? ""}" as it failed with code ${code}: ${tail}`);
}

async function spawn(program: string, args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(program, { args, stdin: "null" }).output();
  } catch (cause) {
    throw new Error(`Cannot run "${program}" as it is not installed: ${(cause as Error).message}`, { cause });
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
