import { dirname, resolve } from "node:path";
import { git } from "./_git.ts";

/**
 * Sets a setting of a repository, for this clone alone.
 *
 * @param root Absolute folder of the repository.
 * @param name Name of the setting, such as `diff.boathouse.textconv`.
 * @param value Its value; null removes it.
 * @throws {Error} When git refuses.
 *
 * @example
 * ```ts
 * import { setConfig } from "./attributes.ts";
 *
 * const refused = await setConfig(await Deno.makeTempDir(), "a.b", "c").catch((error) => error);
 * console.assert(refused instanceof Error);
 * ```
 */
export async function setConfig(root: string, name: string, value: string | null): Promise<void> {
  const args = value === null ? ["config", "--local", "--unset-all", name] : ["config", "--local", name, value];
  const { code, said } = await git(root, args);
  // 5: there was none to remove.
  if (code !== 0 && !(value === null && code === 5)) throw new Error(`Cannot set "${name}" of "${root}": ${said}`);
}

/**
 * Has files of a repository handled by a driver, for this clone alone: a line of `info/attributes`.
 *
 * @param root Absolute folder of the repository.
 * @param line The line, such as `*.ipynb diff=boathouse`.
 * @param present Whether it is to be there.
 * @returns Absolute path of the file.
 *
 * @example
 * ```ts
 * import { setAttribute } from "./attributes.ts";
 *
 * const refused = await setAttribute(await Deno.makeTempDir(), "*.ipynb diff=x", true).catch((error) => error);
 * console.assert(refused instanceof Error);
 * ```
 */
export async function setAttribute(root: string, line: string, present: boolean): Promise<string> {
  const { code, stdout, said } = await git(root, ["rev-parse", "--git-path", "info/attributes"]);
  if (code !== 0) throw new Error(`Cannot set attributes of "${root}": ${said}`);
  const path = resolve(root, new TextDecoder().decode(stdout).replace(/\n$/, ""));
  const lines = (await readIfThere(path)).split("\n").filter((other) => other !== "" && other !== line);
  const text = [...lines, ...present ? [line] : []].map((each) => `${each}\n`).join("");
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
  return path;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
