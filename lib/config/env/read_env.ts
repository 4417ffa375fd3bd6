/**
 * The process's environment variables; other parts never read the environment themselves.
 *
 * @returns names and values
 * @example
 * ```ts
 * import { readEnv } from "./read_env.ts";
 * if (typeof readEnv() !== "object") throw new Error("unexpected");
 * ```
 */
export function readEnv(): Record<string, string> {
  return Deno.env.toObject();
}
