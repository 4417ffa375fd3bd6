import { STANDARD_EVENTS } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import { isRawTable } from "./_raw_table.ts";
import { readSnapshot } from "./snapshot.ts";

/**
 * Refuses a topic whose name a written table has: the table of a topic holds its records and nothing else.
 *
 * @param store store that holds the lake
 * @param topic name of the topic
 * @throws {RangeError} when the lake has a table of that name that ingest did not make
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { checkTopicTable } from "./topic_table.ts";
 * await checkTopicTable(await openStore({ kind: "directory", dir: await Deno.makeTempDir() }), "rides");
 * ```
 */
export async function checkTopicTable(store: Store, topic: string): Promise<void> {
  const snapshot = await readSnapshot(store, topic);
  if (!snapshot || isRawTable(snapshot)) return;
  throw new RangeError(
    `Cannot have topic "${topic}" as the lake has a table of that name that was written: choose another name for either`,
  );
}

/** Refuses to write a table by a name that the lake keeps, or that of a topic, which may have no table yet. */
export function checkNotTopic(table: string, isTopic: boolean): void {
  if (table.startsWith("boathouse_")) {
    throw new RangeError(`Cannot write table "${table}" as the lake keeps names that begin with "boathouse_"`);
  }
  if (!isTopic && !Object.hasOwn(STANDARD_EVENTS, table)) return;
  throw new RangeError(
    `Cannot write table "${table}" as it is the name of a topic, whose records it is to hold: choose another name`,
  );
}
