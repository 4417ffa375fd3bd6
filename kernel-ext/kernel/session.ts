import { toMetadata, toMimeBundle } from "./bundle.ts";
import type { InputRead, OutputWritten } from "../../lib/lake/mod.ts";
import type { DisplayOutput, Output, Unproven } from "../../lib/notebook/mod.ts";
import { type Access, unknownKinds } from "./audit.ts";
import { cutText, type Dropped, droppedText } from "./child/dropped.ts";
import type { Message } from "./child/output.ts";
import { type CellFailure, explain } from "./failures.ts";
import { type Collector, createCollector, type OutputEvent } from "./outputs.ts";
import type { Stop } from "./stop.ts";

/** One evaluation of a cell, as the kernel knows it. */
export interface RunState {
  /** Number of the evaluation, from 1, over all processes. */
  n: number;
  cellId: string;
  /** What stack frames call it: its number, or one of its own where it is silent. */
  label: string;
  source: string;
  executionCount: number;
  collector: Collector;
  inputs: InputRead[];
  writes: OutputWritten[];
  unproven: Set<Unproven>;
  /** Settles when all output that belongs to it has come. */
  ended: PromiseWithResolvers<void>;
  /** Settles when the process has taken a turn after it was asked to interrupt. */
  turned: PromiseWithResolvers<void>;
  /** Whether its outputs are still those of the running cell. */
  active: boolean;
  /** Why the kernel is ending it, if it is. */
  stopping: Stop | null;
  /** Whether the kernel has ended it itself, as V8 was made to stop. */
  stopped: boolean;
  failure?: CellFailure;
  /** Bytes that were printed past the child's own cap, and those of them that were dropped. */
  printed: { bytes: number; dropped: number };
  /** What its process says was dropped. */
  dropped: Dropped;
  onOutput?: ((event: OutputEvent) => void) | undefined;
  onInput?: AnswerInput | undefined;
}

/** Answers a question that a cell asks; the signal is aborted when nobody waits for the answer any more. */
export type AnswerInput = (ask: { prompt: string; password: boolean; signal: AbortSignal }) => Promise<string>;

/** Is told all that a cell has shown and read, each time code that it started adds to it after its end. */
export type OnLate = (cellId: string, outputs: Output[], reads: { inputs: InputRead[]; unproven: Unproven[] }) => void;

/** What a thrown value looks like. */
export interface Thrown {
  ename: string;
  evalue: string;
  stack: readonly string[];
}

/** The evaluations of one child and what came of them, over all its processes. */
export interface Session {
  begin(cell: {
    cellId: string;
    source: string;
    executionCount?: number | undefined;
    silent?: boolean | undefined;
    onOutput?: RunState["onOutput"];
    onInput?: RunState["onInput"];
  }): RunState;
  /** Puts a cell's question to who runs it. */
  ask(question: Message & { r: "input" }, signal: AbortSignal): Promise<string>;
  /** Takes what the process asked permission for before the last cell began, by late code of an earlier one, and since. */
  audit(before: Access[], since: Access[]): void;
  /** Takes what a process sends. */
  receive(message: Message): void;
  /** Takes what a process prints past the kernel, which belongs to the cell that runs or ran last. */
  print(name: "stdout" | "stderr", text: string): void;
  fail(run: RunState, thrown: Thrown): void;
  /** Ends an evaluation: what comes later is late. */
  end(run: RunState): void;
}

/** Makes a session without evaluations. */
export function createSession(
  { capBytes, onLate }: {
    capBytes: number;
    onLate?: OnLate | undefined;
  },
): Session {
  const runs = new Map<number, RunState>();
  const sources = new Map<number, { label: string; cellId: string; source: string }>();
  /** Files and addresses that recorded clients used since the log of permissions was judged, and their folders. */
  let known = new Set<string>();
  let last: RunState | undefined;
  let count = 0;

  const tellLate = ({ cellId, collector, inputs, unproven }: RunState): void => {
    onLate?.(cellId, collector.outputs(), { inputs: [...inputs], unproven: [...unproven].sort() });
  };
  const tell = (run: RunState, event: OutputEvent): void => {
    run.onOutput?.(event);
    if (!run.active) tellLate(run);
  };
  const addUnproven = (run: RunState, kinds: Iterable<Unproven>): void => {
    const added = [...kinds].filter((kind) => !run.unproven.has(kind));
    for (const kind of added) run.unproven.add(kind);
    if (added.length > 0 && !run.active) tellLate(run);
  };
  const print = (run: RunState, name: "stdout" | "stderr", text: string): void => {
    run.collector.add({ output_type: "stream", name, text });
    tell(run, { kind: "stream", name, text });
  };
  const show = (run: RunState, output: DisplayOutput, displayId?: string): void => {
    run.collector.add(output, displayId);
    tell(run, { kind: "display", output, ...(displayId === undefined ? {} : { displayId }) });
  };
  const update = (from: RunState, { id, data, metadata }: Message & { r: "display" }): void => {
    const hits = id === undefined ? [] : [...runs.values()].filter((run) => run.collector.update(id, data, metadata));
    if (id === undefined || hits.length === 0) return show(from, { output_type: "display_data", data, metadata }, id);
    from.onOutput?.({ kind: "update", data, metadata, displayId: id });
    for (const run of hits) if (!run.active) tellLate(run);
  };
  const takeDisplay = (run: RunState, display: Message & { r: "display" }): void => {
    if (display.kind === "update_display_data") update(run, display);
    else show(run, displayed(run, display), display.id);
  };
  const fail = (run: RunState, thrown: Thrown): void => {
    const { output, failure } = explain(thrown, (label) => {
      return [...sources.values()].findLast((found) => found.label === label);
    });
    run.failure = failure;
    run.collector.add(output);
    tell(run, { kind: "error", output });
  };
  return {
    begin: ({ cellId, source, silent = false, executionCount = silent ? count : count + 1, onOutput, onInput }) => {
      if (!silent) count = executionCount;
      const n = (last?.n ?? 0) + 1;
      const collector = createCollector();
      const ended = Promise.withResolvers<void>();
      const turned = Promise.withResolvers<void>();
      last = {
        n,
        cellId,
        label: silent ? `*${n}` : String(executionCount),
        source,
        executionCount,
        collector,
        inputs: [],
        writes: [],
        unproven: new Set(),
        ended,
        turned,
        active: true,
        stopping: null,
        stopped: false,
        printed: { bytes: 0, dropped: 0 },
        dropped: { bytes: 0, displays: 0 },
        onOutput,
        onInput,
      };
      runs.set(n, last);
      runs.delete(n - KEPT_RUNS);
      sources.set(n, { label: last.label, cellId, source });
      sources.delete(n - KEPT_SOURCES);
      return last;
    },
    audit: (before, since) => {
      const earlier = last && runs.get(last.n - 1);
      if (earlier) addUnproven(earlier, unknownKinds(before, known));
      if (last) addUnproven(last, unknownKinds(since, known));
      known = new Set([...known].filter((name) => name.endsWith("/")));
    },
    receive: (message) => {
      if (message.r === "ready" || message.r === "input") return;
      if ("known" in message) { for (const name of message.known) known.add(name); }
      if (message.r === "closed") return;
      const run = runs.get(message.n) ?? last;
      if (!run) return;
      switch (message.r) {
        case "stream":
          return print(run, message.name, message.text);
        case "display":
          return takeDisplay(run, readDisplay(message));
        case "clear":
          run.collector.clear(message.wait);
          return tell(run, { kind: "clear", wait: message.wait });
        case "comm": {
          const { kind, content, metadata, buffers } = message;
          return run.onOutput?.({ kind: "comm", message: { kind, content, metadata, buffers } });
        }
        case "dropped":
          return void (run.dropped = { bytes: message.bytes, displays: message.displays });
        case "error":
          // An evaluation may answer just when the kernel ends it itself: it is told once.
          return run.stopping && run.failure ? undefined : fail(run, message);
        case "read":
          if (addInput(run, message.input as InputRead) && !run.active) tellLate(run);
          return;
        case "wrote":
          return void run.writes.push(message.output as OutputWritten);
        case "unproven":
          return addUnproven(run, [message.kind]);
        case "turn":
          return run.turned.resolve();
        case "end":
          return run.ended.resolve();
      }
    },
    print: (name, text) => {
      if (!last) return;
      const { printed } = last;
      printed.bytes += text.length;
      if (printed.bytes <= capBytes) return print(last, name, text);
      if (printed.dropped === 0) print(last, "stderr", cutText(capBytes));
      printed.dropped += text.length;
    },
    ask: async ({ n, prompt, password }, signal) => {
      const answer = (runs.get(n) ?? last)?.onInput;
      if (answer) return await answer({ prompt, password, signal });
      throw new Error(
        `Cannot ask "${prompt}" as someone must be there to answer: this run has no front-end; make it a parameter`,
      );
    },
    fail,
    end: (run) => {
      const { displays } = run.dropped;
      const bytes = run.dropped.bytes + run.printed.dropped;
      if (bytes + displays > 0) print(run, "stderr", droppedText({ bytes, displays }));
      run.active = false;
    },
  };
}

/** Evaluations whose outputs are kept, so that late output is sorted to them; that of older ones goes to the last cell. */
const KEPT_RUNS = 500;
/** Evaluations whose text is kept, so that an error in one of their functions shows its line. */
const KEPT_SOURCES = 2_000;

/** Contents, metadata and ids come from cells, whatever their types say. */
function readDisplay({ id, ...display }: Message & { r: "display" }): Message & { r: "display" } {
  const [data, metadata] = [toMimeBundle(display.data), toMetadata(display.metadata)];
  return { ...display, data, metadata, ...(id === undefined || id === null ? {} : { id: String(id) }) };
}

function displayed(run: RunState, { kind, data, metadata }: Message & { r: "display" }): DisplayOutput {
  if (kind !== "execute_result") return { output_type: "display_data", data, metadata };
  return { output_type: "execute_result", data, metadata, execution_count: run.executionCount };
}

function addInput(run: RunState, input: InputRead): boolean {
  const text = JSON.stringify(input);
  const isNew = !run.inputs.some((known) => JSON.stringify(known) === text);
  if (isNew) run.inputs.push(input);
  return isNew;
}
