import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnv } from "../../lib/config/mod.ts";
import { shellQuote } from "./shell_quote.ts";
import type { Answer } from "./verb.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Puts a copy of this Deno and a launcher named `boathouse` into `~/.boathouse/bin`. Under npx Deno lies in a cache that
 * is cleaned at will, so whatever is started later (launcher, kernels) must not point there.
 *
 * @returns where they are and how to put them on the PATH
 */
export async function setup(): Promise<Answer> {
  const folder = binFolder(readEnv());
  await Deno.mkdir(folder, { recursive: true });
  const deno = join(folder, "deno");
  const launcher = join(folder, "boathouse");
  if (!await isSameFile(deno, Deno.execPath())) await replaceFile(deno, await Deno.readFile(Deno.execPath()));
  await replaceFile(launcher, new TextEncoder().encode(launcherText(deno)));
  const hint = (readEnv().PATH ?? "").split(":").includes(folder)
    ? ""
    : `\nadd it to your PATH: export PATH="${folder}:$PATH"`;
  return { json: { deno, launcher }, text: `boathouse and deno ${Deno.version.deno} are in ${folder}${hint}` };
}

function binFolder(env: Record<string, string>): string {
  const home = env.HOME;
  if (Deno.build.os === "windows") {
    throw new Error("Cannot set up on Windows as the launcher is a shell script: use WSL");
  }
  if (!home) throw new Error("Cannot set up as HOME is not set: set it to your home folder");
  return join(home, ".boathouse", "bin");
}

function launcherText(deno: string): string {
  return `#!/bin/sh\nexec ${shellQuote(deno)} run -A --no-check --node-modules-dir=manual --config ${
    shellQuote(join(ROOT, "deno.json"))
  } ${shellQuote(join(ROOT, "boathouse.ts"))} "$@"\n`;
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    return (await Deno.realPath(a)) === (await Deno.realPath(b));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// A rename, because a running binary cannot be written to.
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${path}.tmp-${crypto.randomUUID()}`;
  try {
    await Deno.writeFile(fresh, bytes, { mode: 0o755 });
    await Deno.rename(fresh, path);
  } catch (error) {
    await Deno.remove(fresh).catch((gone) => {
      if (!(gone instanceof Deno.errors.NotFound)) throw gone;
    });
    throw error;
  }
}
