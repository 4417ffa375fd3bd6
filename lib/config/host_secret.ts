const NAME = /^BOATHOUSE_SECRET_[A-Z0-9_]{1,100}$/;

/**
 * Reads the secret of a host that functions ask: environment variables whose names begin with BOATHOUSE_SECRET_, and no
 * others, so that a notebook cannot have a key of the workbench sent to an address of its choice.
 *
 * @param name name of the variable
 * @param env environment variables; the process's own by default
 * @returns the secret; null where it is not set
 * @throws {RangeError} when the variable is not for that
 * @example
 * ```ts
 * import { hostSecret } from "./host_secret.ts";
 * if (hostSecret("BOATHOUSE_SECRET_WEATHER", {}) !== null) throw new Error("unexpected");
 * ```
 */
export function hostSecret(name: string, env: Record<string, string> = Deno.env.toObject()): string | null {
  if (NAME.test(name)) return env[name] || null;
  throw new RangeError(
    `Cannot read a host's secret from ${JSON.stringify(name)} as its name must be BOATHOUSE_SECRET_…`,
  );
}
