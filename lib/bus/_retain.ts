import type { DatabaseSync } from "node:sqlite";
import { partitionFinder } from "./_partition.ts";
import { commitPastEnd, truncatePastLake } from "./_refusals.ts";
import type { Writer } from "./_transaction.ts";

const LAKE = "lake"; // the group that ingest commits for: only what is in the lake may go
const BATCHES = 256; // dropped per transaction, so that publishers get in between

/**
 * Prepares the commit of a group's position.
 *
 * @param database Connection for writing.
 * @returns A function of group, topic, partition and offset, to be run inside a transaction; it throws RangeError for an
 * offset past the end.
 */
export function committer(
  database: DatabaseSync,
): (group: string, topic: string, partition: number, offset: number) => void {
  const find = partitionFinder(database);
  const upsert = database.prepare(
    'insert into committed values (?, ?, ?) on conflict ("group", partition) do update set next = excluded.next',
  );
  return (group, topic, partition, offset) => {
    const at = find(`commit "${topic}"`, topic, partition);
    if (offset > at.next) throw commitPastEnd(group, topic, partition, at.next, offset);
    upsert.run(group, at.id, offset);
  };
}

/**
 * Prepares the truncation of a partition.
 *
 * @param database Connection for writing.
 * @param writer Runs its transactions.
 * @returns A function of topic, partition and offset; it throws RangeError past what the lake holds.
 */
export function truncater(
  database: DatabaseSync,
  writer: Writer,
): (topic: string, partition: number, before: number) => void {
  const find = partitionFinder(database);
  const committed = database.prepare('select next from committed where "group" = ? and partition = ?');
  const raise = database.prepare("update partition set low = max(low, ?) where id = ?");
  const drop = database.prepare(
    `delete from batch where id in (
       select id from batch where partition = ? and base < ? and base + count <= ? order by base limit ${BATCHES})`,
  );

  return (topic, partition, before) => {
    // Readers lose the records by one small commit; the space is freed after it, and by the next call if this is killed.
    const id = writer.transact(() => {
      const at = find(`truncate "${topic}"`, topic, partition);
      const row = committed.get(LAKE, at.id) as { next: number } | undefined;
      if (before > (row?.next ?? 0)) throw truncatePastLake(topic, partition, before, row?.next ?? 0);
      raise.run(before, at.id);
      return at.id;
    });
    while (Number(writer.transact(() => drop.run(id, before, before).changes)) > 0);
  };
}
