import type { DatabaseSync } from "node:sqlite";
import { unknownPartition, unknownTopic } from "./_refusals.ts";

/** The stored row of a partition. */
export interface PartitionRow {
  /** Its key in other tables. */
  id: number;
  /** Its number in the topic. */
  number: number;
  /** First offset that is kept. */
  low: number;
  /** Next offset to be given. */
  next: number;
  /** Bus time of its newest record, microseconds since 1970. */
  time: number;
}

/**
 * Prepares the look-up of a partition.
 *
 * @param database Any connection.
 * @returns A function of what is done (for messages of errors), topic and partition; it throws RangeError when there is none.
 */
export function partitionFinder(
  database: DatabaseSync,
): (verb: string, topic: string, partition: number) => PartitionRow {
  const find = database.prepare(
    `select partition.id, number, low, next, time from partition join topic on topic.id = partition.topic
     where topic.name = ? and number = ?`,
  );
  const count = database.prepare("select partitions from topic where name = ?");
  return (verb, topic, partition) => {
    const row = find.get(topic, partition) as PartitionRow | undefined;
    if (row) return row;
    const found = count.get(topic) as { partitions: number } | undefined;
    if (!found) throw unknownTopic(verb, topic);
    throw unknownPartition(verb, found.partitions, partition);
  };
}
