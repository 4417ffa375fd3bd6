import type { RegistryLogin } from "../../config/mod.ts";
import type { RegistryFetch } from "./calls.ts";

const TIMEOUT_MS = 120_000;

/**
 * Makes what sends requests to a registry elsewhere. The login goes to the registry's own origin alone: redirects are
 * not followed, and presigned URLs are asked without it.
 *
 * @param origin where the registry lies, for example `http://127.0.0.1:5000`
 * @param login who asks; null for nobody
 * @returns sends a request; it rejects with TypeError when the registry cannot be reached
 */
export function remoteFetch(origin: string, login: RegistryLogin | null): RegistryFetch {
  const header = login && authorization(login);
  return async (request) => {
    const isOwn = new URL(request.url).origin === new URL(origin).origin;
    const headers = new Headers(request.headers);
    if (header !== null && isOwn) headers.set("authorization", header);
    // Only until the answer begins: its body may take as long as it is large.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TypeError(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    try {
      const signal = AbortSignal.any([request.signal, late.signal]);
      return await fetch(new Request(request, { headers, redirect: "manual", signal }));
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new TypeError(
        `Cannot reach the registry at "${origin}" as it does not answer: ${cause.message}; start it, or set registry ` +
          `in boathouse.yaml`,
        { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  };
}

function authorization(login: RegistryLogin): string {
  if (login.kind === "token") return `Bearer ${login.token}`;
  const bytes = new TextEncoder().encode(`${login.username}:${login.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
