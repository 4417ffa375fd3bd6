import type { RegistryLogin } from "../../config/mod.ts";
import type { RegistryFetch } from "./calls.ts";

/** How long a registry may take. */
export interface RemoteFetchOptions {
  /** Longest wait for an answer, milliseconds; for a download until it begins. @default 60_000 */
  timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
/** Its answer begins when all is uploaded. */
const UPLOAD_TIMEOUT_MS = 3_600_000;
const ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";

/**
 * Makes what sends requests to a registry elsewhere. The login goes to the registry's own origin alone: redirects are
 * not followed, and presigned URLs are asked without it.
 *
 * @param origin where the registry lies, for example `http://127.0.0.1:5000`
 * @param login who asks; null for nobody
 * @param options how long an answer may take
 * @returns sends a request; it rejects with TypeError when the registry cannot be reached, and with Error when it does
 * not answer in time, which is not tried again
 */
export function remoteFetch(
  origin: string,
  login: RegistryLogin | null,
  { timeoutMs = TIMEOUT_MS }: RemoteFetchOptions = {},
): RegistryFetch {
  const header = login && authorization(login);
  return async (request) => {
    const { origin: asked, pathname } = new URL(request.url);
    const headers = new Headers(request.headers);
    if (header !== null && asked === new URL(origin).origin) headers.set("authorization", header);
    const isArtifact = pathname.startsWith(ARTIFACTS);
    const limit = limitOf(origin, isArtifact && request.method === "PUT" ? UPLOAD_TIMEOUT_MS : timeoutMs);
    try {
      const signal = AbortSignal.any([request.signal, limit.signal]);
      const response = await fetch(new Request(request, { headers, redirect: "manual", signal }));
      // A download may take as long as it is large.
      return isArtifact || response.body === null ? limit.end(response) : limit.until(response, response.body);
    } catch (cause) {
      limit.end(null);
      if (!(cause instanceof TypeError)) throw cause;
      throw new TypeError(
        `Cannot reach the registry at "${origin}" as it does not answer: ${cause.message}; start it, or set registry ` +
          `in boathouse.yaml`,
        { cause },
      );
    }
  };
}

function limitOf(origin: string, ms: number) {
  const late = new AbortController();
  const message =
    `Cannot ask the registry at "${origin}" as it must answer within ${ms / 1000} s: it has not; see its ` +
    `log, or set registry in boathouse.yaml`;
  const timer = setTimeout(() => late.abort(new Error(message)), ms);
  Deno.unrefTimer(timer);
  const end = <T>(value: T): T => {
    clearTimeout(timer);
    return value;
  };
  return {
    signal: late.signal,
    end,
    /** The limit holds until the body has come. */
    until: (response: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>): Response =>
      new Response(body.pipeThrough(new TransformStream({ flush: () => end(undefined) })), response),
  };
}

function authorization(login: RegistryLogin): string {
  if (login.kind === "token") return `Bearer ${login.token}`;
  const bytes = new TextEncoder().encode(`${login.username}:${login.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
