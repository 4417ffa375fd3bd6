/** Where the lake stands, as the `txn` actions of a table's version tell it. */
export interface Positions {
  /** Last version of each application id. */
  readonly txns: ReadonlyMap<string, number>;
}

/**
 * Names the application under which a partition's position stands in the table.
 *
 * @param topic Name of the topic, and so of the table.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns The `appId` of its `txn` action.
 */
export function appIdOf(topic: string, incarnation: string, partition: number): string {
  return `${topic}/${incarnation}/${partition}`;
}

/**
 * Tells how far a partition is in the lake.
 *
 * @param read Version of the table; null when there is none yet.
 * @param topic Name of the topic.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns The first offset that is not there.
 */
export function committedOf(read: Positions | null, topic: string, incarnation: string, partition: number): number {
  return read?.txns.get(appIdOf(topic, incarnation, partition)) ?? 0;
}

/**
 * Finds another topic of the same name, which the table was filled from before.
 *
 * @param read Version of the table; null when there is none yet.
 * @param topic Name of the topic.
 * @param incarnation Identity of the topic that there is now.
 * @param partition The partition.
 * @returns The older topic, and how far it is in the lake; null when there is none.
 */
export function olderTopic(
  read: Positions | null,
  topic: string,
  incarnation: string,
  partition: number,
): { incarnation: string; committed: number } | null {
  let known: { incarnation: string; committed: number } | null = null;
  for (const [appId, committed] of read?.txns ?? []) {
    const [of, other, number, ...rest] = appId.split("/");
    if (of !== topic || !other || number === undefined || rest.length > 0 || other === incarnation) continue;
    if (known === null || Number(number) === partition) known = { incarnation: other, committed };
  }
  return known;
}

/**
 * What else the table tells of a partition. records, duplicates: counts of what was read and of what was left out as
 * repeats, where offsets are sparse. missing: how many offsets a person has gone on without. gap: the lake's position when
 * the bus was seen to end before it; gap-from: where it ended. resumed: position from which a person goes on all the same.
 */
export type Note = "records" | "duplicates" | "missing" | "gap" | "gap-from" | "resumed";

/**
 * Names the application under which a note on a partition stands in the table.
 *
 * @param kind What it tells.
 * @param topic Name of the topic.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns The `appId` of its `txn` action.
 */
export function noteIdOf(kind: Note, topic: string, incarnation: string, partition: number): string {
  return `${kind}/${topic}/${incarnation}/${partition}`;
}

/**
 * Finds the mark of a partition whose bus was seen to end before the lake. However far the bus is now, what it has below
 * the lake's position may be other records.
 *
 * @param read Version of the table; null when there is none yet.
 * @param topic Name of the topic.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns Where the bus ended, and where the lake; null when there is no mark, or a person goes on all the same.
 */
export function stopOf(
  read: Positions | null,
  topic: string,
  incarnation: string,
  partition: number,
): { from: number; to: number } | null {
  const note = (kind: Note) => read?.txns.get(noteIdOf(kind, topic, incarnation, partition));
  const to = note("gap");
  return to === undefined || to <= (note("resumed") ?? -1) ? null : { from: note("gap-from") ?? 0, to };
}
