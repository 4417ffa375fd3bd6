import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { lakePaths, type Settings } from "./settings.ts";

/**
 * The key that signs events of reserved topics: BOATHOUSE_SIGNING_KEY, or on loopback a key that is made once in
 * `lake/registry/signing.key`, readable by its owner alone (docs/architecture.md, "Signatures").
 *
 * @param settings settings of the workbench
 * @param env environment variables; the process's own by default
 * @returns key as hex text, at least 32 characters
 * @throws {RangeError} when the variable holds fewer than 32 characters
 * @throws {Error} when the workbench listens off loopback and no key is set, or the file is empty
 * @example
 * ```ts
 * import { loadSettings, signingKey } from "./mod.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * const settings = loadSettings(dir, {});
 * if (signingKey(settings, {}) !== signingKey(settings, {})) throw new Error("made twice");
 * ```
 */
export function signingKey(settings: Settings, env: Record<string, string> = Deno.env.toObject()): string {
  const given = env.BOATHOUSE_SIGNING_KEY;
  if (given !== undefined) {
    if (given.length >= 32) return given;
    throw new RangeError(
      `Cannot sign events as BOATHOUSE_SIGNING_KEY must have at least 32 characters: got ${given.length}`,
    );
  }
  const open = [settings.listen.control, settings.listen.serving].find((address) => !isLoopback(address.hostname));
  if (open) {
    throw new Error(
      `Cannot listen on "${open.hostname}" as no signing key is set: set BOATHOUSE_SIGNING_KEY, or listen on 127.0.0.1`,
    );
  }
  return readOrMake(join(lakePaths(settings).registry, "signing.key"));
}

/**
 * Tells whether a host name is this machine's loopback.
 *
 * @param hostname host name or address
 * @returns true for localhost, 127.0.0.0/8 and ::1
 * @example
 * ```ts
 * import { isLoopback } from "./signing_key.ts";
 * if (!isLoopback("127.0.0.1") || isLoopback("0.0.0.0")) throw new Error("unexpected");
 * ```
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

// Link(2) of a finished file makes the key once, however many processes start together.
function readOrMake(file: string): string {
  const found = readKey(file);
  if (found !== null) return found;
  Deno.mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.tmp-${crypto.randomUUID()}`;
  Deno.writeTextFileSync(fresh, randomBytes(32).toString("hex"), { mode: 0o600, createNew: true });
  try {
    Deno.linkSync(fresh, file);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    Deno.removeSync(fresh);
  }
  return readKey(file)!;
}

function readKey(file: string): string | null {
  try {
    const key = Deno.readTextFileSync(file).trim();
    if (key.length >= 32) return key;
    throw new Error(`Cannot sign events as "${file}" holds no key: remove it to have one made`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
