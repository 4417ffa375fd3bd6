import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openProgress } from "./progress.ts";

/** JupyterLab in a Python environment that nothing else uses. */
export interface LabEnvironment {
  /** Folder of the environment, for kernels. */
  prefix: string;
  /** Its python. */
  python: string;
  /** Variables that keep Jupyter to its own folders. */
  env: Record<string, string>;
}

/** What making the environment works with. */
export interface LabEnvironmentOptions {
  /** Absolute folder of all that the lab keeps. */
  folder: string;
  /** Says what is being done. */
  note(line: string): void;
  /** Ends it early; what was made so far is made anew the next time. */
  signal?: AbortSignal;
}

// Written by: echo jupyterlab==4.6.6 | uv pip compile --universal --python-version 3.10 --no-annotate --no-header -
const REQUIREMENTS = fileURLToPath(new URL("./lab_requirements.txt", import.meta.url));
const MADE = "boathouse-installed.txt";
const OLDEST = [3, 10];
const LOCK_MS = 200;
const OTHERWISE = 'or use a Jupyter of your own: "boathouse kernel install"';
const NO_PYTHON = `install Python (Debian: apt-get install python3-venv; macOS: brew install python), ${OTHERWISE}`;

/**
 * Makes the environment of JupyterLab, once: exact packages of PyPI, a quarter of a GB.
 *
 * @param options where, and who is told
 * @returns the environment
 * @throws {Error} when there is no Python that can, or the packages cannot be had, with the way out
 */
export async function labEnvironment({ folder, note, signal }: LabEnvironmentOptions): Promise<LabEnvironment> {
  const prefix = join(folder, "env"), python = join(prefix, "bin", "python");
  const requirements = await Deno.readTextFile(REQUIREMENTS);
  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  await lockWhenFree(lock, note, signal);
  if (await textOf(join(prefix, MADE)) !== requirements || !await works(python)) {
    const base = await findPython();
    note(`JupyterLab's own Python environment is made in ${prefix}, once: it takes a minute, and 250 MB`);
    await Deno.remove(prefix, { recursive: true }).catch(unlessAbsent);
    await makeEnvironment(base, prefix, signal);
    await install(python, requirements.trimEnd().split("\n").length, signal);
    await Deno.writeTextFile(join(prefix, MADE), requirements);
  }
  await writeDefaults(prefix);
  return { prefix, python, env: environment(folder) };
}

async function lockWhenFree(lock: Deno.FsFile, note: (line: string) => void, signal?: AbortSignal): Promise<void> {
  if (await lock.tryLock(true)) return;
  note("another boathouse lab makes the environment: waiting for it");
  while (!await lock.tryLock(true)) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOCK_MS));
  }
}

/** Settings that hold where the user has none: nothing is asked of the network, and the first completion is waited for. */
const DEFAULTS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  "@jupyterlab/completer-extension:manager": { providerTimeout: 20_000 },
};

async function writeDefaults(prefix: string): Promise<void> {
  const settings = join(prefix, "share", "jupyter", "lab", "settings");
  await Deno.mkdir(settings, { recursive: true });
  await Deno.writeTextFile(join(settings, "overrides.json"), JSON.stringify(DEFAULTS));
}

/** Jupyter reads and writes below one folder, whatever the user's own environment says. */
function environment(folder: string): Record<string, string> {
  return {
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_DATA_DIR: join(folder, "data"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(folder, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(folder, "workspaces"),
    IPYTHONDIR: join(folder, "ipython"),
    JUPYTER_NO_CONFIG: "1", // that of the machine and of the user
    JUPYTER_PATH: "",
    JUPYTER_CONFIG_PATH: "",
    PYTHONPATH: "",
    PYTHONHOME: "",
    PYTHONNOUSERSITE: "1",
  };
}

async function findPython(): Promise<string> {
  const probe = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
  const found: string[] = [];
  for (const name of ["python3", "python"]) {
    const ran = await run(name, ["-c", probe]);
    if (ran === null) continue;
    const [major = 0, minor = 0] = ran.out.trim().split(" ").map(Number);
    if (ran.code === 0 && major === OLDEST[0] && minor >= OLDEST[1]!) return name;
    found.push(`${name} is ${ran.code === 0 ? `${major}.${minor}` : `without a module: ${lastLine(ran.said)}`}`);
  }
  throw new Error(
    `Cannot start JupyterLab as it needs Python ${OLDEST.join(".")} or later with venv: ${
      found.join(", ") || "none is installed"
    }; ${NO_PYTHON}`,
  );
}

async function makeEnvironment(python: string, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  const ran = await run(python, ["-m", "venv", prefix], { signal });
  if (ran?.code !== 0) {
    throw new Error(
      `Cannot make a Python environment as "${python} -m venv" failed: ${lastLine(ran?.said)}; ${NO_PYTHON}`,
    );
  }
}

async function install(python: string, packages: number, signal: AbortSignal | undefined): Promise<void> {
  using progress = openProgress("packages of JupyterLab", packages);
  let done = 0;
  const args = ["install", "--no-deps", "--retries", "2", "--progress-bar", "off", "--disable-pip-version-check"];
  const onLine = (line: string) => {
    // Each line of the requirements is told of so once.
    const [, name] = /^(?:Collecting|Ignoring) ([\w.-]+)/.exec(line) ?? [];
    if (name) progress.update(++done, name);
  };
  const ran = await run(python, ["-m", "pip", ...args, "-r", REQUIREMENTS], { signal, onLine });
  signal?.throwIfAborted();
  if (ran?.code === 0) return;
  throw new Error(
    `Cannot install JupyterLab as pip must get its packages from PyPI: ${
      lastLine(ran?.said)
    }; try again when the network is there, ${OTHERWISE}`,
  );
}

interface Ran {
  code: number;
  out: string;
  said: string;
}

/** Runs a program to its end; null where there is none of that name. */
async function run(
  program: string,
  args: string[],
  { signal, onLine }: { signal?: AbortSignal | undefined; onLine?: (line: string) => void } = {},
): Promise<Ran | null> {
  signal?.throwIfAborted();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { PYTHONPATH: "", PYTHONHOME: "", PIP_REQUIRE_VIRTUALENV: "" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true, // a group of its own, to be ended with all that it started
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const end = () => killGroup(child.pid);
  signal?.addEventListener("abort", end);
  try {
    const read = [readLines(child.stdout, onLine), readLines(child.stderr)] as const;
    const [out, said, { code }] = await Promise.all([...read, child.status]);
    return { code, out, said };
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error; // all of it has ended
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void = () => {},
): Promise<string> {
  let text = "", line = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = (line + part).split("\n");
    line = lines.pop()!;
    lines.forEach(onLine);
  }
  return text;
}

async function works(python: string): Promise<boolean> {
  return (await run(python, ["-c", "import jupyterlab"]))?.code === 0;
}

function lastLine(text: string | undefined): string {
  return text?.trimEnd().split("\n").at(-1)?.slice(0, 300) || "it said nothing";
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
