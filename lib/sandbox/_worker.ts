import { installClock } from "./_clock.ts";
import { lockdown } from "./_lockdown.ts";
import { plainJson } from "./_plain_json.ts";
import { seededRandom } from "./_random.ts";

/** What a worker is told first: its port to the child, the module to load, and how to show a logged value. */
export interface WorkerStart {
  port: MessagePort;
  url: string;
}

/** The bits of Node's AsyncLocalStorage that tell calls apart. */
interface Contexts {
  run<T>(store: Running, task: () => T): T;
  getStore(): Running | undefined;
}

interface Running {
  id: number;
  nowMs: number;
  random: () => number;
  logs: string[];
  logBytes: number;
  logsDropped: number;
  asked: number;
  askedChars: number;
  waiting: Map<number, { resolve(value: unknown): void; reject(error: Error): void }>;
  timers: Set<ReturnType<typeof setTimeout>>;
  begunMs: number;
}

/**
 * Locks the worker down, loads one function and answers calls on the port until the process is killed.
 * Runs inside the worker as source text together with the functions that this file imports.
 *
 * @param start Port, module and helpers, from the child.
 */
export async function serveWorker({ port, url }: WorkerStart): Promise<void> {
  const MAX_ANSWER_CHARS = 4_000_000,
    MAX_LOG_LINES = 200,
    MAX_LOG_CHARS = 16_384,
    MAX_HOST_CALLS = 256,
    MAX_ASKED_CHARS = 4_000_000;
  // A long batch yields this often, so that pings and cancellations get through while calls queue.
  const SLICE_MS = 5;
  const clock = performance.now.bind(performance);
  const inspect = Deno.inspect;
  const collect = Reflect.get(globalThis, "gc");
  const here = location.href;
  const [startTimer, stopTimer] = [setTimeout, clearTimeout];
  const own = new MessageChannel();
  const node = Reflect.get(globalThis, "process").getBuiltinModule("node:async_hooks");
  const contexts: Contexts = new node.AsyncLocalStorage();
  // No Map, as in _call_table.ts.
  const calls: Record<number, Running> = Object.create(null);
  const queue: [string, number, unknown, { decision: string; nowMs: number; seed: string }][] = [];
  let handler: ((input: unknown, ctx: unknown) => unknown) | null = null;
  let out: string[] = [];
  let draining = false;

  const current = (wanted: string) => {
    const running = contexts.getStore();
    if (running) return running;
    throw new Error(`Cannot use ${wanted} outside a call: move it into run`);
  };
  const flush = () => {
    if (out.length === 0) return;
    const text = `[${out.join(",")}]`;
    out = [];
    port.postMessage(text);
  };
  const tell = (message: unknown[] | string) => {
    if (out.length === 0) queueMicrotaskNow(flush);
    out.push(typeof message === "string" ? message : JSON.stringify(message));
  };
  const queueMicrotaskNow = (task: () => void) => void Promise.resolve().then(task);

  const log = (...parts: unknown[]) => {
    const running = contexts.getStore();
    if (!running) return;
    if (running.logs.length >= MAX_LOG_LINES || running.logBytes >= MAX_LOG_CHARS) return void running.logsDropped++;
    const line = parts.map((part) => typeof part === "string" ? part : inspect(part)).join(" ").slice(0, 2_000);
    running.logBytes += line.length;
    running.logs.push(line);
  };
  const consoleNames = [
    "log",
    "info",
    "warn",
    "error",
    "debug",
    "trace",
    "dir",
    "table",
    "assert",
    "group",
    "groupEnd",
    "time",
    "timeEnd",
  ];
  const timer = (task: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const running = current("setTimeout");
    const id = startTimer(() => {
      running.timers.delete(id);
      task(...args);
    }, ms);
    running.timers.add(id);
    return id;
  };
  const stray = (error: unknown) => tell(["stray", describe(error).message]);
  const describe = (thrown: unknown) => {
    const text = (value: unknown, most: number) => String(value).replaceAll(url, "bundle.js").slice(0, most);
    try {
      const error = thrown instanceof Error ? thrown : new Error(inspect(thrown));
      return {
        name: text(error.name, 100),
        message: text(error.message, 4_000),
        stack: text(String(error.stack).split("\n").filter((line) => !line.includes(here)).join("\n"), 8_000),
      };
    } catch {
      return { name: "Error", message: "an error that cannot be shown", stack: "" };
    }
  };

  const ask = (running: Running, kind: string, name: string, payload: unknown) => {
    if (!calls[running.id]) throw new Error(`Cannot ask for ${kind} "${name}" as the call has ended`);
    if (running.asked >= MAX_HOST_CALLS) {
      throw new RangeError(
        `Cannot ask for ${kind} "${name}" as a call may ask its host at most ${MAX_HOST_CALLS} times`,
      );
    }
    const json = JSON.stringify([
      String(kind),
      String(name),
      plainJson(payload, `ask for ${kind} "${name}" with this`),
    ]);
    if ((running.askedChars += json.length) > MAX_ASKED_CHARS) {
      throw new RangeError(
        `Cannot ask for ${kind} "${name}" as a call may send its host ${MAX_ASKED_CHARS} characters in all`,
      );
    }
    const index = running.asked++;
    tell(`["host",${running.id},${index},${json.slice(1)}`);
    return new Promise((resolve, reject) => running.waiting.set(index, { resolve, reject }));
  };
  const finish = (running: Running, message: string) => {
    if (!calls[running.id]) return;
    delete calls[running.id];
    for (const id of running.timers) stopTimer(id);
    tell(message);
  };
  const logsOf = (running: Running) =>
    running.logsDropped > 0 ? [...running.logs, `… ${running.logsDropped} more lines were dropped`] : running.logs;
  const millis = (running: Running) => Math.round((clock() - running.begunMs) * 1000) / 1000;
  const succeed = (running: Running, value: unknown) => {
    const json = JSON.stringify(plainJson(value, "answer with this"));
    if (json === undefined) throw new TypeError("Cannot answer with this as it must be JSON: got undefined");
    if (json.length > MAX_ANSWER_CHARS) {
      throw new RangeError(
        `Cannot answer as the JSON must have at most ${MAX_ANSWER_CHARS} characters: got ${json.length}`,
      );
    }
    finish(running, `["answer",${running.id},${json},${millis(running)},${JSON.stringify(logsOf(running))}]`);
  };
  const failCall = (running: Running, thrown: unknown) =>
    finish(running, JSON.stringify(["error", running.id, describe(thrown), millis(running), logsOf(running)]));

  const begin = (id: number, input: unknown, ctx: { decision: string; nowMs: number; seed: string }) => {
    const running: Running = {
      id,
      nowMs: ctx.nowMs,
      random: seededRandom(ctx.seed),
      logs: [],
      logBytes: 0,
      logsDropped: 0,
      asked: 0,
      askedChars: 0,
      waiting: new Map(),
      timers: new Set(),
      begunMs: clock(),
    };
    calls[id] = running;
    const face = Object.freeze({
      decision: ctx.decision,
      nowMs: ctx.nowMs,
      seed: ctx.seed,
      call: (kind: string, name: string, payload: unknown) => ask(running, kind, name, payload),
    });
    contexts.run(running, async () => {
      try {
        succeed(running, await handler!(input, face));
      } catch (thrown) {
        failCall(running, thrown);
      }
    });
  };
  const cancel = (id: number) => {
    const running = calls[id];
    if (!running) {
      const place = queue.findIndex((waiting) => waiting[1] === id);
      if (place >= 0) tell(["dropped", queue.splice(place, 1)[0]![1]]);
      return;
    }
    for (const { reject } of running.waiting.values()) {
      reject(new Error("Cannot wait for the host as the budget is spent"));
    }
  };
  const reply = (id: number, index: number, answer: { value: unknown } | { error: string }) => {
    const waiting = calls[id]?.waiting.get(index);
    if (!waiting) return;
    calls[id]!.waiting.delete(index);
    if ("error" in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(answer.value);
  };
  const drain = async () => {
    draining = true;
    let until = clock() + SLICE_MS;
    while (handler && queue.length > 0) {
      const [, id, input, ctx] = queue.shift()!;
      begin(id, input, ctx);
      if (clock() < until) continue;
      flush();
      await new Promise<void>((resolve) => {
        own.port1.onmessage = () => resolve();
        own.port2.postMessage(0);
      });
      until = clock() + SLICE_MS;
    }
    draining = false;
  };
  port.onmessage = ({ data }: MessageEvent<string>) => {
    for (const message of JSON.parse(data)) {
      if (message[0] === "call") queue.push(message);
      else if (message[0] === "reply") reply(message[1], message[2], message[3]);
      else if (message[0] === "cancel") cancel(message[1]);
      else tell(["pong"]);
    }
    if (!draining) void drain();
  };

  Math.random = () => current("Math.random").random();
  installClock(() => current("the clock").nowMs);
  lockdown({
    console: Object.freeze(Object.fromEntries(consoleNames.map((name) => [name, log]))),
    setTimeout: timer,
    clearTimeout: stopTimer,
    queueMicrotask: (task: () => void) => queueMicrotaskNow(task),
    // Deno asks this very global whether an unhandled error may pass; without it the worker would end.
    dispatchEvent: (event: ErrorEvent & PromiseRejectionEvent) => {
      event.preventDefault();
      stray(event.reason ?? event.error);
      return false;
    },
  });
  try {
    const module = await import(url);
    handler = module.handler ?? module.default;
    if (typeof handler !== "function") {
      throw new TypeError('Cannot load the bundle as it must export "handler": got none');
    }
    // What starting left behind is most of a worker's memory, and an idle one would keep it.
    collect({ type: "major", flavor: "last-resort" });
    tell(["loaded"]);
    if (!draining) void drain();
  } catch (thrown) {
    handler = null;
    tell(["failed", describe(thrown)]);
  }
}

/** Source text of a worker: everything above as plain functions, and the wait for the first message. */
export const WORKER_SOURCE: string =
  [installClock, lockdown, plainJson, seededRandom, serveWorker].map(String).join("\n") +
  "\naddEventListener('message', (event) => serveWorker(event.data), { once: true });";
