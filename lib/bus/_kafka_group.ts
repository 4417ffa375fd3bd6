import { deleteRecordsV2, offsetCommitV8, offsetFetchV8 } from "@platformatic/kafka";
import { checkCount, checkGroup } from "./_check.ts";
import type { Cluster } from "./_kafka_cluster.ts";
import { positionsOf } from "./_kafka_offsets.ts";
import { commitPastEnd, truncatePastLake } from "./_refusals.ts";

const LAKE = "lake"; // the group that ingest commits for: only what is in the lake may go
const DELETE_MS = 10_000; // that followers may take to drop records

/**
 * Tells what a group has committed.
 *
 * @param cluster The brokers.
 * @param group Name of the group.
 * @param topic Name of the topic.
 * @returns Offsets by partition; none where nothing was committed.
 * @throws {RangeError} When there is no such topic.
 */
export function committedOf(cluster: Cluster, group: string, topic: string): Promise<Map<number, number>> {
  const verb = `read "${topic}"`;
  return cluster.persist(verb, async () => {
    const { leaders } = await cluster.topic(verb, topic);
    const wanted = [{ name: topic, partitionIndexes: [...leaders.keys()] }];
    const { groups } = await cluster.coordinator(
      group,
      (at) => offsetFetchV8.api.async(at, [{ groupId: group, memberEpoch: -1, topics: wanted }], false),
    );
    const found = groups[0]!.topics.flatMap(({ partitions }) => partitions).filter((at) => at.committedOffset >= 0n);
    return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]));
  });
}

/**
 * Commits the position of a group. Nobody is ever a member of this group (see joinGroup), so any process may commit, and a
 * rebalance refuses none.
 *
 * @param cluster The brokers.
 * @param group Name of the group.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @param offset The next offset that it will read.
 * @throws {RangeError} When there is no such topic or partition, or the offset lies past its end.
 */
export async function commitOffset(
  cluster: Cluster,
  group: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  const verb = `commit "${topic}"`;
  checkGroup(group);
  checkCount(verb, "offset", offset);
  const [at] = await positionsOf(cluster, verb, topic, partition);
  if (offset > at!.high) throw commitPastEnd(group, topic, partition, at!.high, offset);
  const partitions = [{
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: -1,
    committedMetadata: "",
  }];
  await cluster.persist(verb, () =>
    cluster.coordinator(
      group,
      (at) => offsetCommitV8.api.async(at, group, -1, "", null, [{ name: topic, partitions }]),
    ));
}

/**
 * Drops the records before an offset, which the lake must hold.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partition Number of the partition.
 * @param before First offset that is kept.
 * @throws {RangeError} When there is no such topic or partition, or the lake does not hold all of it.
 */
export async function truncateBefore(
  cluster: Cluster,
  topic: string,
  partition: number,
  before: number,
): Promise<void> {
  const verb = `truncate "${topic}"`;
  checkCount(verb, "offset", before);
  await positionsOf(cluster, verb, topic, partition);
  const held = (await committedOf(cluster, LAKE, topic)).get(partition) ?? 0;
  if (before > held) throw truncatePastLake(topic, partition, before, held);
  const wanted = [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(before) }] }];
  await cluster.persist(verb, () =>
    cluster.leader(
      verb,
      topic,
      partition,
      (at) => deleteRecordsV2.api.async(at, wanted, DELETE_MS),
    ));
}
