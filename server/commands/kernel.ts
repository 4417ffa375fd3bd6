import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { permissionFlags, readEnv } from "../../lib/config/env/mod.ts";
import {
  checkKernelName,
  KERNEL_NAME,
  kernelsFolder,
  kernelspecOf,
  type KernelspecParts,
  removeKernelspec,
  writeKernelspec,
} from "./kernelspec.ts";
import { stableDeno } from "./stable_deno.ts";
import { type Action, type Call, UsageError } from "./verb.ts";

const INSTALLATION = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The verb `kernel install`: lets Jupyter find the kernel of this installation. Needs no Python. */
export const kernelInstall: Action = async ({ options, note }) => {
  const { name, folder } = placeOf(options);
  const permissions = permissionFlags(String(options.permissions ?? ""));
  const memory = options.memory === undefined ? {} : { memoryMb: Number(options.memory) };
  const asked = { name, permissions, ...memory, force: options.force === true };
  const { deno, state, warning } = await installKernel(folder, asked);
  if (warning !== null) note(`boathouse: ${warning}`);
  const said = { installed: "is now in", updated: "was brought up to date in", unchanged: "was already in" }[state];
  return {
    json: { kernel: name, folder, deno, permissions, ...memory, state, warning },
    text: `kernel "${name}" ${said} ${folder}\nit is started by ${deno}`,
  };
};

/** The verb `kernel uninstall`: removes what `kernel install` wrote. */
export const kernelUninstall: Action = async ({ options }) => {
  const { name, folder } = placeOf(options);
  const { removed, kept } = await removeKernelspec(folder);
  const others = kept.length > 0 ? `; ${kept.join(", ")} of others stayed` : "";
  return {
    json: { kernel: name, folder, removed, kept },
    text: removed.length > 0
      ? `kernel "${name}" is gone from ${folder}${others}`
      : `no kernel "${name}" is in ${folder}`,
  };
};

/**
 * Installs the kernel of this installation.
 *
 * @param folder folder of the kernel
 * @param options its name, the limits of its cells, and whether another's kernel is overwritten
 * @returns what was done, the Deno that starts it, and a warning where that may vanish
 */
export async function installKernel(
  folder: string,
  { name = KERNEL_NAME, permissions = [], memoryMb, force = false }: InstallOptions = {},
): Promise<{ state: "installed" | "updated" | "unchanged"; deno: string; warning: string | null }> {
  const { path: deno, warning } = await stableDeno(readEnv().HOME);
  const spec = kernelspecOf({ name, deno, installation: INSTALLATION, permissions, memoryMb });
  return { state: await writeKernelspec(folder, spec, { force }), deno, warning };
}

/** How a kernel is installed. */
export interface InstallOptions extends Partial<Pick<KernelspecParts, "name" | "permissions" | "memoryMb">> {
  /** Whether a kernel that Boathouse did not install is overwritten. */
  force?: boolean;
}

function placeOf(options: Call["options"]): { name: string; folder: string } {
  const name = String(options.name ?? KERNEL_NAME);
  checkKernelName(name);
  if (options.user && options.prefix !== undefined) throw new UsageError("--user and --prefix do not go together");
  const prefix = options.prefix === undefined ? undefined : resolve(String(options.prefix));
  return { name, folder: join(kernelsFolder(readEnv(), prefix), name) };
}
