import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./install.ts";
import { pythonEnv } from "./python.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PACKAGES = [
  "jupyter-client==8.10.0",
  "jupyter-kernel-test==0.7.0",
  "jupyterlab==4.6.6",
  "nbclient==0.11.0",
  "nbconvert==7.17.2",
  "nbformat==5.11.1",
  "papermill==2.7.0",
];

/** Jupyter's programs with folders of their own: nothing of the user's is read or written. */
export interface Jupyter extends AsyncDisposable {
  /** Path of the python that has the packages. */
  python: string;
  /** Variables of the environment that a program of Jupyter must be started with. */
  env: Record<string, string>;
  /** The temporary folder of kernels, settings and whatever a test puts there. */
  folder: string;
  /** Runs a Python program, and gives what it printed. */
  run(program: string, args?: string[], signal?: AbortSignal): Promise<string>;
  /** Runs a program of the environment, such as "papermill", and gives what it printed. */
  tool(name: string, args: string[], signal?: AbortSignal): Promise<string>;
}

/**
 * Installs Jupyter's programs for tests, once, and opens folders for them: JupyterLab, nbclient, nbconvert, nbformat,
 * papermill and jupyter_kernel_test.
 *
 * @returns the programs; disposing removes the folders
 * @throws {Error} when there is no Python 3, or the packages cannot be installed, with the reason
 */
export async function openJupyter(): Promise<Jupyter> {
  const python = await pythonEnv("jupyter", PACKAGES);
  const folder = await Deno.makeTempDir({ prefix: "boathouse jupyter " });
  const env = environment(folder, dirname(python));
  return {
    python,
    env,
    folder,
    ...programsOf(python, env),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/**
 * Installs the kernel that Deno itself brings, under the name `deno`: the peer that ours is measured against.
 *
 * @param jupyter where it is put; nothing else sees it
 */
export async function installStockKernel({ env }: Jupyter): Promise<void> {
  await runProgram(Deno.execPath(), ["jupyter", "--install", "--force"], "", { env });
}

/**
 * Installs the kernel of this repository by its own command.
 *
 * @param jupyter where it is put; nothing else sees it
 * @param args more arguments of `boathouse kernel install`, such as `--name`
 */
export async function installOurKernel({ env }: Jupyter, args: readonly string[] = []): Promise<void> {
  const command = ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "kernel", "install"];
  await runProgram(Deno.execPath(), [...command, ...args], "", { env });
}

/**
 * Builds the package `boathouse-papermill` and lets Jupyter's programs find it, by the standard tools.
 *
 * @param jupyter where it is put; nothing else sees it
 * @returns the programs with an environment in which papermill knows TypeScript
 */
export async function installPapermillPackage(jupyter: Jupyter): Promise<Jupyter> {
  const [source, wheels, site] = ["source", "wheels", "site"].map((name) => join(jupyter.folder, "papermill", name));
  await Deno.mkdir(source!, { recursive: true });
  for (const name of ["pyproject.toml", "README.md", "boathouse_papermill.py"]) {
    await Deno.copyFile(join(ROOT, "kernel-ext", "papermill", name), join(source!, name));
  }
  const uv = (args: string[]) => jupyter.tool("python", ["-m", "uv", ...args]);
  await uv(["build", "--quiet", "--wheel", "--out-dir", wheels!, source!]);
  const built = await Array.fromAsync(Deno.readDir(wheels!), ({ name }) => name);
  const wheel = join(wheels!, built.find((name) => name.endsWith(".whl"))!);
  await uv(["pip", "install", "--quiet", "--no-deps", "--target", site!, wheel]);
  return withEnv(jupyter, { PYTHONPATH: site! });
}

/**
 * Adds variables to the environment of Jupyter's programs.
 *
 * @param jupyter the programs
 * @param more variables by name
 * @returns the same programs, with the variables
 */
export function withEnv(jupyter: Jupyter, more: Record<string, string>): Jupyter {
  const env = { ...jupyter.env, ...more };
  return { ...jupyter, env, ...programsOf(jupyter.python, env) };
}

function environment(folder: string, bin: string): Record<string, string> {
  const data = join(folder, "share");
  return {
    PATH: `${bin}:${Deno.env.get("PATH") ?? ""}`, // nbconvert and papermill start others by name
    XDG_DATA_HOME: data, // `deno jupyter --install` goes by it
    JUPYTER_DATA_DIR: join(data, "jupyter"),
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(folder, "lab", "user-settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(folder, "lab", "workspaces"),
    IPYTHONDIR: join(folder, "ipython"),
    JUPYTER_PREFER_ENV_PATH: "0",
    PYDEVD_DISABLE_FILE_VALIDATION: "1",
    NO_COLOR: "1",
  };
}

function programsOf(python: string, env: Record<string, string>): Pick<Jupyter, "run" | "tool"> {
  const start = (program: string, args: string[], signal: AbortSignal | undefined) =>
    runProgram(program, args, "", { env, ...(signal && { signal }) });
  return {
    run: (program, args = [], signal) => start(python, ["-c", program, ...args], signal),
    tool: (name, args, signal) => start(join(dirname(python), name), args, signal),
  };
}
