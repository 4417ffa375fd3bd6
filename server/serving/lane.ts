import type { Message, Producer } from "../../lib/bus/mod.ts";

const FLUSH_MS = 50;
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Waits after a failed append: doubled each time, with jitter, so that several nodes do not press together. */
const RETRY_MS = { first: 50, most: 5_000 };

/** A message on its way to one partition. */
export interface Item {
  /** The message. */
  message: Message;
  /** Its size, about. */
  bytes: number;
  /** True when someone waits for it. */
  urgent: boolean;
  /** Told of each failed try with `lost` false, and once at the end. */
  settle(error: Error | null, lost: boolean): void;
}

/** What a lane needs of its surroundings. */
export interface LaneEffects {
  /** Writes messages to the lane's partition; durable when it resolves. */
  append(messages: Message[], producer: Producer): Promise<unknown>;
  /** Id of this process as a producer. */
  producer: string;
  /** Aborts when there is no more time: what cannot be written then is lost. */
  signal: AbortSignal;
}

/** The queue before one partition. */
export interface Lane {
  /** Takes a message; it is written within about 50 ms, or at once when urgent. */
  put(item: Item): void;
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>;
}

interface Queued extends Item {
  sequence: number;
}

/**
 * Opens the queue before one partition. One batch is in flight at a time and a failed one is tried again, the same
 * under the same sequences, before anything newer: so nothing is written twice (docs/architecture.md, "Producers").
 *
 * @param effects how to append, who produces, when to give up
 * @returns the lane
 */
export function openLane(effects: LaneEffects): Lane {
  const queue: Queued[] = [];
  let sequence = 0, urgent = 0, draining = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | null = null;
  const flush = async () => {
    while (queue.length >= MAX_BATCH || urgent > 0 || (draining && queue.length > 0)) await send();
  };
  const send = async () => {
    const batch = takeBatch(queue);
    urgent -= batch.filter((item) => item.urgent).length;
    await write(batch, effects, 0);
  };
  const run = (work: () => Promise<void>) => {
    clearTimeout(timer);
    timer = undefined;
    running ??= work().finally(() => {
      running = null;
      schedule();
    });
  };
  const schedule = () => {
    if (running || queue.length === 0) return;
    if (queue.length >= MAX_BATCH || urgent > 0 || draining) run(flush);
    else timer ??= setTimeout(() => run(() => send().then(flush)), FLUSH_MS);
  };
  return {
    put(item) {
      queue.push({ ...item, sequence: sequence++ });
      if (item.urgent) urgent++;
      schedule();
    },
    async drain() {
      draining = true;
      schedule();
      while (running) await running;
    },
  };
}

function takeBatch(queue: Queued[]): Queued[] {
  let bytes = 0, count = 0;
  while (count < Math.min(queue.length, MAX_BATCH)) {
    bytes += queue[count]!.bytes;
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count++;
  }
  return queue.splice(0, count);
}

async function write(batch: Queued[], effects: LaneEffects, failures: number): Promise<void> {
  try {
    const producer = { id: effects.producer, sequence: batch[0]!.sequence };
    await effects.append(batch.map(({ message }) => message), producer);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return await recover(batch, error, effects, failures);
  }
  for (const item of batch) item.settle(null, false);
}

async function recover(batch: Queued[], error: Error, effects: LaneEffects, failures: number): Promise<void> {
  // The bus found the messages themselves at fault: the good ones are written without the bad one.
  const atFault = error instanceof RangeError || error instanceof TypeError;
  if (atFault && batch.length > 1) {
    const half = batch.length >> 1;
    await write(batch.slice(0, half), effects, 0);
    return await write(batch.slice(half), effects, 0);
  }
  const lost = atFault || effects.signal.aborted;
  for (const item of batch) item.settle(error, lost);
  if (lost) return;
  await pause(Math.min(RETRY_MS.first * 2 ** failures, RETRY_MS.most), effects.signal);
  await write(batch, effects, failures + 1);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms * (0.5 + Math.random() / 2));
    signal.addEventListener("abort", end);
  });
}
