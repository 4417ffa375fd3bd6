import { commit, readSnapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { noteIdOf, stopOf } from "./_position.ts";
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
  const { topic, incarnation, partition, from, to, reason } = gap, place = [topic, incarnation, partition] as const;
  for (;;) {
    const read = await readSnapshot(store, topic);
    const isDone = read === null || stopOf(read, ...place) !== null ||
      to <= (read.txns.get(noteIdOf("resumed", ...place)) ?? 0);
    if (isDone) return;
    const txns = { [noteIdOf("gap", ...place)]: to, [noteIdOf("gap-from", ...place)]: from };
    const info = { reason, missing: { [partition]: [from, to] } };
    if ("version" in await commit(store, topic, { read, operation: "GAP", txns, info })) return;
  }
}
