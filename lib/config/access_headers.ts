/**
 * The headers by which the command line shows its access token to a plane: BOATHOUSE_TOKEN, as `boathouse token create`
 * printed it.
 *
 * @param env environment variables; the process's own by default
 * @returns `authorization`; nothing where no token is set
 * @example
 * ```ts
 * import { accessHeaders } from "./access_headers.ts";
 * if ("authorization" in accessHeaders({})) throw new Error("unexpected");
 * ```
 */
export function accessHeaders(env: Record<string, string> = Deno.env.toObject()): { authorization?: string } {
  return env.BOATHOUSE_TOKEN ? { authorization: `Bearer ${env.BOATHOUSE_TOKEN}` } : {};
}
