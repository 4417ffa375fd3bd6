import { createTopicsV7 } from "@platformatic/kafka";
import type { TopicInfo } from "./bus.ts";
import { checkPartitions, checkTopic } from "./_check.ts";
import { MAX_BATCH_BYTES } from "./_kafka_append.ts";
import type { Cluster, KafkaTopic } from "./_kafka_cluster.ts";
import { CODE, codeOf, passing } from "./_kafka_error.ts";
import { otherPartitions } from "./_refusals.ts";

const CREATE_MS = 10_000; // that the controller may take

const CONFIGS = [
  { name: "message.timestamp.type", value: "LogAppendTime" }, // bus time is the broker's clock
  { name: "retention.ms", value: "-1" }, // what goes is what the lake holds
  { name: "retention.bytes", value: "-1" },
  { name: "cleanup.policy", value: "delete" },
  { name: "max.message.bytes", value: String(MAX_BATCH_BYTES) }, // an append of many records is one batch, all or none
];

/**
 * Creates a topic, or finds it as it is.
 *
 * @param cluster The brokers.
 * @param topic Name of the topic.
 * @param partitions How many; as it is, or 1, when not given.
 * @returns The topic.
 * @throws {RangeError} When the name or the number is bad, or it is there with another number.
 */
export async function createKafkaTopic(cluster: Cluster, topic: string, partitions?: number): Promise<TopicInfo> {
  checkTopic(topic);
  if (partitions !== undefined) checkPartitions(topic, partitions);
  const verb = `create topic "${topic}"`;
  const found = await cluster.persist(verb, async () => {
    cluster.forget(topic);
    return await cluster.topic(verb, topic).catch(nullIfUnknown) ?? await create(cluster, verb, topic, partitions ?? 1);
  });
  const info = toInfo(found);
  if (partitions !== undefined && info.partitions !== partitions) {
    throw otherPartitions(topic, info.partitions, partitions);
  }
  return info;
}

async function create(cluster: Cluster, verb: string, name: string, numPartitions: number): Promise<KafkaTopic> {
  const wanted = { name, numPartitions, replicationFactor: -1, assignments: [], configs: CONFIGS };
  try {
    await cluster.any((at) => createTopicsV7.api.async(at, [wanted], CREATE_MS, false));
  } catch (error) {
    if (codeOf(error) !== CODE.topicExists) throw error; // else another process was faster
  }
  return await cluster.persist(verb, async () => {
    const found = await cluster.topic(verb, name).catch(nullIfUnknown);
    if (found && found.leaders.every((leader) => leader >= 0)) return found;
    cluster.forget(name);
    throw passing(`"${name}" has no leader yet`);
  });
}

/**
 * Tells what the bus tells of a topic.
 *
 * @param topic A topic as the brokers know it.
 * @returns Its name, incarnation and number of partitions.
 */
export function toInfo({ topic, incarnation, leaders }: KafkaTopic): TopicInfo {
  return { topic, incarnation, partitions: leaders.length };
}

function nullIfUnknown(error: unknown): null {
  if (error instanceof RangeError) return null;
  throw error;
}
