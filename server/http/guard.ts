import type { Address } from "../../lib/config/mod.ts";
import { Problem } from "./problem.ts";

/**
 * Says in one line why a plane could not listen.
 *
 * @param plane "control" or "serving"
 * @param address where it was to listen
 * @param cause what the system said
 * @returns the error to throw
 * @example
 * ```ts
 * import { listenError } from "./guard.ts";
 * const error = listenError("serving", { hostname: "127.0.0.1", port: 1 }, new Deno.errors.AddrInUse("taken"));
 * if (!error.message.includes("is taken")) throw new Error("unexpected");
 * ```
 */
export function listenError(plane: "control" | "serving", { hostname, port }: Address, cause: unknown): Error {
  const code = (cause as { code?: string }).code;
  const taken = cause instanceof Deno.errors.AddrInUse || code === "EADDRINUSE";
  const why = taken ? "the port is taken by another process" : (cause as Error).message;
  return new Error(
    `Cannot listen on ${hostname}:${port} as ${why}: ` +
      `end that process, or set listen.${plane} in boathouse.yaml or BOATHOUSE_LISTEN_${plane.toUpperCase()}`,
    { cause },
  );
}

const LOCAL_ORIGIN = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?(\/|$)/i;

/**
 * Refuses requests that a foreign web page made a browser send: those to another host name (DNS rebinding) or from
 * another origin.
 *
 * @param url absolute URL of the request, its host as the caller named it
 * @param origin value of the header Origin; null when absent
 * @throws {Problem} 403 when host or origin is not this machine's loopback
 * @example
 * ```ts
 * import { refuseForeign } from "./guard.ts";
 * refuseForeign("http://127.0.0.1:8401/v1/events", null);
 * ```
 */
export function refuseForeign(url: string, origin: string | null): void {
  if (!LOCAL_ORIGIN.test(url)) {
    throw new Problem(403, "The request must name this machine's loopback address as its host");
  }
  if (origin === null || LOCAL_ORIGIN.test(origin)) return;
  throw new Problem(403, "The request must not come from a page of another origin");
}
