import type { Json } from "../events/mod.ts";
import type { Call } from "./_call.ts";
import { type CallTable, callTable } from "./_call_table.ts";
import type { SandboxFunction } from "./sandbox.ts";
import { SandboxError } from "./sandbox_error.ts";

/** An error as a worker describes it. */
export interface ThrownText {
  name: string;
  message: string;
  stack: string;
}

/** One function in one worker of a box, with its calls. */
export interface Station {
  readonly fn: SandboxFunction;
  /** Calls without an answer. */
  readonly calls: Pick<CallTable, "get" | "values">;
  readonly loading: boolean;
  /** Resolves when the module is loaded. */
  readonly ready: Promise<void>;
  send(message: string): void;
  submit(call: Call): void;
  /** Takes an answer, an error or a dropped call from the worker. */
  settle(message: readonly unknown[]): void;
  /** A sign of life; `pong` answers the question whether the worker is idle. */
  heard(pong: boolean): void;
  loaded(): void;
  /** The module cannot be loaded: it throws. */
  fail(error: ThrownText): void;
  rejectLoad(error: SandboxError): void;
  /**
   * Answers calls past their deadline, for memory where `excess` says that the one call has taken too much; says what is
   * wrong when only killing the process helps.
   */
  tick(nowMs: number, excess: () => string | null): string | null;
  busy(): boolean;
  /** Calls that the worker has not ended, the answered ones past their deadline included, and its load. */
  running(): number;
  /** Whether it has computed without a pause for 20 ms and more. */
  silent(): boolean;
  /** Looks since it was last heard of. */
  silence(): number;
  /** Number of the call sent last. */
  newest(): number;
}

// In ticks of 5 ms: a worker unheard of for 10 ms is asked, and after 20 more it computes without a pause.
const ASK_TICKS = 2;
const SILENT_TICKS = 6;
// Code that waits gets this long to end after its budget; its host calls are refused by then.
const GRACE_TICKS = 50;
const QUIET_TICKS = 200;

/**
 * Opens the host's side of a worker.
 *
 * @param fn What it runs.
 * @param loadTicks Most ticks until it is loaded.
 * @param write Sends a JSON array of messages to the worker.
 * @returns The station.
 */
export function openStation(fn: SandboxFunction, loadTicks: number, write: (text: string) => void): Station {
  const calls = callTable();
  const overdue = new Map<number, number>();
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  // Whoever loads awaits it; a box that loads again tells each call instead.
  ready.catch(() => {});
  let state: "loading" | "loaded" | SandboxError = "loading";
  let pending: string[] = [];
  let silentTicks = 0, loadingTicks = 0, newest = 0, touched = false;

  const flush = () => {
    const text = `[${pending.join(",")}]`;
    pending = [];
    write(text);
  };
  const send = (message: string) => {
    if (pending.length === 0) setImmediate(flush);
    pending.push(message);
  };
  const running = () => calls.size + overdue.size + Number(state === "loading");
  const expire = (nowMs: number, excess: () => string | null) => {
    for (const call of calls.values()) {
      const { id } = call;
      if (nowMs < call.deadlineMs) continue;
      const more = excess();
      calls.delete(id);
      overdue.set(id, 0);
      send(JSON.stringify(["cancel", id]));
      const late = `Cannot answer within the budget of ${call.budgetMs} ms: the function had not ended`;
      call.fail(more === null ? "timeout" : "memory", more === null ? late : `${late}, and ${more}`);
    }
  };
  const judge = (): string | null => {
    if (state === "loading" && ++loadingTicks > loadTicks) {
      return "Cannot load the module as it does not end its top level";
    }
    if (overdue.size > 0 && silentTicks >= SILENT_TICKS) return "Cannot go on as a call computes past its budget";
    for (const [id, ticks] of overdue) {
      if (ticks >= GRACE_TICKS) return "Cannot go on as a call does not end after its budget";
      overdue.set(id, ticks + 1);
    }
    return running() === 0 && silentTicks > QUIET_TICKS ? "Cannot go on as code computes after its answer" : null;
  };

  return {
    fn,
    calls,
    ready,
    get loading() {
      return state === "loading";
    },
    send,
    submit(call) {
      if (state instanceof SandboxError) return call.fail(state.kind, state.message, state.detail);
      newest = call.id;
      touched = true;
      calls.add(call);
      send(call.message());
    },
    settle(message) {
      const [type, id] = message as [string, number];
      if (overdue.delete(id) || type === "dropped") return;
      const call = calls.get(id);
      if (!call) return;
      calls.delete(id);
      const [, , value, ms, logs] = message as [string, number, unknown, number, string[]];
      if (type === "answer") return call.succeed(value as Json, ms, logs);
      call.fail("error", ...thrownDetail("Cannot answer as the function threw", value as ThrownText, logs));
    },
    heard(pong) {
      silentTicks = 0;
      if (pong && running() === 0) touched = false;
    },
    loaded() {
      state = "loaded";
      resolve();
    },
    fail(error) {
      state = new SandboxError("error", ...thrownDetail("Cannot load the module as its top level threw", error));
      reject(state);
      for (const call of calls.values()) call.fail(state.kind, state.message, state.detail);
      calls.clear();
    },
    rejectLoad: reject,
    tick(nowMs, excess) {
      expire(nowMs, excess);
      if (running() === 0 && !touched) return null;
      if (++silentTicks === ASK_TICKS) send('["ping"]');
      return judge();
    },
    busy: () => touched || running() > 0,
    running,
    silent: () => silentTicks >= SILENT_TICKS,
    silence: () => silentTicks,
    newest: () => newest,
  };
}

function thrownDetail(what: string, { name, message, stack }: ThrownText, logs: string[] = []) {
  return [`${what} ${name}: ${message}`, { name, stack, logs }] as const;
}
