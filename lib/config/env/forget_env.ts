/**
 * Takes a variable out of this process's environment, so that programs that it starts do not have it. Without the
 * permission to do so nothing is changed, and none can be started either.
 *
 * @param name name of the variable
 *
 * @example
 * ```ts
 * import { forgetEnv } from "./forget_env.ts";
 *
 * Deno.env.set("BOATHOUSE_EXAMPLE", "1");
 * forgetEnv("BOATHOUSE_EXAMPLE");
 * console.assert(Deno.env.get("BOATHOUSE_EXAMPLE") === undefined);
 * ```
 */
export function forgetEnv(name: string): void {
  try {
    Deno.env.delete(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
