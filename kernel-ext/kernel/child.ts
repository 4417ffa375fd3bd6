import type { Diagnostic } from "../../lib/cells/mod.ts";
import { readEnv } from "../../lib/config/env/mod.ts";
import type { InputRead, OutputWritten, Pin } from "../../lib/lake/mod.ts";
import type { DisplayOutput, MimeBundle, Output, Unproven } from "../../lib/notebook/mod.ts";
import { SessionEnded } from "./cdp.ts";
import type { CommMessage } from "./child/comms.ts";
import { scriptName } from "./child/script_name.ts";
import { callHost, evaluateCell, rest, type Script } from "./evaluate.ts";
import type { CellFailure } from "./failures.ts";
import type { LocalModules } from "./local_modules.ts";
import type { OutputEvent } from "./outputs.ts";
import type { Message } from "./child/output.ts";
import { type CellProcess, startProcess } from "./process.ts";
import { type AnswerInput, createSession, type OnLate, type RunState, type Thrown } from "./session.ts";
import { type Stop, stopRun } from "./stop.ts";

/** What cells run with. */
export interface ChildOptions {
  /** Absolute folder of the workbench, which has deno.json. */
  root: string;
  /** Absolute folder of the notebook: relative imports and files start there. */
  cwd: string;
  /** The environment of the process; this one's unless given. `NO_COLOR=1` and `TZ=UTC` are always added. */
  env?: Record<string, string>;
  /** Permission flags of `deno run`; `["-A"]` unless given. */
  permissions?: readonly string[];
  /** The snapshot of the lake that `open` of `boathouse` takes. */
  pin?: Pin;
  /**
   * Limit of the JavaScript heap in MiB; V8's own unless given. On Linux a running cell may hold twice as much and 512 MiB
   * in all, or three quarters of the machine's memory unless given.
   */
  memoryMb?: number;
  /** Bytes of output that one cell may produce, 8 MiB unless given; the rest is dropped, and the output says so. */
  maxOutputBytes?: number;
  /** Milliseconds in which the value of a cell must be ready to be shown, ten minutes unless given. */
  displayMs?: number;
  /** Is told what a cell has shown and read again when code that it started adds to it after its end. */
  onLate?: OnLate;
}

/** How one cell is run. */
export interface ExecuteOptions {
  /** Milliseconds from its start after which it is interrupted; never unless given. */
  timeoutMs?: number;
  /** Interrupts it. */
  signal?: AbortSignal;
  /** Its number in the notebook; one more than the last unless given. */
  executionCount?: number;
  /** Whether it uses no number: it has that of the cell before it. */
  silent?: boolean;
  /** Is told all that it shows as it comes, also what code that it started shows after its end. */
  onOutput?(event: OutputEvent): void;
  /** Answers `prompt`, `confirm` and `alert`, which throw unless given; the signal aborts with the cell. */
  onInput?: AnswerInput;
}

/** What came of one cell. */
export interface Execution {
  /** Whether it ran to its end. */
  status: "ok" | "error";
  /** Its outputs, in order; those before an error too. */
  outputs: Output[];
  /** What it read through recorded clients, each once. */
  inputs: InputRead[];
  /** What it read outside recorded clients; what its late code reads `onLate` is told. */
  unproven: Unproven[];
  /** What it wrote through recorded clients, in order. */
  writes: OutputWritten[];
  /** Its number. */
  executionCount: number;
  /** Why it ended early. */
  error?: CellFailure;
}

/** What came of an expression. */
export type Evaluation =
  | { status: "ok"; data: MimeBundle; metadata: Record<string, unknown> }
  | { status: "error"; ename: string; evalue: string; traceback: string[] };

/** Cells run here, one after the other, with their variables kept from one to the next. */
export interface Child extends AsyncDisposable {
  /** Process id, null after it has ended and until the next cell starts a fresh one. */
  readonly pid: number | null;
  /**
   * Runs a cell.
   *
   * @param cellId Names the cell in errors.
   * @param source Its text.
   * @param options Limits and listeners.
   * @returns Its outputs and reads, also where it failed.
   * @throws {Error} When another cell is running, or no process can be started.
   */
  execute(cellId: string, source: string, options?: ExecuteOptions): Promise<Execution>;
  /**
   * Evaluates expressions, each by itself, without using a number.
   *
   * @param expressions TypeScript by name.
   * @returns By the same names what each shows itself as, or what it threw.
   * @throws {Error} When a cell is running, or no process can be started.
   */
  evaluate(expressions: Record<string, string>): Promise<Record<string, Evaluation>>;
  /** The comms that cells have opened and nobody has closed: their targets by id. */
  comms(): ReadonlyMap<string, string>;
  /** Hands a client's message to the comm that it names; returns false where no such comm is open. */
  comm(message: CommMessage): Promise<boolean>;
  /** Interrupts the running cell, if any, and settles when it has ended. */
  interrupt(): Promise<void>;
}

/**
 * Starts a process in which cells run. A cell that ends the process leaves a fresh one for the next.
 *
 * @param options Folders, permissions and limits.
 * @returns The child; dispose of it to end the process and all that it started.
 * @throws {Error} When the process does not come up.
 *
 * @example
 * ```ts
 * import { startChild } from "./child.ts";
 *
 * const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
 * await using child = await startChild({ root, cwd: root });
 * const { outputs: [first] } = await child.execute("a", "const x: number = 20;\nx + 1");
 * console.assert(first?.output_type === "execute_result" && first.data["text/plain"] === "21");
 * ```
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const settings = withDefaults(options);
  const session = createSession(settings);
  // TypeScript takes longer to load than a process to start, so both go on at the same time.
  const compiling = import("./compile.ts");
  let process: CellProcess | null = null;
  let running: { cellId: string; stop(why: Stop): void; over: Promise<unknown> } | null = null;
  let modules: LocalModules | null = null;
  let lost: string | null = null;
  let rested: Promise<void> = Promise.resolve();
  const comms = new Map<string, string>();

  const ensureProcess = async (): Promise<CellProcess> => {
    if (process) return process;
    const { print, ask } = session;
    comms.clear();
    const onMessage = (message: Message): void => {
      if (message.r === "comm") takeComm(comms, message);
      session.receive(message);
    };
    const started = await startProcess({ ...settings, onMessage, onPrint: print, onInput: ask });
    modules = null;
    process = started;
    started.ended.then((reason) => {
      if (process !== started) return;
      process = null;
      if (running) return;
      lost = reason;
      started.audit[Symbol.dispose]();
    });
    return started;
  };
  const run = async (state: RunState, stops: Stops): Promise<Execution> => {
    const { checkSyntax, compileCell, watchLocalModules } = await compiling;
    const { diagnostics: [wrong] } = checkSyntax(state.source);
    if (wrong) session.fail(state, syntaxError(state, wrong));
    else {
      const used = await ensureProcess();
      modules ??= watchLocalModules(settings.root, settings.cwd);
      if (lost !== null) session.print("stderr", `${lostText("The process of the cells", lost)}\n`);
      lost = null;
      await rested;
      const before = used.audit.take();
      const compiled = compileCell(state.source, scriptName(state.n));
      const reason = await runIn(used, state, {
        ...stops,
        compiled,
        versions: modules.versionsFor(state.source),
        imports: modules.changedImports(),
      });
      if (reason === null) {
        rested = rest(used);
        session.audit(before, used.audit.take());
      } else {
        used.audit[Symbol.dispose]();
        process = null;
        session.fail(state, failureOf("ProcessEnded", reason));
      }
    }
    session.end(state);
    return resultOf(state);
  };

  const execute: Child["execute"] = async (cellId, source, { timeoutMs, signal, ...cell } = {}) => {
    if (running) {
      throw new Error(`Cannot run cell "${cellId}" as one cell runs at a time: "${running.cellId}" is running`);
    }
    const state = session.begin({ cellId, source, ...cell });
    const { stop, stopped, arm, release } = listenForStop(timeoutMs, signal);
    const over = run(state, { stopped, arm });
    running = { cellId, stop, over };
    try {
      return await over;
    } finally {
      running = null;
      release();
    }
  };

  await Promise.all([ensureProcess(), compiling]);
  return {
    get pid() {
      return process?.pid ?? null;
    },
    execute,
    comms: () => process ? comms : new Map(),
    comm: async (message) => {
      const id = message.content.comm_id;
      if (!process || !comms.has(id)) return false;
      takeComm(comms, message);
      await rested;
      if (process) await callHost(process, "comm", [message]);
      return true;
    },
    evaluate: async (expressions) => {
      const found: [string, Evaluation][] = [];
      for (const [name, source] of Object.entries(expressions)) {
        found.push([name, evaluationOf(await execute(name, source, { silent: true }))]);
      }
      return Object.fromEntries(found);
    },
    interrupt: async () => {
      running?.stop(INTERRUPTED);
      await running?.over;
    },
    [Symbol.asyncDispose]: async () => {
      const last = process;
      process = null;
      if (!last) return;
      if (!running) {
        await closeResources(last);
        session.audit([], last.audit.take());
      }
      await last[Symbol.asyncDispose]();
    },
  };
}

/** How a cell may be ended from outside. */
interface Stops {
  /** Settles when it shall end. */
  stopped: Promise<Stop>;
  /** Starts its time. */
  arm(): void;
}

/** Runs a cell to its end; returns why the process ended, or null when it is still there. */
async function runIn(
  process: CellProcess,
  state: RunState,
  { stopped, arm, ...script }: Stops & Script,
): Promise<string | null> {
  const { promise: gone, resolve: lose } = Promise.withResolvers<string>();
  using _listener = process.onEnd((reason) => lose(lostText("the process of the cells", reason)));
  using _watch = process.watchMemory();
  arm();
  const evaluate = async (): Promise<null> => {
    // What is stopped before its start must not start.
    const early = await Promise.race([stopped, Promise.resolve(null)]);
    if (early) await callHost(process, "interrupt", [state.n, early.name, early.message]);
    await evaluateCell(process, state, script);
    return null;
  };
  const evaluated = evaluate().catch((error) => {
    if (error instanceof SessionEnded) return gone;
    throw error;
  });
  const over = Promise.race([evaluated, gone]);
  const why = await Promise.race([over.then(() => null), stopped]);
  if (!why) return await over;
  const killed = await stopRun(process, state, { why, evaluated: over });
  if (!killed) return await Promise.race([over, state.ended.promise.then(() => null)]);
  await process.ended;
  return `${why.message} and did not stop: ${lostText("its process", "killed")}`;
}

function takeComm(comms: Map<string, string>, { kind, content }: CommMessage): void {
  if (kind === "comm_open") comms.set(content.comm_id, String(content.target_name));
  else if (kind === "comm_close") comms.delete(content.comm_id);
}

function syntaxError({ label }: RunState, { message, line, column }: Diagnostic): Thrown {
  const evalue = message.replace(/\.$/, "");
  const stack = [`SyntaxError: ${evalue}`, `    at cell [${label}]:${line}:${column}`];
  return { ename: "SyntaxError", evalue, stack };
}

function evaluationOf({ outputs }: Execution): Evaluation {
  const failed = outputs.find((output) => output.output_type === "error");
  if (failed) {
    const { ename, evalue, traceback } = failed;
    return { status: "error", ename, evalue, traceback };
  }
  const value = outputs.find((output): output is DisplayOutput => output.output_type === "execute_result");
  const { data, metadata } = value ?? { data: { "text/plain": "undefined" }, metadata: {} };
  return { status: "ok", data, metadata };
}

function listenForStop(timeoutMs: number | undefined, signal: AbortSignal | undefined) {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<Stop>();
  const onAbort = () => stop(INTERRUPTED);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (): void => {
    if (timeoutMs !== undefined) timer = setTimeout(() => stop(tooLong(timeoutMs)), timeoutMs);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  return { stop, stopped, arm, release };
}

function resultOf({ collector, inputs, writes, unproven, executionCount, failure }: RunState): Execution {
  const status = failure ? "error" : "ok";
  const result: Execution = {
    status,
    outputs: collector.outputs(),
    inputs: [...inputs],
    writes: [...writes],
    unproven: [...unproven].sort(),
    executionCount,
  };
  return failure ? { ...result, error: failure } : result;
}

async function closeResources(process: CellProcess): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, CLOSE_MS);
  callHost(process, "close", []).catch(late.resolve);
  await Promise.race([process.closed, process.ended, late.promise]);
  clearTimeout(timer);
}

function withDefaults(options: ChildOptions) {
  const { root, cwd, pin, env = readEnv(), permissions = ["-A"], memoryMb, onLate } = options;
  const { maxOutputBytes = 8 * 2 ** 20, displayMs = 600_000 } = options;
  return {
    root,
    cwd,
    capBytes: maxOutputBytes,
    displayMs,
    pin,
    // Committed outputs must not depend on the terminal or the time zone of who ran the notebook.
    env: { ...env, NO_COLOR: "1", TZ: "UTC" },
    permissions,
    memoryMb,
    onLate,
  };
}

function failureOf(ename: string, evalue: string): Thrown {
  return { ename, evalue, stack: [`${ename}: ${evalue}`] };
}

function lostText(what: string, reason: string): string {
  return `${what} ended (${reason}); the next cell starts in a fresh one, without the variables so far`;
}

function tooLong(timeoutMs: number): Stop {
  return { name: "TimeoutError", message: `the cell ran longer than ${timeoutMs.toLocaleString("en")} ms` };
}

const INTERRUPTED: Stop = { name: "Interrupted", message: "the cell was interrupted" };
/** For what cells opened by `using`; what takes longer is cut off with the process. */
const CLOSE_MS = 1_000;
