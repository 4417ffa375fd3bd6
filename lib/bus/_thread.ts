import { MessageChannel, Worker } from "node:worker_threads";
import { type Answer, charsOf, type Command, type Outcome, type ToThread } from "./_command.ts";
import { mailboxMemory, openMailbox } from "./_mailbox.ts";

const IN_FLIGHT = 2; // one that commits and one that is ready when it is done; what waits meanwhile shares a commit
const GROUP_CHARS = 8 * 1024 * 1024; // of one transaction, so that other processes get the lock in between

/** The caller's side of the bus thread. */
export interface Thread extends AsyncDisposable {
  /** Sends commands, which stay together and in order with all others; answers when the last of them is done. */
  send(commands: readonly Command[]): Promise<Answer[]>;
}

interface Waiting {
  commands: readonly Command[];
  settle(outcomes: Outcome[]): void;
  fail(error: Error): void;
}

/**
 * Starts the thread that writes an embedded bus.
 *
 * @param dir Folder of the bus; made when missing.
 * @param lockWaitMs How long a lock of another process is waited for.
 * @returns The thread, its database open.
 * @throws {Error} When the bus cannot be opened.
 */
export async function openThread(dir: string, lockWaitMs: number): Promise<Thread> {
  const { post, end } = startWorker(dir);
  await post({ open: { dir, lockWaitMs } });
  const queue: Waiting[] = [];
  let inFlight = 0, isScheduled = false, closing: Promise<void> | null = null;
  let onIdle: () => void = () => {};

  function pump(): void {
    isScheduled = false;
    while (inFlight < IN_FLIGHT && queue.length > 0) sendGroup(queue.splice(0, groupLength(queue)));
    if (inFlight === 0 && queue.length === 0) onIdle();
  }

  async function sendGroup(group: Waiting[]): Promise<void> {
    inFlight++;
    try {
      settleAll(group, await post({ commands: group.flatMap(({ commands }) => commands) }));
    } catch (cause) {
      for (const { fail } of group) fail(cause as Error);
    }
    inFlight--;
    pump();
  }

  async function close(): Promise<void> {
    if (inFlight > 0 || queue.length > 0) await new Promise<void>((resolve) => onIdle = resolve);
    await end();
  }

  return {
    async send(commands) {
      if (closing) throw closedError(dir);
      const outcomes = await new Promise<Outcome[]>((settle, fail) => {
        queue.push({ commands, settle, fail });
        // Sent when the caller's turn ends: appends that were not awaited one by one share a commit.
        if (!isScheduled) queueMicrotask(pump);
        isScheduled = true;
      });
      return outcomes.map(toAnswer);
    },
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}

/**
 * Says that the bus is closed.
 *
 * @param dir Folder of the bus.
 * @returns The error, to be thrown.
 */
export function closedError(dir: string): Error {
  return new Error(`Cannot use bus "sqlite:${dir}" as it must be open: it was closed; open it again`);
}

/** Starts the worker; each message gets one answer, in order. It keeps the process alive only while one is unanswered. */
function startWorker(dir: string) {
  const worker = new Worker(new URL("./_worker.ts", import.meta.url), { name: "boathouse-bus" });
  const { port1, port2 } = new MessageChannel(), shared = mailboxMemory();
  const waiting: { resolve(outcomes: Outcome[]): void; reject(error: Error): void }[] = [];
  let ended: Error | null = null;
  const send = openMailbox({ shared, port: port1 }, (answer) => {
    if ("failed" in answer) stop(answer.failed);
    else waiting.shift()!.resolve(answer.outcomes);
    if (waiting.length === 0) worker.unref();
  });

  function stop(error: Error): void {
    ended ??= error;
    worker.terminate();
    port1.close();
    for (const { reject } of waiting.splice(0)) reject(ended);
  }

  function post(message: ToThread): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.push({ resolve, reject });
      worker.ref();
      send(message);
    });
  }

  async function end(): Promise<void> {
    if (!ended) await post({ close: true });
    stop(closedError(dir));
  }

  worker.on("error", (error: Error) => {
    stop(new Error(`Cannot use bus "sqlite:${dir}" as its thread must run: ${error.message}; open it again`));
  });
  worker.postMessage({ shared, port: port2 }, [port2]);
  return { post, end };
}

function groupLength(queue: readonly Waiting[]): number {
  let chars = 0, length = 0;
  for (const { commands } of queue) {
    chars += commands.reduce((sum, command) => sum + charsOf(command), 0);
    if (length > 0 && chars > GROUP_CHARS) break;
    length++;
  }
  return length;
}

function settleAll(group: readonly Waiting[], outcomes: readonly Outcome[]): void {
  let at = 0;
  for (const { commands, settle } of group) settle(outcomes.slice(at, at += commands.length));
}

function toAnswer(outcome: Outcome): Answer {
  if ("error" in outcome) throw outcome.error;
  return outcome.answer;
}
