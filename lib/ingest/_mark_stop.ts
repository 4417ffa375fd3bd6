import { commit, readSnapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { noteIdOf, type Positions, stopOf } from "./_position.ts";
import type { Gap } from "./gap.ts";

/**
 * Marks in the lake that a partition of the bus was seen to end before the lake did, so that it stands still even when the
 * bus has grown past that again.
 *
 * @param store The store that holds the lake.
 * @param gap What was seen.
 * @throws {Error} When the table cannot be read or written.
 */
export async function markStop(store: Store, gap: Gap): Promise<void> {
  const { topic, partition, from, to, reason } = gap, info = { reason, missing: { [partition]: [from, to] } };
  for (;;) {
    const read = await readSnapshot(store, topic), txns = marksOf(read, gap);
    if (txns === null) return;
    if ("version" in await commit(store, topic, { read, operation: "GAP", txns, info })) return;
  }
}

/**
 * Writes the mark of a partition that must stand still.
 *
 * @param read Version of the table; null when there is none yet.
 * @param gap What was seen.
 * @returns Versions by application id; null where the mark is there, or a person has let it go on.
 */
export function marksOf(
  read: Positions | null,
  { topic, incarnation, partition, from, to }: Gap,
): Record<string, number> | null {
  const place = [topic, incarnation, partition] as const;
  const isDone = read === null || stopOf(read, ...place) !== null ||
    to <= (read.txns.get(noteIdOf("resumed", ...place)) ?? 0);
  return isDone ? null : { [noteIdOf("gap", ...place)]: to, [noteIdOf("gap-from", ...place)]: from };
}
