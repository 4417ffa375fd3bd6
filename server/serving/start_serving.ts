import type { Settings } from "../../lib/config/mod.ts";
import { refuseUnguarded } from "../auth/mod.ts";
import { listenError, Problem, problemResponse } from "../http/mod.ts";
import { type NodeOptions, openNode } from "./open_node.ts";
import { createHandler } from "./routes.ts";

/** How to serve. */
export interface ServingOptions {
  /** Settings of the workbench. */
  settings: Settings;
  /** Signing key of the workbench. */
  key: string;
  /** The parent's pipe, where faults come as JSON lines; none unless given. */
  faults?: ReadableStream<Uint8Array>;
  /** Ends the serving: what was accepted is answered and every event written. */
  signal: AbortSignal;
  /** Is told the plane's URL, such as `http://127.0.0.1:8401`, once it is ready. */
  onReady?: (url: string) => void;
  /** Is told of losses and faults, a line each; a line on standard error unless given. */
  report?: (line: string) => void;
}

/** Longest that requests which were accepted may hold up the end. */
const SHUTDOWN_MS = 15_000;

/**
 * Serves endpoints, functions, events and labels over HTTP until told to end.
 *
 * @param options settings, key, faults, signal
 * @returns resolves when everything is answered, written and closed
 * @throws {Error} when the address is taken, or not loopback where there are no tokens, or bus, lake or registry cannot be opened
 * @example
 * ```ts
 * import { loadSettings, signingKey } from "../../lib/config/mod.ts";
 * import { startServing } from "./start_serving.ts";
 * const root = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:0', serving: '127.0.0.1:0' }");
 * const settings = loadSettings(root, {});
 * const stop = new AbortController();
 * await startServing({ settings, key: signingKey(settings, {}), signal: stop.signal, onReady: () => stop.abort() });
 * ```
 */
export async function startServing(options: ServingOptions) {
  await refuseUnguarded("serving", options.settings, options.key);
  await serveNode(options);
}

/**
 * Serves over HTTP until told to end.
 *
 * @param options settings, key, faults, signal
 * @param parts opens what the node is made of, all of which must come up; bus, lake and registry of the settings unless
 * given
 */
export async function serveNode(
  { settings, key, faults, signal, onReady, report = say }: ServingOptions,
  parts?: NodeOptions["parts"],
): Promise<void> {
  let handle = starting;
  const server = listen(settings, (request) => handle(request), report);
  const { hostname, port } = server.addr;
  const failed = new AbortController();
  server.finished.catch((cause) => failed.abort(noLonger(cause)));
  try {
    const fail = (error: unknown) => failed.abort(error);
    await using node = await openNode({ settings, key, port, report, fail, faults, parts });
    handle = createHandler(node.view, (error) => report(`A request met a fault: ${(error as Error)?.stack ?? error}`));
    await node.start();
    const [why] = parts ? node.view.degraded() : [];
    if (why !== undefined) throw new Error(`Cannot start serving as ${why}`);
    onReady?.(`http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`);
    await aborted(AbortSignal.any([signal, failed.signal]));
    await shutDown(server);
  } finally {
    await server.shutdown();
  }
  if (failed.signal.aborted) throw failed.signal.reason;
}

// Deno's server ends when it cannot accept, as when all of the process's files are open: what waits is written before.
function noLonger(cause: Error): Error {
  const way = "raise the limit of open files (ulimit -n), or put a proxy in front that bounds connections";
  return new Error(`Cannot go on serving as no connection can be accepted: ${cause.message}; ${way}`, { cause });
}

function starting(_request: Request): Promise<Response> {
  return Promise.resolve(problemResponse(new Problem(503, "The node is starting", { retryAfterS: 1 })));
}

function listen(
  settings: Settings,
  handler: (request: Request) => Promise<Response>,
  report: (line: string) => void,
): Deno.HttpServer<Deno.NetAddr> {
  const { hostname, port } = settings.listen.serving;
  const onError = (error: unknown) => {
    report(`A connection met a fault: ${(error as Error).message}`);
    return problemResponse(new Problem(500, "The request could not be answered because of a fault of the server"));
  };
  try {
    return Deno.serve({ hostname, port, onListen: () => {}, onError }, handler);
  } catch (error) {
    throw listenError("serving", settings.listen.serving, error);
  }
}

async function shutDown(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, SHUTDOWN_MS));
  await Promise.race([server.shutdown(), late]);
  clearTimeout(timer);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function say(line: string): void {
  console.error(line);
}
