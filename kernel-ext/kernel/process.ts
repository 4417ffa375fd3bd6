import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Audit, openAudit } from "./audit.ts";
import { type Evaluated, type Inspector, openInspector } from "./cdp.ts";
import type { ChildSettings } from "./child/main.ts";
import type { Message } from "./child/output.ts";
import { KERNEL_HOST } from "./child/script_name.ts";
import { readCrashes } from "./crash_text.ts";
import { answerQuestions, type Questions } from "./input.ts";
import { readLines } from "./lines.ts";
import { GIVE_MORE, watchMemory } from "./memory_watch.ts";
import { readMessages } from "./read_message.ts";

/** What a cell process is started with. */
export interface ProcessOptions {
  /** Absolute folder of the workbench, which has deno.json. */
  root: string;
  /** Absolute folder of the notebook, in which the process is started. */
  cwd: string;
  /** Bytes of output that one cell may send. */
  capBytes: number;
  /** Milliseconds in which the value of a cell must be ready to be shown. */
  displayMs: number;
  /** The snapshot of the lake that `open` of `boathouse` takes, if any. */
  pin?: unknown;
  /** The whole environment of the process. */
  env: Record<string, string>;
  /** Flags of `deno run`; all permissions unless given. */
  permissions: readonly string[];
  /** Limit of the JavaScript heap, in MiB; V8's own unless given. */
  memoryMb?: number | undefined;
  /** Is told each line that the process writes for the kernel, in order. */
  onMessage(message: Message): void;
  /** Is asked for what a cell asks for. */
  onInput(question: Message & { r: "input" }, signal: AbortSignal): Promise<string>;
  /** Is told what the process prints past the kernel: native code and Workers. */
  onPrint(name: "stdout" | "stderr", text: string): void;
}

/** A process in which cells are evaluated. */
export interface CellProcess extends AsyncDisposable {
  pid: number;
  inspector: Inspector;
  /** Handle of the kernel's side of the child's host, on which it calls methods. */
  hostId: string;
  /** What it asked permission for. */
  audit: Audit;
  /** What its cells ask. */
  questions: Questions;
  /** Settles when the process has ended and all that it wrote has been read: why it ended. */
  ended: Promise<string>;
  /** Is told why the process has ended, until it is disposed of: a promise would keep all that ever waited for it. */
  onEnd(tell: (reason: string) => void): Disposable;
  /** Settles when it has disposed of what cells opened by `using`, after it was asked to. */
  closed: Promise<void>;
  /** Ends it when it holds too much memory, until that is disposed of. */
  watchMemory(): Disposable;
  /** Ends it and all that it started, at once. */
  kill(): void;
}

/**
 * Starts a process for cells, and waits until its inspector answers.
 *
 * @param options Settings, environment and listeners.
 * @returns The process; it ends with this one, however this one ends.
 * @throws {Error} When a folder or deno.json is missing, or it does not come up; the message has what it printed.
 */
export async function startProcess(options: ProcessOptions): Promise<CellProcess> {
  checkPlaces(options);
  const audit = openAudit();
  const child = spawn(Deno.execPath(), argumentsOf(options), {
    cwd: options.cwd,
    env: { ...options.env, ...audit.env },
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const kill = () => killGroup(child);
  const stderr = watchStderr(child, options, kill);
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const questions = answerQuestions(child.stdio[4] as Writable, options.onInput);
  const reader = readMessages();
  const messages = readLines(child.stdio[3] as Readable, (line) => {
    if (line === "") return;
    const message = reader.read(line);
    if (!message) return options.onPrint("stderr", `${line}\n`);
    if (message.r === "ready") return ready.resolve();
    if (message.r === "closed") closed.resolve();
    if (message.r === "input") return questions.take(message);
    if (message.r === "exit") stderr.exitCode(message.code);
    options.onMessage(message);
    if (message.r === "exit") kill();
  });
  child.stdout!.setEncoding("utf8").on("data", (text: string) => options.onPrint("stdout", text));
  const exit = new Promise<[number | null, string | null]>((resolve) => {
    child.once("exit", (code, signal) => resolve([code, signal]));
    child.once("error", () => resolve([null, "it could not be started"]));
  });
  const guard = child.pid === undefined ? null : guardGroup(child.pid);
  const ended = Promise.all([exit, messages, stderr.closed]).then(([[code, signal]]) => {
    guard?.kill("SIGKILL");
    audit.hide();
    return stderr.reason(code, signal);
  });
  const refused = ended.then((reason): never => {
    throw new Error(`Cannot start cell process as Deno must come up: ${reason}${stderr.text()}`);
  });
  const url = await Promise.race([stderr.url, refused]);
  const inspector = await Promise.race([openInspector(url), refused]);
  await Promise.race([ready.promise, refused]);
  audit.hide();
  const host = inspector.call<Evaluated>("Runtime.evaluate", { expression: TAKE_HOST });
  const { result } = await Promise.race([host, refused]);
  refused.catch(() => undefined);
  const told = new Set<(reason: string) => void>();
  let over: string | null = null;
  ended.then((reason) => {
    over = reason;
    for (const tell of told) tell(reason);
  });
  return {
    pid: child.pid!,
    inspector,
    hostId: result.objectId!,
    audit,
    questions,
    ended,
    onEnd: (tell) => {
      if (over === null) told.add(tell);
      else tell(over);
      return { [Symbol.dispose]: () => void told.delete(tell) };
    },
    closed: closed.promise,
    watchMemory: () => {
      const onExcess = (reason: string): void => {
        stderr.excess(reason);
        kill();
      };
      return watchMemory({ pid: child.pid!, memoryMb: options.memoryMb, onExcess });
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      kill();
      await ended;
      await inspector[Symbol.asyncDispose]();
      audit[Symbol.dispose]();
    },
  };
}

/** Deno tells neither what is missing nor what to do. */
function checkPlaces({ root, cwd }: ProcessOptions): void {
  if (!existsSync(cwd)) throw new Error(`Cannot run cells as their folder must be there: "${cwd}" is not`);
  if (existsSync(`${root}/deno.json`)) return;
  const wayOut = existsSync(`${root}/deno.jsonc`)
    ? "save its deno.jsonc as deno.json, without comments"
    : 'write one, {} or with what they import, such as {"imports": {"zod": "npm:zod@4"}}';
  throw new Error(`Cannot run cells as their workbench must have deno.json: "${root}" has none; ${wayOut}`);
}

function argumentsOf({ root, cwd, capBytes, displayMs, pin, permissions, memoryMb }: ProcessOptions): string[] {
  return [
    "run",
    ...permissions,
    // Without any such flag node:child_process would give a deno process all permissions.
    ...(permissions.some((flag) => /^(-A|--allow-)/.test(flag)) ? [] : ["--deny-run"]),
    "--no-check",
    "--no-prompt",
    `--config=${root}/deno.json`,
    "--inspect=127.0.0.1:0",
    ...(memoryMb === undefined ? [] : [`--v8-flags=--max-old-space-size=${memoryMb}`]),
    fileURLToPath(new URL("./child/main.ts", import.meta.url)),
    JSON.stringify({ root, cwd, capBytes, displayMs, pin } satisfies ChildSettings),
  ];
}

interface StderrWatch {
  /** The inspector's address, once it is printed. */
  url: Promise<string>;
  closed: Promise<void>;
  exitCode(code: number): void;
  /** Takes why it is killed for its memory. */
  excess(reason: string): void;
  reason(code: number | null, signal: string | null): string;
  /** What was printed, as one line. */
  text(): string;
}

function watchStderr(child: ChildProcess, { root, onPrint }: ProcessOptions, kill: () => void): StderrWatch {
  const url = Promise.withResolvers<string>();
  let asked: number | null = null;
  let excess: string | null = null;
  let sessions = 0;
  let crash = "";
  let printed = "";
  // A crash begins with empty lines, so these wait for what follows them.
  let blank = "";
  let intruded = false;
  const crashes = readCrashes(root);
  const show = (line: string): void => {
    blank += `${line}\n`;
    if (line === "") return;
    printed = `${printed} ${line}`.slice(-SHOWN_CHARS);
    onPrint("stderr", blank);
    blank = "";
  };
  const closed = readLines(child.stderr!, (line) => {
    const address = /^Debugger listening on (ws:\S+)$/.exec(line)?.[1];
    if (address) return url.resolve(address);
    if (line === "Debugger session started.") {
      intruded = ++sessions > 1;
      return intruded ? kill() : undefined;
    }
    if (WAITS_FOR_DEBUGGER.test(line)) return kill();
    if (/^Visit chrome:\/\/inspect/.test(line) || /^Debugger session ended/.test(line)) return;
    if (crash !== "" || CRASH.test(line)) return void (crash += `${line}\n`);
    for (const shown of crashes.take(line)) show(shown);
  }).then(() => {
    for (const shown of crashes.end()) show(shown);
  });
  return {
    url: url.promise,
    closed,
    text: () => printed && `;${printed.replace(/ Stack backtrace:.*$/, "")}`,
    exitCode: (code) => {
      asked = code;
    },
    excess: (reason) => {
      excess = reason;
    },
    reason: (code, signal) => {
      if (intruded) return "another program attached to its inspector";
      if (/out of memory|heap limit/i.test(crash)) return `out of memory: ${GIVE_MORE}`;
      if (excess !== null) return excess;
      if (asked !== null) return `exit code ${asked}`;
      return code === null ? `signal ${signal}` : `exit code ${code}`;
    },
  };
}

const TAKE_HOST = `((host) => (delete globalThis.${KERNEL_HOST}, host))(globalThis.${KERNEL_HOST})`;

/** Of what a process printed that did not come up. */
const SHOWN_CHARS = 500;

/** Where V8 and Deno begin to say how they crash: lines with addresses and process ids, which no output should keep. */
const CRASH =
  /^(<--- Last few GCs|# Fatal |#$|Fatal JavaScript|Fatal process|\[\d+:0x[0-9a-f]+\]|Deno has panicked|={20,})/;

/** An exit past our own `Deno.exit` hangs here while the inspector is attached. */
const WAITS_FOR_DEBUGGER =
  /^(Program finished\. )?Waiting for (the )?inspector to disconnect|^Waiting for the debugger to disconnect/;

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

/**
 * A shell that ends the process group when this process is gone, however it ended: its input is a pipe that we hold, and
 * a process that is busy in a loop could not see that itself.
 */
function guardGroup(pid: number): ChildProcess {
  const script = `read -r _; kill -s KILL -- -${pid}`;
  return spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
}
