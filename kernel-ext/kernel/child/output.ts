import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import fs from "node:fs";
import type { CommMessage } from "./comms.ts";
import { cutText, type Dropped } from "./dropped.ts";
import type { Trace } from "./interrupts.ts";
import { create, keys, stringify } from "./primordials.ts";
import type { Kind } from "./reads.ts";

/** One evaluation of a cell, as the child knows it. */
export interface Run {
  /** Number of the evaluation in this process, from 1. */
  n: number;
  /** What stack frames call it: its execution count. */
  label: string;
  /** Steps of its source map: line, column, source line, source column. */
  segments: readonly (readonly [number, number, number, number])[];
  /** Bytes of output that it may still send. */
  bytesLeft: number;
  /** What it has sent beyond them. */
  dropped: Dropped;
  /** What is known to be read by it outside recorded clients. */
  touched: Record<string, true>;
  /** The value of its last expression and where that stands, once it has run. */
  shown?: { value: unknown; trace: Trace };
}

/** The evaluations by the name of their script. */
export type Runs = Record<string, Run | undefined>;

/** What the child tells the kernel, one JSON line each; `n` is the number of the evaluation that it belongs to. */
export type Message =
  | { r: "ready"; key: string }
  | { r: "stream"; n: number; name: "stdout" | "stderr"; text: string }
  | { r: "display"; n: number; kind: DisplayKind; data: Bundle; metadata: Bundle; id?: string }
  | { r: "clear"; n: number; wait: boolean }
  | { r: "comm"; n: number } & CommMessage
  | { r: "dropped"; n: number } & Dropped
  | { r: "error"; n: number; ename: string; evalue: string; stack: string[] }
  | { r: "read"; n: number; input: unknown }
  | { r: "wrote"; n: number; output: unknown }
  | { r: "unproven"; n: number; kind: Kind }
  | { r: "input"; n: number; id: number; prompt: string; password: boolean }
  | { r: "turn"; n: number }
  | { r: "closed"; known: string[] }
  | { r: "end"; n: number; known: string[] }
  | { r: "exit"; n: number; code: number };

/** nbformat's kinds of rich output. */
export type DisplayKind = "display_data" | "execute_result" | "update_display_data";

/** Values by MIME type, or metadata by MIME type. */
export type Bundle = { [mime: string]: unknown };

/** The way out of the child: what is written here is in order, and belongs to the cell that wrote it. */
export interface Output {
  /** The evaluation that the calling code belongs to, also after its cell has ended. */
  run(): Run;
  /** Makes an evaluation the current one, and the one that the calling code and what it starts belong to. */
  enter(run: Run): void;
  /** Calls what then belongs, with all that it starts, to an evaluation that may have ended. */
  within<T>(run: Run, call: () => T): T;
  print(name: "stdout" | "stderr", text: string, owner?: Run): void;
  send(record: Message): void;
  /** Sends what is rich output, clears it or goes to a comm, unless the cell has used up its bytes. */
  display(record: Message & { r: "display" | "clear" | "comm" }): void;
  /** Whether the cell has used up its bytes; then the display that it is about to make counts as dropped. */
  refuses(): boolean;
  /** Says how much of an evaluation has been dropped, if anything was. */
  tellDropped(run: Run): void;
  flush(): void;
  /** Says that the process is ready, and with which key each of its lines begins from now on: no cell knows it. */
  open(): void;
  /** Ends an evaluation with an error by nothing but what no cell can change. */
  abandon(n: number, why: string): void;
}

/**
 * Opens the way out: JSON lines on a file descriptor, written synchronously so that loops show what they print.
 *
 * @param fd The file descriptor.
 * @param options Bytes of output that one cell may send, and what ends the process when nobody can be told anything.
 */
export function openOutput(fd: number, { capBytes, onLost }: { capBytes: number; onLost(): never }): Output {
  const storage = new AsyncLocalStorage<Run>();
  // A cell that replaced these methods would be handed the runs of others.
  const getStore = storage.getStore.bind(storage);
  const enterWith = storage.enterWith.bind(storage);
  const runWith = storage.run.bind(storage);
  let current = newRun({ n: 0, label: "0", segments: [] }, capBytes);
  let pending: { run: Run; name: "stdout" | "stderr"; text: string } | null = null;
  let flushed = 0;
  let told = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const writeLine = (line: string): void => {
    // Behind an end of line of its own, as a cell may have written half a line.
    const bytes = toBytes(`\n${key}${line}\n`);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    } catch {
      onLost();
    }
  };
  const write = (record: Message): void => writeLine(encode(record, LEVELS)!);
  let key = "";
  const tellDropped = ({ n, dropped: { bytes, displays } }: Run): void => {
    if (bytes + displays > 0) write({ r: "dropped", n, bytes, displays });
  };
  const drop = (run: Run, bytes: number, displays: number): void => {
    run.dropped.bytes += bytes;
    run.dropped.displays += displays;
    if (now() - told < TELL_MS) return;
    told = now();
    tellDropped(run);
  };
  const spend = (run: Run, bytes: number): boolean => {
    const fits = bytes <= run.bytesLeft;
    if (run.bytesLeft >= 0 && !fits) {
      run.bytesLeft = -1;
      write({ r: "stream", n: run.n, name: "stderr", text: cutText(capBytes) });
    } else run.bytesLeft -= bytes;
    return fits;
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    flushed = now();
    if (!pending) return;
    const { run, name, text } = pending;
    pending = null;
    const bytes = byteLength(text);
    const kept = bytes <= run.bytesLeft ? text : cut(text, run.bytesLeft);
    if (kept !== "") write({ r: "stream", n: run.n, name, text: kept });
    if (!spend(run, bytes)) drop(run, bytes - byteLength(kept), 0);
  };
  const run = () => getStore() ?? current;
  const send = (record: Message): void => {
    flush();
    write(record);
  };
  return {
    run,
    enter: (run) => {
      enterWith(current = run);
      // The first print of a cell goes out at once: it is there even when the next statement ends the process.
      flushed = -Infinity;
    },
    within: (run, call) => runWith(run, call),
    print: (name, text, owner = run()) => {
      if (owner.bytesLeft < 0) return drop(owner, byteLength(text), 0);
      if (pending && (pending.run !== owner || pending.name !== name)) flush();
      pending = { run: owner, name, text: (pending?.text ?? "") + text };
      if (pending.text.length >= BATCH_CHARS || now() - flushed > BATCH_MS) return flush();
      timer ??= setTimeout(flush, BATCH_MS);
    },
    send,
    refuses: () => {
      const isFull = run().bytesLeft < 0;
      if (isFull) drop(run(), 0, 1);
      return isFull;
    },
    tellDropped: (run) => {
      flush();
      tellDropped(run);
    },
    display: (record) => {
      flush();
      const line = encode(record, LEVELS)!;
      if (spend(run(), line.length)) writeLine(line);
      else drop(run(), 0, 1);
    },
    flush,
    open: () => {
      const fresh = crypto.randomUUID();
      write({ r: "ready", key: fresh });
      key = fresh;
    },
    abandon: (n, why) => {
      pending = null;
      const evalue =
        `Cannot tell what came of the cell as cells must leave the globals usable: ${why}; restart the kernel`;
      const ename = "GlobalsBroken";
      write({ r: "error", n, ename, evalue, stack: [`${ename}: ${evalue}`] });
      write({ r: "end", n, known: [] });
    },
  };
}

/** Makes the state of an evaluation that begins. */
export function newRun(named: Pick<Run, "n" | "label" | "segments">, bytesLeft: number): Run {
  return { ...named, bytesLeft, dropped: { bytes: 0, displays: 0 }, touched: create(null) };
}

// What cells do with the globals must not change what is printed, nor the other way round.
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);
const { writeSync } = fs;
const toBytes = Buffer.from as (text: string) => Buffer;
const byteLength = Buffer.byteLength as (text: string) => number;
const { isSafeInteger } = Number;
const { isArray } = Array;
const [toNumber, toText] = [Number, String];

/** Prints are sent together: one system call per line costs more than the line. */
const BATCH_CHARS = 65_536;
const BATCH_MS = 20;
/** How often is told how much is dropped, as a process that is killed tells it no more. */
const TELL_MS = 100;

function bigints(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return isSafeInteger(toNumber(value)) ? toNumber(value) : toText(value);
}

/** Makes JSON. The kernel's own levels are written field by field, so that they meet no `toJSON` that cells put there. */
function encode(value: unknown, levels: number): string | undefined {
  if (levels === 0 || typeof value !== "object" || value === null) return stringify(value, bigints);
  const isList = isArray(value);
  const names = keys(value);
  let text = "";
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    const json = encode((value as Bundle)[name], levels - 1);
    if (json === undefined && !isList) continue;
    if (text !== "") text += ",";
    text += isList ? json ?? "null" : `${stringify(name)}:${json}`;
  }
  return isList ? `[${text}]` : `{${text}}`;
}

/** A record, and the contents by MIME type or the texts that stand in it. */
const LEVELS = 2;

function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
