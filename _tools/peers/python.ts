import { join } from "node:path";
import { installOnce, runProgram } from "./install.ts";

/**
 * Makes a Python environment for tests, once: packages of PyPI in a git-ignored folder.
 *
 * @param name name of the environment, such as "deltalake"; one folder each
 * @param packages exact requirements, such as "deltalake==1.6.6"
 * @returns path of its python
 * @throws {Error} when there is no Python 3, or the packages cannot be installed, with the reason
 */
export async function pythonEnv(name: string, packages: string[]): Promise<string> {
  const pythonOf = (folder: string) => join(folder, "bin", "python");
  const folder = await installOnce(`python-${name}`, packages, async (folder) => {
    const python = pythonOf(folder);
    await runProgram("python3", ["-m", "venv", folder]);
    await runProgram(python, ["-m", "pip", "install", "--quiet", "uv"]);
    await runProgram(python, ["-m", "uv", "pip", "install", "--quiet", "--python", python, ...packages]);
  });
  return pythonOf(folder);
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
  return runProgram(python, ["-c", program, ...args]);
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
