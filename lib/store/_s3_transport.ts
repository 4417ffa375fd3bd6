import type http from "node:http";

const PIECE_BYTES = 256 * 1024;
const SENT_BYTES_PER_MS = 100; // how far a request has gone out cannot be seen: a slow line has this long

/** What the minio client asks of a transport, as far as it uses it. */
interface Sent {
  on(event: "error", handler: (cause: unknown) => void): Sent;
  end(body: Uint8Array<ArrayBuffer> | string | null): void;
}

/** An answer as it comes; the client sees 200 always, as it would drop what other answers say. */
export interface Carried {
  statusCode: 200;
  status: number;
  headers: Headers;
  /** Each is overwritten by the next one. */
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Carries requests of the minio client by fetch, and gives up where nothing moves for a time. Deno sends a request again,
 * unasked, when a connection that it used before closes without an answer; and its node:http cannot be stopped then. So
 * what must not be served twice (POST, and PUT with a condition) goes over a connection of its own.
 *
 * @param timeoutMs How long an answer, or a part of it, is waited for.
 * @returns A transport; its answers are of the kind `Carried`.
 */
export function transportOf(timeoutMs: number): Pick<typeof http, "request"> {
  const once = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const request = (options: http.RequestOptions, answered: (answer: Carried) => void): Sent => {
    let failed: (cause: unknown) => void = () => {};
    const sent: Sent = {
      on(_, handler) {
        failed = handler;
        return sent;
      },
      end(body) {
        const { method = "GET", protocol, path } = options;
        const { host, ...headers } = options.headers as Record<string, string>;
        const isOnce = method === "POST" || "if-none-match" in headers;
        const watch = watchdog(timeoutMs, Math.ceil((body?.length ?? 0) / SENT_BYTES_PER_MS));
        fetch(`${protocol}//${host}${path}`, {
          method,
          headers: { ...headers, "accept-encoding": "identity" },
          ...(body && body.length > 0 && { body }),
          ...(isOnce && { client: once }),
          redirect: "manual",
          signal: watch.signal,
        }).finally(watch.stop).then(
          ({ status, headers, body }) => answered({ statusCode: 200, status, headers, chunks: moving(body, watch) }),
          (cause) => failed(watch.reason ?? plain(cause)),
        );
      },
    };
    return sent;
  };
  return { request: request as unknown as typeof http.request };
}

interface Watchdog {
  signal: AbortSignal;
  /** Why it gave up; undefined while it did not. */
  readonly reason: Error | undefined;
  /** Counts anew. */
  restart(): void;
  stop(): void;
}

/** The first wait has some more time. */
function watchdog(timeoutMs: number, moreMs: number): Watchdog {
  const controller = new AbortController();
  let reason: Error | undefined, timer: ReturnType<typeof setTimeout> | undefined;
  const watch: Watchdog = {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    restart: () => wait(timeoutMs),
    stop: () => clearTimeout(timer),
  };
  function wait(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(reason = new Error(`nothing moved for ${ms} ms`)), ms);
  }
  wait(timeoutMs + moreMs);
  return watch;
}

/** Yields the body in pieces; a piece is overwritten by the next one. */
async function* moving(body: Response["body"], watch: Watchdog): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader({ mode: "byob" });
  if (!reader) return;
  let buffer = new ArrayBuffer(PIECE_BYTES), isWhole = false;
  try {
    for (;;) {
      watch.restart();
      const { value, done } = await reader.read(new Uint8Array(buffer));
      watch.stop(); // whoever takes the piece may take its time
      isWhole = done;
      if (done) return;
      yield value!;
      buffer = value!.buffer;
    }
  } catch (cause) {
    throw watch.reason ?? plain(cause);
  } finally {
    watch.stop();
    if (!isWhole) await reader.cancel().catch(() => {}); // it is broken, or nobody wants the rest
  }
}

/** What happened stands in the innermost cause. */
function plain(cause: unknown): unknown {
  return cause instanceof Error && cause.cause instanceof Error ? plain(cause.cause) : cause;
}
