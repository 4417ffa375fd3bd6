import type { DatabaseSync } from "node:sqlite";
import { otherPartitions } from "./_refusals.ts";
import type { TopicInfo } from "./bus.ts";

/**
 * Prepares the creation of a topic, to be run inside a transaction.
 *
 * @param database Connection for writing.
 * @returns A function of name and partitions (null = as it is, or 1); it throws RangeError for another number than stored.
 */
export function topicCreator(database: DatabaseSync): (topic: string, partitions: number | null) => TopicInfo {
  const find = database.prepare("select name as topic, incarnation, partitions from topic where name = ?");
  const insert = database.prepare("insert into topic (name, incarnation, partitions) values (?, ?, ?)");
  const addPartition = database.prepare(
    "insert into partition (topic, number, low, next, time) values (?, ?, 0, 0, 0)",
  );

  return (topic, partitions) => {
    const found = find.get(topic) as TopicInfo | undefined;
    if (found && partitions !== null && found.partitions !== partitions) {
      throw otherPartitions(topic, found.partitions, partitions);
    }
    if (found) return { ...found };
    const info = { topic, incarnation: crypto.randomUUID(), partitions: partitions ?? 1 };
    const { lastInsertRowid } = insert.run(topic, info.incarnation, info.partitions);
    for (let number = 0; number < info.partitions; number++) addPartition.run(lastInsertRowid, number);
    return info;
  };
}
