import type { Bus } from "../bus/mod.ts";

/** How ingest follows the bus. */
export interface FollowOptions {
  /** Ends it; what is on its way is finished. */
  signal: AbortSignal;
  /** Milliseconds after which records are moved, however few; 60,000 by default. */
  flushMs?: number;
  /** Estimated bytes of frames after which they are moved at once; 64 MiB by default. */
  flushBytes?: number;
}

const LOOK_MS = 1000; // a look costs two small reads per topic, and a minute need not be exact
const RECORD_BYTES = 100; // of a frame, on average: an estimate only decides when, never what

/**
 * Flushes topics as records come.
 *
 * @param bus The bus.
 * @param flush Moves some topics.
 * @param options When, and until when.
 */
export async function followTopics(
  bus: Bus,
  flush: (topics: readonly string[]) => Promise<readonly { topic: string; partition: number; stopped?: string }[]>,
  { signal, flushMs = 60_000, flushBytes = 64 * 1024 * 1024 }: FollowOptions,
): Promise<void> {
  const since = new Map<string, number>();
  const stopped = new Set<string>();
  while (!signal.aborted) {
    const now = performance.now();
    const due: string[] = [];
    for (const { topic } of await bus.topics()) {
      const pending = await pendingOf(bus, topic, stopped);
      const start = pending === 0 ? now : since.get(topic) ?? now;
      since.set(topic, start);
      const isOld = pending > 0 && now - start >= flushMs;
      if (isOld || pending * RECORD_BYTES >= flushBytes) due.push(topic);
    }
    for (const report of due.length > 0 ? await flush(due) : []) {
      if (report.stopped !== undefined) stopped.add(placeOf(report.topic, report.partition));
    }
    for (const topic of due) since.delete(topic);
    await pause(Math.min(LOOK_MS, flushMs), signal);
  }
}

/** Counts what waits, without what stands still: that is tried again whenever more comes to the topic. */
async function pendingOf(bus: Bus, topic: string, stopped: ReadonlySet<string>): Promise<number> {
  const committed = await bus.committed("lake", topic);
  return (await bus.positions(topic)).reduce((sum, { partition, high }) => {
    return stopped.has(placeOf(topic, partition)) ? sum : sum + high - (committed.get(partition) ?? 0);
  }, 0);
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
