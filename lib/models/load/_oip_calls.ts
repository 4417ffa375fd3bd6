import { MACHINE_CLOCK, sendPatiently } from "../client/retry.ts";

/** One call to a server of the protocol. */
export interface OipCall {
  /** What asks, for messages: `Cannot predict with "delay@1"`. */
  cannot: string;
  /** Address of the call. */
  url: string;
  /** JSON that is sent by POST; without it the call is a GET. */
  body?: string;
  /** Most bytes of the answer. */
  maxBytes: number;
  /** Most milliseconds until the answer is whole, repeats included. */
  timeoutMs: number;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

const MAX_REFUSAL_BYTES = 64 * 1024;
const MAX_SHOWN = 200;

/**
 * Calls a server of the Open Inference Protocol. No redirect is followed. A GET is repeated as long as troubles pass; what
 * is computed for us only where the server said 429, because servers keep account of what they answer.
 *
 * @param call address, body and limits
 * @returns the parsed JSON of a good answer
 * @throws {Error} when it is refused, comes from somebody else, is longer than it may be, or is not there in time
 * @throws the signal's reason once it is aborted
 */
export async function callOip({ cannot, url, body, maxBytes, timeoutMs, signal }: OipCall): Promise<unknown> {
  const late = AbortSignal.timeout(timeoutMs);
  const ends = signal ? AbortSignal.any([signal, late]) : late;
  const init: RequestInit = {
    redirect: "manual",
    signal: ends,
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { method: "POST", body }),
  };
  const clock = { ...MACHINE_CLOCK, sleep: (ms: number) => sleepUntil(ms, ends) };
  const refuse = (found: string, cause?: unknown) =>
    new Error(`${cannot} as ${url} must answer in the Open Inference Protocol v2: got ${found}`, { cause });
  try {
    const response = await sendPatiently(() => fetch(url, init), body === undefined, clock);
    const text = await readText(response, response.ok ? maxBytes : MAX_REFUSAL_BYTES);
    if (!response.ok) throw refuse(refusalOf(response, text));
    if (text === null) throw refuse(`more than ${maxBytes} bytes; ask for fewer rows or outputs`);
    const value = parseJson(text);
    if (value === undefined) throw refuse(`${shownText(text)}; check the url that it was logged with`);
    return value;
  } catch (cause) {
    signal?.throwIfAborted();
    if (late.aborted) {
      throw refuse(`nothing within ${timeoutMs} ms; check that it runs, or log it with a longer timeoutMs`);
    }
    if (!(cause instanceof TypeError)) throw cause;
    throw refuse(`no connection (${cause.message}); check that it runs`, cause); // fetch tells a broken connection so
  }
}

function refusalOf(response: Response, text: string | null): string {
  const { status, headers } = response;
  const target = headers.get("location");
  if (status >= 300 && status < 400) {
    return `${status}, a redirect to "${target?.split("?")[0] ?? "nowhere"}"; log it with the url that answers itself`;
  }
  const { error } = (text === null ? {} : parseJson(text) ?? {}) as { error?: unknown };
  const said = typeof error === "string" ? error.slice(0, MAX_SHOWN) : shownText(text ?? "much");
  return `${status}: ${said}`;
}

/** Null when it is longer; whoever answers may never end. */
async function readText(response: Response, maxBytes: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function shownText(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line === "" ? "nothing" : line.slice(0, MAX_SHOWN);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      signal.aborted ? reject(signal.reason) : resolve();
    }
  });
}
