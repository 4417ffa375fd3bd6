import type { Comms } from "./comms.ts";
import { toBundle } from "./display.ts";
import { describe, type Failure, messageOf, type Place } from "./errors.ts";
import { createInterrupts, isStop, type Trace, traceCaller } from "./interrupts.ts";
import type { Modules } from "./modules.ts";
import { newRun, type Output, type Run, type Runs } from "./output.ts";
import { is, settle, withResolvers } from "./primordials.ts";
import type { Reads } from "./reads.ts";
import { scriptName } from "./script_name.ts";
import { nextTurn } from "./turn.ts";

/** What compiled cells call in the child, as the global `__bh`. Cells can call it too, and reach nothing but their own run. */
export interface CellHost {
  /** Begins the evaluation that the kernel has prepared, once; its script calls it first. */
  begin(name: string): Promise<void>;
  value(value: unknown): void;
  race<T>(value: T | PromiseLike<T>): Promise<T>;
  iterate<T>(source: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncIterable<T>;
  use<T>(resource: T): T;
  thrown<T>(value: T): T;
  import: Modules["load"];
  meta: Modules["meta"];
  /** Aborted when the running cell is interrupted. */
  readonly signal: AbortSignal;
  /** Shows the value of the evaluation that runs and ends its output; its script calls it at its end. */
  done(name: string): Promise<void>;
}

/** Why the kernel ends a cell. */
interface Stop {
  name: string;
  message: string;
}

/** What the kernel alone calls in the child: no cell can reach it. */
export interface KernelHost {
  /** Names the next evaluation before its script runs. */
  prepare(
    run: {
      n: number;
      label: string;
      segments: Run["segments"];
      versions: Record<string, string>;
      imports: Record<string, string>;
    },
  ): void;
  /** Shows what the evaluation threw and ends its output; of one that the kernel is stopping, why. */
  fail(n: number, thrown: unknown, how: { place: Place | null; stop: Stop | null }): Promise<void>;
  /** Shows why the kernel stopped the evaluation and ends its output. */
  stop(n: number, name: string, message: string): Promise<void>;
  /** Ends the output of an evaluation whose end V8 has lost, unless that is being told. */
  lose(n: number): void;
  /** Ends the evaluation, at its start or where it waits; says so when the process has taken another turn. */
  interrupt(n: number, name: string, message: string): Promise<void>;
  /** Takes what a client sends to a comm. */
  comm: Comms["receive"];
  /** Disposes of what `using` opened, the last first, and says so. */
  close(): Promise<void>;
}

/** Makes both hosts of one process; `runs` has the evaluations by the name of their script. */
export function createHosts(
  { root, capBytes, displayMs, output, modules, reads, runs, comms }: {
    root: string;
    capBytes: number;
    displayMs: number;
    output: Output;
    modules: Modules;
    reads: Reads;
    runs: Runs;
    comms: Comms;
  },
): { cells: CellHost; kernel: KernelHost } {
  const interrupts = createInterrupts();
  const resources = new AsyncDisposableStack();
  let last: { value: unknown; trace: Trace } | null = null;
  const thrown = <T>(value: T): T => {
    last = { value, trace: traceCaller(thrown) };
    return value;
  };
  /** The evaluation that has been prepared and not begun, and the one that has begun and not ended. */
  let prepared: Run | null = null;
  let begun: Run | null = null;
  /** The kernel waits for the end of each evaluation, also of one that broke what its end is told with. */
  const conclude = async (n: number, show: (run: Run) => Promise<void> | void): Promise<void> => {
    begun = null;
    try {
      const run = runs[scriptName(n)]!;
      output.enter(run);
      await nextTurn();
      await show(run);
      // Rejections that nobody handles are reported after this turn; they belong before the end.
      await nextTurn();
      output.tellDropped(run);
      output.send({ r: "end", n, known: reads.takeKnown() });
    } catch (broken) {
      output.abandon(n, messageOf(broken));
    }
  };
  const cells: CellHost = {
    begin: (name) => {
      if (!prepared || runs[name] !== prepared) {
        throw new RangeError("Cannot begin a cell as the kernel must have prepared it: it has not");
      }
      begun = prepared;
      prepared = null;
      output.enter(begun);
      return interrupts.begin(begun.n);
    },
    value: (value) => {
      output.run().shown = { value, trace: traceCaller(cells.value) };
    },
    race: interrupts.race,
    iterate: interrupts.iterate,
    thrown,
    use: (resource) => keep(resources, resource),
    import: modules.load,
    meta: modules.meta,
    get signal() {
      return interrupts.signal();
    },
    done: async (name) => {
      if (!begun || runs[name] !== begun) return;
      await conclude(begun.n, async (run) => {
        const { n, shown } = run;
        try {
          const data = shown ? await interrupts.race(within(displayMs, toBundle(shown.value))) : null;
          if (data) output.display({ r: "display", n, kind: "execute_result", data, metadata: {} });
        } catch (thrown) {
          output.send({ r: "error", n, ...describe(thrown, root, run, { trace: shown?.trace ?? null }) });
        } finally {
          delete run.shown;
        }
      });
    },
  };
  const kernel: KernelHost = {
    prepare: ({ n, label, segments, versions, imports }) => {
      prepared = runs[scriptName(n)] = newRun({ n, label, segments }, capBytes);
      delete runs[scriptName(n - KEPT_RUNS)];
      modules.setChanges(versions, imports);
    },
    fail: (n, thrown, { place, stop }) =>
      conclude(n, (run) => {
        const trace = last && is(last.value, thrown) ? last.trace : null;
        last = null;
        const failure = describe(thrown, root, run, { place, trace });
        output.send({ r: "error", n, ...(stop && !isStop(thrown) ? stoppedBy(stop, thrown, failure) : failure) });
      }),
    stop: (n, ename, evalue) =>
      conclude(n, () => output.send({ r: "error", n, ename, evalue, stack: [`${ename}: ${evalue}`] })),
    lose: (n) => {
      if ((begun ?? prepared)?.n !== n) return;
      begun = prepared = null;
      output.abandon(n, "nothing can end its evaluation");
    },
    interrupt: async (n, name, message) => {
      interrupts.interrupt(n, name, message);
      await nextTurn();
      output.send({ r: "turn", n });
    },
    comm: comms.receive,
    close: async () => {
      try {
        await resources.disposeAsync();
      } finally {
        output.send({ r: "closed", known: reads.takeKnown() });
      }
    },
  };
  return { cells: Object.freeze(cells), kernel: Object.freeze(kernel) };
}

/** Evaluations whose source maps are kept: functions of older cells show their compiled positions. */
const KEPT_RUNS = 2_000;

const { setTimeout, clearTimeout, Error } = globalThis;

/** V8 tells what it was made to end as a thrown null; what a cell throws while it is stopped is kept as the cause. */
function stoppedBy({ name, message }: Stop, thrown: unknown, { stack }: Failure): Failure {
  const head = `${name}: ${message}`;
  return {
    ename: name,
    evalue: message,
    stack: thrown === null ? [head] : [head, ...stack.map((line, index) => index === 0 ? `[cause]: ${line}` : line)],
  };
}

/** Nobody could tell a value that is never ready from one that takes long. */
function within<T>(ms: number, value: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = withResolvers<T>();
  const timer = setTimeout(() => {
    reject(
      new Error(
        `Cannot show the value as it must be ready within ${
          ms / 1_000
        } s: it is not; await what it needs, or show less of it`,
      ),
    );
  }, ms);
  const stop = () => clearTimeout(timer);
  settle(promise, stop, stop);
  settle(value, resolve, reject);
  return promise;
}

function keep<T>(stack: AsyncDisposableStack, resource: T): T {
  if (resource === null || resource === undefined) return resource;
  return stack.use(resource as T & (AsyncDisposable | Disposable));
}
