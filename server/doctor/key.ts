import { isLoopback, lakePaths, type Settings } from "../../lib/config/mod.ts";
import { join } from "node:path";
import type { Finding } from "./finding.ts";

const LEAST_CHARS = 32;

/**
 * Judges the key that signs events of reserved topics, without making one.
 *
 * @param settings settings of the workbench
 * @param env environment variables
 * @returns the finding
 */
export async function key(settings: Settings, env: Record<string, string>): Promise<Omit<Finding, "part">> {
  const name = "signing key";
  const given = env.BOATHOUSE_SIGNING_KEY;
  if (given !== undefined) {
    return given.length >= LEAST_CHARS
      ? { name, state: "proved", detail: "BOATHOUSE_SIGNING_KEY is set" }
      : { name, state: "broken", detail: `BOATHOUSE_SIGNING_KEY must have at least ${LEAST_CHARS} characters` };
  }
  const open = Object.values(settings.listen).find(({ hostname }) => !isLoopback(hostname));
  if (open) {
    const detail = `"${open.hostname}" is no loopback address: set BOATHOUSE_SIGNING_KEY, or listen on 127.0.0.1`;
    return { name, state: "broken", detail };
  }
  return await keyFile(keyPath(settings));
}

/**
 * Names the file of the key, where the environment has none.
 *
 * @param settings settings of the workbench
 * @returns its path
 */
export function keyPath(settings: Settings): string {
  return join(lakePaths(settings).registry, "signing.key");
}

async function keyFile(file: string): Promise<Omit<Finding, "part">> {
  const name = "signing key";
  try {
    const { mode } = await Deno.stat(file);
    const text = (await Deno.readTextFile(file)).trim();
    if (text.length < LEAST_CHARS) {
      return { name, state: "broken", detail: `"${file}" holds no key: remove it to have one made` };
    }
    if (mode !== null && (mode & 0o077) !== 0) {
      return { name, state: "broken", detail: `"${file}" can be read by others: chmod 600 it` };
    }
    return { name, state: "proved", detail: `"${file}", readable by its owner alone` };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { name, state: "promised", detail: `none yet: it is made at the first start, in "${file}"` };
  }
}
