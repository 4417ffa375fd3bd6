import { readdirSync, readFileSync } from "node:fs";

/** How long is waited for a process, in milliseconds. */
export interface Patience {
  /** Processor time of its main thread after which it is busy with something else. */
  busyMs: number;
  /** Time in which it ran or could have run. */
  ownMs: number;
}

/**
 * Waits for something that a process does. What counts is the time that the process had, not the time that went by: on a
 * busy machine it stands in the queue for most of it. Only Linux tells it; elsewhere all time counts.
 *
 * @param promise What is waited for.
 * @param pid The process.
 * @param patience How long.
 * @returns Whether it settled; false when patience is over.
 */
export async function settlesIn(promise: Promise<unknown>, pid: number, patience: Patience): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const start = performance.now();
  const [theirs, ours] = [timesOf(pid), timesOf(Deno.pid)];
  const timer = setInterval(() => {
    const now = timesOf(pid);
    // This process too may be late to hear of it, and they wait for each other in turn.
    const queuedMs = queuedSince(theirs, now) + queuedSince(ours, timesOf(Deno.pid));
    const wallMs = performance.now() - start;
    const ownMs = Math.max(wallMs - queuedMs, wallMs / MOST_TIMES);
    if (ownMs >= patience.ownMs || busySince(theirs, now, String(pid), ownMs) >= patience.busyMs) over.resolve(false);
  }, POLL_MS);
  try {
    return await Promise.race([promise.then(() => true, () => true), over.promise]);
  } finally {
    clearInterval(timer);
  }
}

const POLL_MS = 10;
/** However busy the machine is, patience ends. */
const MOST_TIMES = 10;

/** Times of a process's threads so far, by their id: on a processor, and in the queue for one. */
type Times = Map<string, { busyMs: number; queuedMs: number }>;

/** How long the thread stood in the queue that stood there longest. */
function queuedSince(before: Times, now: Times): number {
  return Math.max(
    0,
    ...[...now].map(([thread, { queuedMs }]) => queuedMs - (before.get(thread)?.queuedMs ?? queuedMs)),
  );
}

/** How long the main thread ran, which runs the JavaScript. */
function busySince(before: Times, now: Times, main: string, otherwise: number): number {
  const [first, last] = [before.get(main), now.get(main)];
  return first && last ? last.busyMs - first.busyMs : otherwise;
}

function timesOf(pid: number): Times {
  const folder = `/proc/${pid}/task`;
  const threads = orNone(() => readdirSync(folder)) ?? [];
  return new Map(threads.flatMap((thread) => {
    const text = orNone(() => readFileSync(`${folder}/${thread}/schedstat`, "utf8"));
    if (text === null) return [];
    const [busy, queued] = text.split(" ").map(Number) as [number, number];
    return [[thread, { busyMs: busy / 1e6, queuedMs: queued / 1e6 }]];
  }));
}

/** Threads and processes end at any time. */
function orNone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}
