/**
 * The process in which cells run. Its only argument is its settings as JSON; the kernel evaluates cells in it over V8's
 * inspector, and it answers on file descriptor 3; what cells ask for is answered on file descriptor 4.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";
import { forgetEnv } from "../../../lib/config/env/mod.ts";
import { type Comms, createComms } from "./comms.ts";
import { createConsole } from "./console.ts";
import { createJupyter } from "./display.ts";
import { inspect, installStacks, messageOf } from "./errors.ts";
import { createHosts } from "./host.ts";
import { createInput } from "./input.ts";
import { createModules } from "./modules.ts";
import { apply } from "./primordials.ts";
import { KERNEL_HOST } from "./script_name.ts";
import { watchTimers } from "./timers.ts";
import { releaseTurns } from "./turn.ts";
import { watchReads } from "./reads.ts";
import { openOutput, type Output, type Runs } from "./output.ts";

/** Settings of the child. */
export interface ChildSettings {
  /** Absolute folder of the workbench. */
  root: string;
  /** Absolute folder of the notebook. */
  cwd: string;
  /** Bytes of output that one cell may send. */
  capBytes: number;
  /** Milliseconds in which the value of a cell must be ready to be shown. */
  displayMs: number;
  /** The snapshot of the lake that `open` of `boathouse` takes, if any. */
  pin?: unknown;
}

const OUTPUT_FD = 3;
const INPUT_FD = 4;
const native = Deno;
const settings = JSON.parse(native.args[0]!) as ChildSettings;
const runs: Runs = Object.create(null);
const output = openOutput(OUTPUT_FD, { capBytes: settings.capBytes, onLost: endProcess });
const folder = pathToFileURL(`${settings.cwd}/`).href;
const { preventDefault } = Event.prototype;
const own = new URL(".", import.meta.url).pathname;

installStacks(settings.root, own, runs);
Object.defineProperty(globalThis, "console", { value: createConsole(output), writable: true });
const comms = createComms(settings.root, output);
replaceProcess(output, comms);
// A program that a cell starts must not write into the log of this process.
forgetEnv("DENO_AUDIT_PERMISSIONS");
const reads = watchReads(output);
const warn = (text: string) => output.print("stderr", `${text}\n`);
const modules = createModules(folder, { warn, builtin: reads.builtin });
const { root, capBytes, displayMs } = settings;
const hosts = createHosts({ root, capBytes, displayMs, output, modules, reads, runs, comms });
// The kernel takes it away before the first cell runs.
Object.defineProperty(globalThis, KERNEL_HOST, { value: hosts.kernel, configurable: true });
defineGlobals({
  __bh: hosts.cells,
  [Symbol.for("Boathouse.root")]: settings.root,
  [Symbol.for("Boathouse.pin")]: settings.pin,
  // Lake and registry enter themselves here: what is read from them is on record.
  [Symbol.for("Boathouse.clients")]: new WeakSet<object>(),
  [Symbol.for("Boathouse.recorder")]: {
    read: (input: unknown) => output.send({ r: "read", n: output.run().n, input }),
    wrote: (written: unknown) => output.send({ r: "wrote", n: output.run().n, output: written }),
    unproven: (kind: "clock" | "random") => output.send({ r: "unproven", n: output.run().n, kind }),
    know: reads.know,
  },
});
for (const [name, value] of Object.entries(createInput(INPUT_FD, output))) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
const timers = watchTimers(output);
for (const kind of ["unhandledrejection", "error"] as const) addEventListener(kind, showUncaught);
// Without something to wait for the process would end between two cells.
setInterval(() => undefined, 2 ** 31 - 1);
output.open();

/** Without the kernel's channel the cell would be waited for without end. */
function endProcess(): never {
  const text = `Cannot tell the kernel anything as file descriptor ${OUTPUT_FD} must stay open: a cell closed it\n`;
  native.stderr.writeSync(new TextEncoder().encode(text));
  return native.exit(70);
}

function defineGlobals(values: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(values)) {
    Object.defineProperty(globalThis, key, { value: values[key as string], enumerable: false });
  }
}

const UNSHOWN = "(an error that cannot be shown, as a cell broke the globals)";

function showUncaught(event: PromiseRejectionEvent | ErrorEvent): void {
  apply(preventDefault, event, []);
  const isRejection = "reason" in event;
  const what = isRejection ? "Unhandled rejection" : "Uncaught";
  const thrown = isRejection ? event.reason : event.error;
  // Errors of Workers come as their message alone.
  const isMessage = !isRejection && !thrown && event.message !== "";
  const owner = isRejection ? output.run() : timers.ownerOf(thrown) ?? output.run();
  try {
    output.print("stderr", isMessage ? `${event.message}\n` : `${what}: ${inspect(thrown, settings.root)}\n`, owner);
  } catch (broken) {
    output.print("stderr", `${what}: ${UNSHOWN}: ${messageOf(broken)}\n`, owner);
  }
  releaseTurns();
}

function replaceProcess(output: Output, comms: Comms): void {
  const exit = (code?: number | string): never => {
    output.send({ r: "exit", n: output.run().n, code: Number(code ?? native.exitCode) });
    // A real exit waits for the debugger to disconnect; the kernel ends this process as soon as it reads the line.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  const stdout = streamOf("stdout", native.stdout, output);
  const stderr = streamOf("stderr", native.stderr, output);
  const shown = { jupyter: createJupyter(output, comms), exit, stdout, stderr, args: [], mainModule: folder };
  const changed = Object.entries(shown)
    .map(([name, value]) => [name, { value, enumerable: true }]);
  Object.defineProperty(globalThis, "Deno", {
    value: Object.create(native, Object.fromEntries(changed)),
    configurable: true,
  });
  process.exit = exit;
  process.argv.splice(1);
  for (const name of ["stdout", "stderr"] as const) process[name].write = writeOf(name, output);
}

type Write = typeof process.stdout.write;

function writeOf(name: "stdout" | "stderr", output: Output): Write {
  return (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    output.print(name, typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk));
    const done = rest.find((value) => typeof value === "function");
    if (done) queueMicrotask(() => done());
    return true;
  };
}

function streamOf(name: "stdout" | "stderr", real: typeof Deno.stdout | typeof Deno.stderr, output: Output): object {
  const decoder = new TextDecoder();
  const writeSync = (chunk: Uint8Array): number => {
    output.print(name, decoder.decode(chunk, { stream: true }));
    return chunk.length;
  };
  return {
    writeSync,
    write: (chunk: Uint8Array) => Promise.resolve(writeSync(chunk)),
    writable: new WritableStream<Uint8Array>({ write: (chunk) => void writeSync(chunk) }),
    isTerminal: () => false,
    close: () => real.close(),
  };
}
