import type { Json } from "../events/mod.ts";
import { TICK_MS } from "./_box.ts";
import { type CallContext, type CallResult, startCall } from "./_call.ts";
import { type Lane, type LaneOptions, openLane } from "./_lane.ts";
import type { HostCalls } from "./host_calls.ts";
import type { SandboxError } from "./sandbox_error.ts";

/** Code to run: one ES module as text, without imports. */
export interface SandboxFunction {
  /** Names the function; calls use it. */
  hash: string;
  /** Text of a module that exports `handler(input, ctx)`, or has it as default. */
  bundle: string;
  /** Most milliseconds of a call. */
  budgetMs: number;
  /** Most bytes by which its calls may make the process grow. */
  memoryBytes: number;
}

/** What runs right now, and what was ended. */
export interface SandboxStats {
  /** Every process with its part, its functions, the calls in it, and its resident memory when last asked. */
  processes: {
    pid: number;
    role: "main" | "spare" | "quarantine";
    functions: number;
    running: number;
    rssBytes: number;
  }[];
  /** Processes ended, by reason. */
  ended: { timeout: number; memory: number; crash: number };
  /** Calls that were sent again as their process ended. */
  resent: number;
  /** Hashes of functions that run in a process of their own since they ended a shared one. */
  quarantined: string[];
  /** Errors outside any call, by hash: the last message and how many. */
  strays: Record<string, { count: number; last: string }>;
}

/** Processes in which promoted code runs. */
export interface Sandbox extends AsyncDisposable {
  /** Makes a function ready: its module runs in the spare first, then beside the others. */
  load(fn: SandboxFunction): Promise<void>;
  /** Runs a loaded function once. */
  call(hash: string, input: Json, context: CallContext): Promise<CallResult>;
  /** What runs right now, and what was ended so far. */
  stats(): SandboxStats;
}

/** What a sandbox needs. */
export interface SandboxOptions {
  /** Name of the product whose functions it runs, for messages. */
  product: string;
  /** Who answers the functions' questions. */
  host: HostCalls;
  /** Warm processes beside the main one: 1, or 0 where a kill may cost the others a start. */
  spares?: 0 | 1;
  /** Heap limit of each worker; a function may ask for no more. */
  heapBytes?: number;
  /** Most milliseconds until a module is loaded. */
  loadMs?: number;
}

/**
 * Starts the processes of one product's functions: permission-less, fed by pipes, ended by SIGKILL only.
 * A function that ends a process is quarantined in one of its own; the calls of others are sent again, unseen by callers.
 *
 * @param options Product, host and limits.
 * @returns The sandbox; closing it ends every process.
 *
 * @example
 * ```ts
 * import { openSandbox } from "./sandbox.ts";
 * await using sandbox = await openSandbox({ product: "flights", host: { call: () => Promise.resolve(null) }, spares: 0 });
 * await sandbox.load({ hash: "h1", bundle: "export const handler = (x) => x + 1", budgetMs: 1000, memoryBytes: 64e6 });
 * const { output } = await sandbox.call("h1", 41, { decision: "d1", nowMs: 0, seed: "s", budgetMs: 1000 });
 * if (output !== 42) throw new Error(`got ${output}`);
 * ```
 */
export function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { product, host, spares = 1, heapBytes = 256 * 2 ** 20, loadMs = 5_000 } = options;
  const functions = new Map<string, { fn: SandboxFunction; lane: Lane }>();
  const quarantine = new Map<string, Lane>();
  const ended = { timeout: 0, memory: 0, crash: 0 };
  const strays: SandboxStats["strays"] = {};
  let resent = 0, lastId = 0;
  let loading: Promise<unknown> = Promise.resolve();
  let ticking: ReturnType<typeof setTimeout> | null = null;

  const laneOptions: LaneOptions = {
    heapBytes,
    loadMs,
    spares,
    onStray(hash, message) {
      strays[hash] = { count: (strays[hash]?.count ?? 0) + 1, last: message };
    },
    onEnd(end, again) {
      ended[end.kind]++;
      resent += again;
    },
    onCulprit(hash, calls) {
      const entry = functions.get(hash);
      if (!entry) return;
      if (!quarantine.has(hash)) isolate(entry);
      entry.lane.retry(calls);
      watch();
    },
  };
  const isolate = (entry: { fn: SandboxFunction; lane: Lane }) => {
    const lane = openLane({ ...laneOptions, spares: 0 });
    quarantine.set(entry.fn.hash, lane);
    entry.lane.remove(entry.fn.hash);
    entry.lane = lane;
    lane.adopt(entry.fn);
  };
  const lanes = () => [main, ...quarantine.values()];
  const tick = () => {
    ticking = null;
    for (const lane of lanes()) lane.tick();
    watch();
  };
  const watch = () => {
    if (ticking === null && lanes().some((lane) => lane.busy())) ticking = setTimeout(tick, TICK_MS);
  };
  const main = openLane(laneOptions);

  const load = async (fn: SandboxFunction) => {
    if (functions.has(fn.hash)) return;
    checkFunction(fn, product, heapBytes);
    const loaded = main.load(fn);
    watch();
    await loaded;
    functions.set(fn.hash, { fn, lane: main });
  };
  return Promise.resolve({
    load(fn) {
      // One at a time: a module that ends the process is known by it.
      const mine = loading.then(() => load(fn));
      loading = mine.catch(() => {});
      return mine;
    },
    call(hash, input, context) {
      const entry = functions.get(hash);
      if (!entry) {
        return Promise.reject(
          new RangeError(`Cannot call function "${hash}" of "${product}" as it is not loaded: call load() first`),
        );
      }
      return new Promise<CallResult>((resolve, reject: (error: SandboxError) => void) => {
        const budgetMs = Math.min(entry.fn.budgetMs, context.budgetMs);
        const mine = context.host ?? host;
        entry.lane.submit(startCall({ id: ++lastId, hash, input, context, budgetMs, host: mine, resolve, reject }));
        watch();
      });
    },
    stats: () => ({
      processes: lanes().flatMap((lane) =>
        lane.boxes().map(({ box, spare }) => ({
          pid: box.pid,
          role: lane === main ? (spare ? "spare" as const : "main" as const) : "quarantine" as const,
          functions: box.functions(),
          running: box.running(),
          rssBytes: box.rssBytes(),
        }))
      ),
      ended: { ...ended },
      resent,
      quarantined: [...quarantine.keys()],
      strays: structuredClone(strays),
    }),
    async [Symbol.asyncDispose]() {
      if (ticking !== null) clearTimeout(ticking);
      await Promise.all(lanes().map((lane) => lane.close()));
    },
  });
}

function checkFunction(fn: SandboxFunction, product: string, heapBytes: number): void {
  if (fn.memoryBytes > heapBytes) {
    throw new RangeError(
      `Cannot load function "${fn.hash}" of "${product}" as it may use at most ${heapBytes} bytes: it asks for ${fn.memoryBytes}`,
    );
  }
  if (!(fn.budgetMs > 0)) {
    throw new RangeError(
      `Cannot load function "${fn.hash}" of "${product}" as budgetMs must be above 0: got ${fn.budgetMs}`,
    );
  }
}
