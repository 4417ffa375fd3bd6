import type { Bus, TopicInfo } from "../bus/mod.ts";
import { readSnapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { committedOf } from "./_position.ts";
import { explainGap, findGap } from "./gap.ts";

/** How far a partition is in the lake. */
export interface Lag {
  /** The partition. */
  partition: number;
  /** First offset that the lake does not have. */
  committed: number;
  /** Next offset that the bus will give. */
  high: number;
  /** Offsets between them; the bus may hold fewer records, as offsets may be sparse. */
  waiting: number;
  /** Why ingest cannot go on; null where all is well. */
  stopped: string | null;
}

/**
 * Tells how far a topic is in the lake, without moving anything.
 *
 * @param bus The bus.
 * @param store The store that holds the lake.
 * @param info The topic.
 * @returns Each partition.
 * @throws {Error} When the table cannot be read.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { lagOf } from "./lag.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const info = await bus.createTopic("notes");
 * await bus.publish("notes", [{ key: null, eventTimeMicros: null, value: { text: "hello" } }]);
 * const [lag] = await lagOf(bus, await openStore({ kind: "directory", dir }), info);
 * console.assert(lag?.waiting === 1 && lag.committed === 0);
 * ```
 */
export async function lagOf(bus: Bus, store: Store, { topic, incarnation }: TopicInfo): Promise<Lag[]> {
  // Ingest may commit and truncate meanwhile: the low watermark must be older than the snapshot, the high one newer.
  const before = await bus.positions(topic);
  const read = await readSnapshot(store, topic);
  const after = new Map((await bus.positions(topic)).map(({ partition, high }) => [partition, high]));
  return before.map(({ partition, low, high: before }) => {
    const high = after.get(partition) ?? before;
    const committed = committedOf(read, topic, incarnation, partition);
    const gap = findGap(read, { topic, incarnation, partition }, { low, high });
    return {
      partition,
      committed,
      high,
      waiting: Math.max(0, high - Math.max(low, committed)),
      stopped: gap === null ? null : explainGap(gap),
    };
  });
}
