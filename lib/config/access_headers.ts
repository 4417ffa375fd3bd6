/**
 * The access token that the command line shows to a plane: BOATHOUSE_TOKEN, as `boathouse token create` printed it.
 *
 * @param env environment variables; the process's own by default
 * @returns the token; null where none is set
 * @example
 * ```ts
 * import { accessToken } from "./access_token.ts";
 * if (accessToken({}) !== null) throw new Error("unexpected");
 * ```
 */
export function accessToken(env: Record<string, string> = Deno.env.toObject()): string | null {
  return env.BOATHOUSE_TOKEN || null;
}
