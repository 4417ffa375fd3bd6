import { join } from "node:path";
import { LOGO } from "./_kernel_logo.ts";
import { UsageError } from "./verb.ts";

/** A kernel as Jupyter finds it: the content of `kernel.json`. */
export interface Kernelspec {
  /** Program and arguments; `{connection_file}` stands for the file that the client writes. */
  argv: string[];
  /** What people see. */
  display_name: string;
  /** Language of its cells. */
  language: "typescript";
  /** An interrupt is a message, never a signal. */
  interrupt_mode: "message";
  /** Variables added to the environment. */
  env: Record<string, string>;
  /** `boathouse` marks what Boathouse installed, with the folder of the installation. */
  metadata: { debugger: false; boathouse: { installation: string } };
}

/** What a kernelspec is made of. */
export interface KernelspecParts {
  /** Name under which notebooks ask for it. */
  name: string;
  /** Absolute path of Deno. */
  deno: string;
  /** Absolute folder of the installation. */
  installation: string;
  /** Permission flags of `deno run` for cells, checked; none means all permissions. */
  permissions: readonly string[];
  /** MB that cells may use; what their notebook asks for, or V8's own limit, where it is missing. */
  memoryMb?: number | undefined;
}

/** Name of the kernel where no other is asked for. */
export const KERNEL_NAME = "boathouse";

const DISPLAY_NAME = "Boathouse (TypeScript)";
const FILE = "kernel.json";
const LOGO_FILE = "logo-svg.svg";

/**
 * Describes the kernel of an installation.
 *
 * @param parts its name, Deno, folder and permissions
 * @returns the kernelspec
 * @throws {UsageError} when the name is none
 */
export function kernelspecOf({ name, deno, installation, permissions, memoryMb }: KernelspecParts): Kernelspec {
  checkKernelName(name);
  const main = join(installation, "kernel-ext", "kernel", "main.ts");
  const cells = [
    ...(permissions.length > 0 ? [`--permissions=${permissions.join(" ")}`] : []),
    ...(memoryMb === undefined ? [] : [`--memory=${memoryMb}`]),
  ];
  const config = join(installation, "deno.json");
  // Looking whether node_modules is complete takes Deno 0.2 s at each start.
  const run = [deno, "run", "-A", "--no-check", "--quiet", "--node-modules-dir=manual", "--config", config];
  return {
    argv: [...run, main, "{connection_file}", ...cells],
    display_name: name === KERNEL_NAME ? DISPLAY_NAME : `${DISPLAY_NAME}, ${name}`,
    language: "typescript",
    interrupt_mode: "message",
    env: { NO_COLOR: "1" },
    metadata: { debugger: false, boathouse: { installation } },
  };
}

/**
 * Finds the folder that Jupyter looks for kernels in.
 *
 * @param env the environment
 * @param prefix folder of a Python environment; the user's own folder unless given
 * @returns absolute or as the prefix is
 * @throws {Error} when it cannot be known
 */
export function kernelsFolder(env: Record<string, string>, prefix?: string): string {
  if (prefix !== undefined) return join(prefix, "share", "jupyter", "kernels");
  if (env.JUPYTER_DATA_DIR) return join(env.JUPYTER_DATA_DIR, "kernels");
  if (Deno.build.os === "windows") {
    throw new Error("Cannot install a kernel on Windows as Boathouse does not run there: use WSL");
  }
  if (Deno.build.os !== "darwin" && env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, "jupyter", "kernels");
  if (!env.HOME) throw new Error("Cannot find Jupyter's folder as HOME is not set: set it, or name one by --prefix");
  const data = Deno.build.os === "darwin" ? ["Library", "Jupyter"] : [".local", "share", "jupyter"];
  return join(env.HOME, ...data, "kernels");
}

/**
 * Writes a kernelspec, whole or not at all.
 *
 * @param folder folder of the kernel
 * @param spec what to write
 * @param options whether a kernel that Boathouse did not install is overwritten
 * @returns what was done
 * @throws {RangeError} when a kernel is there that Boathouse did not install
 */
export async function writeKernelspec(
  folder: string,
  spec: Kernelspec,
  { force = false }: { force?: boolean } = {},
): Promise<"installed" | "updated" | "unchanged"> {
  const file = join(folder, FILE), text = `${JSON.stringify(spec, null, 2)}\n`;
  const before = await readText(file);
  if (before !== null && !isOurs(before) && !force) {
    throw new RangeError(
      `Cannot install the kernel in "${folder}" as Boathouse must have installed what is there: it did not; choose another by --name, or overwrite it by --force`,
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  if (await readText(join(folder, LOGO_FILE)) === null) await Deno.writeTextFile(join(folder, LOGO_FILE), LOGO);
  if (before === text) return "unchanged";
  const fresh = `${file}.${crypto.randomUUID()}.tmp`;
  await Deno.writeTextFile(fresh, text);
  await Deno.rename(fresh, file);
  return before === null ? "installed" : "updated";
}

/**
 * Removes what writeKernelspec wrote, and nothing else.
 *
 * @param folder folder of the kernel
 * @returns the names of the files that were removed, and of those that others put there and that stay
 * @throws {RangeError} when a kernel is there that Boathouse did not install
 */
export async function removeKernelspec(folder: string): Promise<{ removed: string[]; kept: string[] }> {
  const text = await readText(join(folder, FILE));
  if (text === null) return { removed: [], kept: [] };
  if (!isOurs(text)) {
    throw new RangeError(`Cannot uninstall the kernel in "${folder}" as Boathouse must have installed it: it did not`);
  }
  const removed = await readText(join(folder, LOGO_FILE)) === LOGO ? [FILE, LOGO_FILE] : [FILE];
  for (const name of removed) await Deno.remove(join(folder, name));
  const kept = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  if (kept.length === 0) await Deno.remove(folder);
  return { removed, kept };
}

/**
 * Checks the name of a kernel.
 *
 * @param name what notebooks ask for
 * @throws {UsageError} when Jupyter would not find a kernel of that name
 */
export function checkKernelName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return;
  throw new UsageError(
    `Cannot use "${name}" as the name of a kernel as it must be 1 to 64 of a-z, 0-9, ".", "_" and "-", the first a letter or a digit`,
  );
}

function isOurs(text: string): boolean {
  try {
    return typeof JSON.parse(text)?.metadata?.boathouse?.installation === "string";
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
