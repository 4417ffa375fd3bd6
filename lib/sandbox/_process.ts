import { builtinModules } from "node:module";
import { type Frame, frameReader, frameWriter, KEY_BYTES } from "./_frames.ts";

/** How a child ended. */
export interface ChildEnd {
  code: number;
  signal: string | null;
  /** Last lines of its standard error. */
  stderr: string;
  /** Why it was killed by its host; null when it ended by itself. */
  reason: string | null;
}

/** A permission-less child and its pipe. It keeps nobody's event loop alive before it is killed: who waits has a timer. */
export interface Child {
  pid: number;
  send(worker: number, text: string): void;
  /** Ends it at once; the first reason is kept. */
  kill(reason: string): void;
  ended: Promise<ChildEnd>;
}

const STDERR_CHARS = 4_000;

// Deno lets code without permissions import Node's modules; what they offer beyond the language is not for functions.
const NO_NODE = "data:text/javascript," +
  encodeURIComponent('throw new TypeError("Cannot import a node: module as functions run without a platform")');
const IMPORT_MAP = "data:application/json," + encodeURIComponent(JSON.stringify({
  imports: Object.fromEntries(
    [...new Set([...builtinModules, "sqlite", "test", "test/reporters", "sea"])].flatMap((name) => {
      const bare = name.replace(/^node:/, "");
      return [[`node:${bare}`, NO_NODE], [bare, NO_NODE]];
    }),
  ),
}));

/**
 * Starts a child that may do nothing but compute: no permission, no import from outside, an empty environment in UTC.
 *
 * @param heapBytes Heap limit of each of its workers.
 * @param onFrame Told each frame from its workers; frames without the child's key are refused before.
 * @returns The child.
 */
export function startChild(heapBytes: number, onFrame: (worker: number, text: string) => void): Child {
  try {
    return pipe(spawn(heapBytes), onFrame);
  } catch (cause) {
    const reason = `Deno cannot be started: ${cause instanceof Error ? cause.message : cause}`;
    return { pid: 0, send() {}, kill() {}, ended: Promise.resolve({ code: 1, signal: null, stderr: "", reason }) };
  }
}

function spawn(heapBytes: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--deny-import",
      "--no-remote",
      "--no-npm",
      "--no-config",
      "--no-lock",
      "--cached-only",
      `--import-map=${IMPORT_MAP}`,
      `--v8-flags=--expose-gc,--max-old-space-size=${Math.ceil(heapBytes / 2 ** 20)}`,
      new URL("./_child.ts", import.meta.url).href,
    ],
    clearEnv: true,
    env: { TZ: "UTC", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function pipe(child: Deno.ChildProcess, onFrame: (worker: number, text: string) => void): Child {
  child.unref();
  let alive = true;
  let reason: string | null = null;
  const kill = (why: string) => {
    if (!alive || reason !== null) return;
    reason = why;
    child.ref();
    try {
      child.kill("SIGKILL");
    } catch (cause) {
      // Ended by itself since, which `ended` is about to tell.
      if (!(cause instanceof Deno.errors.NotFound || cause instanceof TypeError)) throw cause;
    }
  };
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const write = frameWriter(child.stdin, (cause) => kill(`its input broke: ${cause}`));
  const read = frameReader((frame) => {
    if (reason !== null) return;
    if (holdsKey(frame, key)) onFrame(frame.worker, frame.text);
    else kill("it wrote a frame without its key");
  });
  const ended = (async () => {
    const [stderr] = await Promise.all([tailOf(child.stderr), readAll(child.stdout, read, kill)]);
    const { code, signal } = await child.status;
    return { code, signal, stderr, reason };
  })();
  child.status.then(() => alive = false);
  return { pid: child.pid, send: (worker, text) => write({ worker, key, text }), kill, ended };
}

function holdsKey(frame: Frame, key: Uint8Array): boolean {
  return frame.key.every((byte, i) => byte === key[i]);
}

async function readAll(
  stream: ReadableStream<Uint8Array>,
  read: (chunk: Uint8Array) => void,
  kill: (why: string) => void,
) {
  try {
    for await (const chunk of stream) read(chunk);
  } catch (cause) {
    kill(`it wrote what is not a frame: ${cause}`);
  }
}

async function tailOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let tail = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) tail = (tail + text).slice(-STDERR_CHARS);
  return tail;
}
