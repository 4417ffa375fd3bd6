import { KEY, type TestWorkbench } from "./_test_workbench.ts";
import { type ServingOptions, startServing } from "./start_serving.ts";

/** A serving node of a test, in this process. */
export interface TestNode extends AsyncDisposable {
  /** Where it answers. */
  url: string;
  /** What it reported. */
  said: string[];
  /** Puts faults in force, a JSON line as its parent would send it. */
  faults(line: string): Promise<void>;
}

/**
 * Starts a serving node of a workbench, and waits until it is ready.
 *
 * @param workbench the workbench
 * @param options what differs from the usual
 * @returns the node; disposing of it ends it as a signal would
 */
export async function serve(
  { settings }: Pick<TestWorkbench, "settings">,
  options: Partial<ServingOptions> = {},
): Promise<TestNode> {
  const stop = new AbortController(), said: string[] = [];
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = startServing({
    settings,
    key: KEY,
    signal: stop.signal,
    faults: pipe.readable,
    onReady: resolve,
    report: (line) => said.push(line),
    ...options,
  });
  ended.catch(reject);
  const url = await promise;
  return {
    url,
    said,
    faults: (line) => writer.write(new TextEncoder().encode(`${line}\n`)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/**
 * Posts JSON.
 *
 * @param url absolute URL
 * @param body what becomes JSON
 * @param headers further headers, or another content type
 * @returns status, headers, parsed body
 */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: all });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/**
 * Waits for something to come true.
 *
 * @param isTrue asked again and again
 * @throws {Error} when it does not come true within half a minute
 */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Cannot go on as this must come true within 30 s: ${isTrue}`);
}
