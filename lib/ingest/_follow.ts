import type { Bus, Membership } from "../bus/mod.ts";
import { GROUP } from "./_perform.ts";

/** How ingest follows the bus. */
export interface FollowOptions {
  /** Ends it; what is on its way is finished. */
  signal: AbortSignal;
  /** Milliseconds after which records are moved, however few; 60,000 by default. */
  flushMs?: number;
  /** Estimated bytes of frames after which they are moved at once; 64 MiB by default. */
  flushBytes?: number;
  /** Is told of an error, and it goes on; left out, an error ends it. Nothing is lost: positions are those of the lake. */
  onError?: (error: unknown) => void;
}

const LOOK_MS = 1000; // a look costs two small reads per topic, and a minute need not be exact
const RECORD_BYTES = 100; // of a frame, on average: an estimate only decides when, never what

/** Moves those partitions of some topics that are owned. */
export type FlushOwned = (
  topics: readonly string[],
  owns: Membership["owns"],
) => Promise<readonly { topic: string; partition: number; stopped?: string }[]>;

/**
 * Flushes topics as records come, those partitions that are this member's.
 *
 * @param bus The bus.
 * @param flush Moves some topics.
 * @param options When, and until when.
 */
export async function followTopics(
  bus: Bus,
  flush: FlushOwned,
  { signal, flushMs = 60_000, flushBytes = 64 * 1024 * 1024, onError }: FollowOptions,
): Promise<void> {
  const since = new Map<string, number>();
  const stopped = new Map<string, number>();
  await using group = membership(bus);
  async function look(): Promise<void> {
    const topics = (await bus.topics()).map(({ topic }) => topic);
    const owns = await group.of(topics);
    const now = performance.now();
    const due: string[] = [], highs = new Map<string, number>();
    for (const topic of topics) {
      const pending = await pendingOf(bus, topic, owns, stopped, highs);
      const start = pending === 0 ? now : since.get(topic) ?? now;
      since.set(topic, start);
      const isOld = pending > 0 && now - start >= flushMs;
      if (isOld || pending * RECORD_BYTES >= flushBytes) due.push(topic);
    }
    for (const topic of due) since.delete(topic);
    for (const report of due.length > 0 ? await flush(due, owns) : []) {
      const place = placeOf(report.topic, report.partition);
      if (report.stopped !== undefined) stopped.set(place, highs.get(place)!);
    }
  }
  while (!signal.aborted) {
    try {
      await look();
    } catch (cause) {
      if (onError === undefined) throw cause;
      onError(cause);
    }
    await pause(Math.min(LOOK_MS, flushMs), signal);
  }
}

/** Joins anew when topics have come. */
function membership(bus: Bus): { of(topics: readonly string[]): Promise<Membership["owns"]> } & AsyncDisposable {
  let joined: { names: string; member: Membership } | null = null;
  const leave = async () => {
    const member = joined?.member;
    joined = null;
    await member?.[Symbol.asyncDispose]();
  };
  return {
    async of(topics) {
      const names = topics.toSorted().join();
      if (joined?.names !== names) {
        await leave();
        joined = { names, member: await bus.join(GROUP, topics) };
      }
      return joined.member.owns;
    },
    [Symbol.asyncDispose]: leave,
  };
}

/**
 * Counts what waits. What stands still is tried again whenever its end has moved, as a person may let it go on; a partition
 * that ends before what was committed waits as well: to be told.
 */
async function pendingOf(
  bus: Bus,
  topic: string,
  owns: Membership["owns"],
  stopped: ReadonlyMap<string, number>,
  highs: Map<string, number>,
): Promise<number> {
  const committed = await bus.committed(GROUP, topic);
  return (await bus.positions(topic)).reduce((sum, { partition, high }) => {
    const place = placeOf(topic, partition), waiting = high - (committed.get(partition) ?? 0);
    highs.set(place, high);
    if (stopped.get(place) === high || !owns(topic, partition)) return sum;
    return sum + (waiting < 0 ? 1 : waiting);
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
