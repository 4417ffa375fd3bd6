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
 * Names the application under which a count of a partition's records stands in the table; kept where offsets are sparse.
 *
 * @param kind What is counted: records that were read, or those of them that were left out as repeats.
 * @param topic Name of the topic.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns The `appId` of its `txn` action.
 */
export function countIdOf(
  kind: "records" | "duplicates",
  topic: string,
  incarnation: string,
  partition: number,
): string {
  return `${kind}/${topic}/${incarnation}/${partition}`;
}
