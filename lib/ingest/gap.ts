import type { Bus } from "../bus/mod.ts";
import { createEvent, messageOf, signEvent, STANDARD_EVENTS, uuidOf } from "../events/mod.ts";
import { committedOf, noteIdOf, olderTopic, type Positions, stopOf } from "./_position.ts";

/** Records that the lake will never get, or that the bus has lost. */
export interface Gap {
  /** Name of the topic. */
  topic: string;
  /** Identity of the topic that the lake knows. */
  incarnation: string;
  /** The partition. */
  partition: number;
  /** First offset that is missing. */
  from: number;
  /** Offset that the gap ends before. */
  to: number;
  /** retention: truncated before it was in the lake; recreated: another topic of that name; rewound: the bus lost its end. */
  reason: "retention" | "recreated" | "rewound";
}

/**
 * Finds what keeps a partition from being continued where the lake ends.
 *
 * @param read Version of the table; null when there is none yet.
 * @param place The partition.
 * @param bus What the bus holds of it.
 * @param stop Finds the mark of a partition that must stand still.
 * @returns The gap, or null.
 */
export function findGap(
  read: Positions | null,
  place: { topic: string; incarnation: string; partition: number },
  { low, high }: { low: number; high: number },
  stop: typeof stopOf = stopOf,
): Gap | null {
  const { topic, incarnation, partition } = place, at = [topic, incarnation, partition] as const;
  const ended = olderTopic(read, ...at);
  if (ended !== null) {
    return { topic, incarnation: ended.incarnation, partition, from: 0, to: ended.committed, reason: "recreated" };
  }
  const marked = stop(read, ...at), committed = committedOf(read, ...at);
  const resumed = read?.txns.get(noteIdOf("resumed", ...at)) ?? 0;
  if (marked !== null) return { ...place, ...marked, reason: "rewound" };
  if (high < committed && committed > resumed) return { ...place, from: high, to: committed, reason: "rewound" };
  return low > committed ? { ...place, from: committed, to: low, reason: "retention" } : null;
}

/**
 * Writes a gap to the topic `gap`, signed; the same gap is there once, however often it is reported.
 *
 * @param bus The bus.
 * @param key The workbench's signing key.
 * @param gap The gap.
 */
export async function reportGap(bus: Bus, key: string, gap: Gap): Promise<void> {
  const { type, topic } = STANDARD_EVENTS.gap!;
  const subject = `${gap.topic}/${gap.partition}`;
  const event = signEvent(createEvent({ type, source: "/ingest", subject, data: { ...gap } }), key);
  const id = uuidOf(JSON.stringify(gap));
  await bus.createTopic(topic);
  if (!bus.dedupes && await isThere(bus, topic, id)) return;
  await bus.append(topic, 0, [messageOf(event)], { id, sequence: 0 });
}

/** Gaps are few, so all of them are read. */
async function isThere(bus: Bus, topic: string, producerId: string): Promise<boolean> {
  const [at] = await bus.positions(topic);
  for await (const batch of bus.read(topic, 0, at!.low)) {
    if (batch.records().some((record) => record.producerId === producerId)) return true;
  }
  return false;
}

/**
 * Says what is wrong with a partition, and the way out.
 *
 * @param gap The gap.
 * @returns A sentence.
 */
export function explainGap({ topic, partition, from, to, reason }: Gap): string {
  const place = `topic "${topic}", partition ${partition}`;
  const resume = `run "boathouse lake ingest --resume ${topic} --why TEXT"`;
  switch (reason) {
    case "retention":
      return `${place} was truncated before offsets ${from} to ${to} were in the lake: they are lost; ` +
        `to go on behind them, ${resume}`;
    case "rewound":
      return `${place} ended at offset ${from} when the lake had it up to ${to}: bring the bus back, or move it under ` +
        `a new name; to go on from offset ${to} without what the bus has below it, ${resume}`;
    case "recreated":
      return `${place} was created anew, the lake has an older one up to offset ${to}: publish under another name`;
  }
}
