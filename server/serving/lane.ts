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

/**
 * Opens the queue before one partition. One batch is in flight at a time and a failed one is tried again, the same
 * under the same sequences, before anything newer: so nothing is written twice (docs/architecture.md, "Producers").
 *
 * @param effects how to append, who produces, when to give up
 * @returns the lane
 */
export function openLane(effects: LaneEffects): Lane {
  const queue: Item[] = [];
  let sequence = 0, urgent = 0, draining = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | null = null;
  const flush = async () => {
    while (queue.length >= MAX_BATCH || urgent > 0 || (draining && queue.length > 0)) await send();
  };
  const send = async () => {
    const batch = takeBatch(queue);
    urgent -= batch.filter((item) => item.urgent).length;
    sequence += await write(batch, sequence, effects, 0);
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
      queue.push(item);
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

function takeBatch(queue: Item[]): Item[] {
  let bytes = 0, count = 0;
  while (count < Math.min(queue.length, MAX_BATCH)) {
    bytes += queue[count]!.bytes;
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count++;
  }
  return queue.splice(0, count);
}

// Answers how many messages were written: the bus takes no gap in a producer's sequence, so lost ones do not count.
async function write(batch: Item[], sequence: number, effects: LaneEffects, failures: number): Promise<number> {
  try {
    await effects.append(batch.map(({ message }) => message), { id: effects.producer, sequence });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return await recover(batch, sequence, error, effects, failures);
  }
  for (const item of batch) item.settle(null, false);
  return batch.length;
}

async function recover(
  batch: Item[],
  sequence: number,
  error: Error,
  effects: LaneEffects,
  failures: number,
): Promise<number> {
  // The bus found the messages themselves at fault: the good ones are written without the bad one.
  const atFault = error instanceof RangeError || error instanceof TypeError;
  if (atFault && batch.length > 1) {
    const half = batch.length >> 1;
    const written = await write(batch.slice(0, half), sequence, effects, 0);
    return written + await write(batch.slice(half), sequence + written, effects, 0);
  }
  const lost = atFault || effects.signal.aborted;
  for (const item of batch) item.settle(error, lost);
  if (lost) return 0;
  await pause(Math.min(RETRY_MS.first * 2 ** failures, RETRY_MS.most), effects.signal);
  return await write(batch, sequence, effects, failures + 1);
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
