import { type Box, type BoxEnd, openBox } from "./_box.ts";
import type { Call } from "./_call.ts";
import type { SandboxFunction } from "./sandbox.ts";
import { SandboxError } from "./sandbox_error.ts";

/** A process with functions, always replaced when it ends, and the calls that go through it. */
export interface Lane {
  /** Tries a function out, in the spare when there is one, and takes it in. */
  load(fn: SandboxFunction): Promise<void>;
  /** Takes a function in that was tried out elsewhere. */
  adopt(fn: SandboxFunction): void;
  /** Takes a function out: the next process comes without it. */
  remove(hash: string): void;
  submit(call: Call): void;
  /** Sends calls that may have ended a process, one at a time, so that the guilty one shows. */
  retry(calls: Call[]): void;
  tick(): void;
  busy(): boolean;
  boxes(): { box: Box; spare: boolean }[];
  close(): Promise<void>;
}

/** What a lane needs. */
export interface LaneOptions {
  heapBytes: number;
  loadMs: number;
  spares: 0 | 1;
  onStray(hash: string, message: string): void;
  /** Told when a process ended, with the calls that are under suspicion: whoever is told sends them again. */
  onCulprit(hash: string, calls: Call[], end: BoxEnd): void;
  onEnd(end: BoxEnd, resent: number): void;
}

// A call that saw this many processes end gives up: each end takes one suspect away, so this means outside causes.
const MAX_SENT = 8;
// So many processes in a row that ended without a word: Deno itself cannot start here.
const MAX_BARREN = 3;

/**
 * Opens a lane with its first process, and a warm one beside it.
 *
 * @param options Limits and who is told.
 * @returns The lane.
 */
export function openLane(options: LaneOptions): Lane {
  const functions = new Map<string, SandboxFunction>();
  let suspects: Call[] = [];
  let waiting: Call[] = [];
  let gone: string | null = null;
  let barren = 0;

  const start = (): Box => {
    const fresh: Box = openBox({ ...options, onEnd: (end) => onEnd(fresh, end) });
    // A module that fails here was loaded before; each of its calls is told.
    for (const fn of functions.values()) fresh.load(fn).catch(() => {});
    return fresh;
  };
  const onEnd = (ended: Box, end: BoxEnd) => {
    if (gone) return;
    barren = ended.rssBytes() === 0 ? barren + 1 : 0;
    const broken = barren > MAX_BARREN;
    if (ended === spare) return void (spare = broken ? null : start());
    if (broken && !spare) return giveUp(end);
    box = spare ?? start();
    spare = options.spares > 0 && !broken ? start() : null;
    settle(end);
  };
  const giveUp = (end: BoxEnd) => {
    gone = "no process can be started here";
    for (const call of [...end.calls, ...suspects, ...waiting]) {
      call.fail("crash", `Cannot start a process for functions: ${end.message}`);
    }
    suspects = waiting = [];
  };
  const settle = (end: BoxEnd) => {
    const [culprit] = end.suspects;
    const suspected: Call[] = [];
    const failed = end.calls.filter(({ hash, sent }) => (hash === culprit && end.proven) || sent >= MAX_SENT);
    for (const call of end.calls) {
      if (call.hash === culprit && end.proven) call.fail(end.kind, end.message);
      else if (call.sent >= MAX_SENT) {
        call.fail("crash", `Cannot answer as ${MAX_SENT} processes ended: ${end.message}`);
      } else if (call.hash === culprit) suspected.push(call);
      else submit(call);
    }
    options.onEnd(end, end.calls.length - failed.length);
    if (culprit) options.onCulprit(culprit, suspected, end);
  };
  const submit = (call: Call) => {
    if (gone) return call.fail("crash", `Cannot answer as ${gone}`);
    if (suspects.length > 0) return void waiting.push(call);
    send(call);
  };
  const send = (call: Call) => {
    call.sent++;
    box.submit(call);
  };
  const expire = (calls: Call[]) => {
    const nowMs = performance.now();
    for (const call of calls.filter(({ deadlineMs }) => deadlineMs <= nowMs)) {
      call.afterwards = null;
      call.fail("timeout", `Cannot answer within the budget of ${call.budgetMs} ms: it waited behind a failing call`);
    }
    return calls.filter(({ deadlineMs }) => deadlineMs > nowMs);
  };
  // The head of `suspects` runs alone and stays there until it is answered.
  const sendSuspects = () => {
    if (suspects.length + waiting.length === 0 || box.running() > 0) return;
    const [first] = suspects = expire(suspects);
    if (first) {
      first.afterwards = () => {
        suspects = suspects.filter((call) => call !== first);
        sendSuspects();
      };
      return send(first);
    }
    const released = waiting;
    waiting = [];
    for (const call of released) send(call);
  };

  const tryOut = async (fn: SandboxFunction) => {
    const trial = spare ?? box;
    try {
      await trial.load(fn);
    } catch (error) {
      // What failed to load leaves a worker behind; the spare is replaced whole.
      if (trial === spare && error instanceof SandboxError && error.kind === "error") {
        spare = start();
        await trial.close();
      }
      throw error;
    }
  };

  let box = start();
  let spare = options.spares > 0 ? start() : null;
  return {
    async load(fn) {
      if (gone) throw new SandboxError("crash", `Cannot load a function as ${gone}`);
      await tryOut(fn);
      functions.set(fn.hash, fn);
      // Should a neighbour end this process meanwhile, the next one comes with the function.
      for (const other of [box, spare]) if (other && !other.has(fn.hash)) await other.load(fn).catch(() => {});
    },
    adopt(fn) {
      functions.set(fn.hash, fn);
      box.load(fn).catch(() => {});
    },
    remove: (hash) => void functions.delete(hash),
    submit,
    retry(calls) {
      suspects = [...suspects, ...calls.filter((call) => !suspects.includes(call))];
      sendSuspects();
    },
    tick() {
      box.tick();
      spare?.tick();
      if (suspects.length + waiting.length > 0) {
        waiting = expire(waiting);
        sendSuspects();
      }
    },
    busy: () => suspects.length + waiting.length > 0 || box.busy() || (spare?.busy() ?? false),
    boxes: () => [{ box, spare: false }, ...(spare ? [{ box: spare, spare: true }] : [])],
    async close() {
      gone ??= "the sandbox is closed";
      const calls = new Set([...box.unanswered(), ...suspects, ...waiting]);
      suspects = waiting = [];
      for (const call of calls) call.fail("crash", "Cannot answer as the sandbox was closed");
      await Promise.all([box.close(), spare?.close()]);
    },
  };
}
