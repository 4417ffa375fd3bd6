import { join } from "node:path";

/** A Deno that other programs may be told to start. */
export interface StableDeno {
  /** Absolute path. */
  path: string;
  /** What is wrong with it and the way out, or null. */
  warning: string | null;
}

/**
 * Finds a Deno that will still be there tomorrow: the one of `boathouse setup`, else the one that runs now. Under npx
 * that lies in a cache which is cleaned at will.
 *
 * @param home the user's home folder, if there is one
 * @returns its path, with a warning where it may vanish
 */
export async function stableDeno(home: string | undefined): Promise<StableDeno> {
  const own = home ? join(home, ".boathouse", "bin", "deno") : null;
  if (own && await versionOf(own) === Deno.version.deno) return { path: own, warning: null };
  const path = Deno.execPath();
  const warning = path.split("/").includes("_npx")
    ? `Deno lies in a cache that npx cleans at will ("${path}"): run "deno task setup", then this again`
    : null;
  return { path, warning };
}

async function versionOf(deno: string): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command(deno, { args: ["--version"], stderr: "null" }).output();
    return /^deno (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
