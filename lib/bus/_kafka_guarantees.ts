import { describeConfigsV4 } from "@platformatic/kafka";
import type { Guarantee } from "../config/mod.ts";
import type { Cluster, KafkaTopic } from "./_kafka_cluster.ts";

const TOPIC_RESOURCE = 2;
const KEYS = ["message.timestamp.type", "retention.ms", "retention.bytes", "cleanup.policy", "min.insync.replicas"];

const ALWAYS: Guarantee[] = [
  {
    name: "durable before acknowledgement",
    state: "promised",
    detail: "acks=all: every in-sync copy has it, in memory at least; the brokers must keep what they acknowledged",
  },
  {
    name: "duplicates of a producer",
    state: "promised",
    detail:
      "a batch is sent again under the same sequence, which the broker drops; what comes twice all the same has " +
      "the same boathouse-producer and boathouse-sequence, and ingest leaves it out",
  },
];

/**
 * Tells what a cluster and its topics keep, as their settings stand now.
 *
 * @param cluster The brokers.
 * @returns What holds for all, then four guarantees for each topic.
 */
export async function kafkaGuarantees(cluster: Cluster): Promise<Guarantee[]> {
  const topics = await cluster.persist("list topics", () => cluster.topics());
  const settings = await cluster.persist("read settings", () => settingsOf(cluster, topics));
  return [...ALWAYS, ...topics.flatMap((topic) => ofTopic(topic, settings.get(topic.topic) ?? new Map()))];
}

async function settingsOf(cluster: Cluster, topics: readonly KafkaTopic[]): Promise<Map<string, Map<string, string>>> {
  if (topics.length === 0) return new Map();
  const wanted = topics.map(({ topic }) => ({
    resourceType: TOPIC_RESOURCE as 2,
    resourceName: topic,
    configurationKeys: KEYS,
  }));
  const { results } = await cluster.any((at) => describeConfigsV4.api.async(at, wanted, false, false));
  return new Map(results.map(({ resourceName, configs }) => [
    resourceName,
    new Map(configs.map(({ name, value }) => [name, value ?? ""])),
  ]));
}

function ofTopic({ topic, replicas }: KafkaTopic, settings: ReadonlyMap<string, string>): Guarantee[] {
  const get = (name: string) => settings.get(name) ?? "unknown";
  const judge = (name: string, isKept: boolean, kept: string, broken: string): Guarantee => ({
    name: `topic "${topic}": ${name}`,
    state: isKept ? "proved" : "broken",
    detail: isKept ? kept : broken,
  });
  const type = get("message.timestamp.type"), policy = get("cleanup.policy");
  const ms = get("retention.ms"), bytes = get("retention.bytes"), least = Number(get("min.insync.replicas"));
  const copies = `${replicas} ${replicas === 1 ? "copy" : "copies"}, min.insync.replicas=${get("min.insync.replicas")}`;
  return [
    judge(
      "bus time",
      type === "LogAppendTime",
      "message.timestamp.type=LogAppendTime",
      `message.timestamp.type=${type}: bus time is the producer's clock; set LogAppendTime`,
    ),
    judge(
      "retention",
      ms === "-1" && bytes === "-1",
      "retention.ms=-1, retention.bytes=-1",
      `retention.ms=${ms}, retention.bytes=${bytes}: the broker may drop what the lake lacks; set both to -1`,
    ),
    judge(
      "every record kept",
      policy === "delete",
      "cleanup.policy=delete",
      `cleanup.policy=${policy}: the broker drops records with the same key; set delete`,
    ),
    {
      name: `topic "${topic}": copies`,
      state: replicas >= 2 && least >= 2 ? "proved" : "promised",
      detail: replicas >= 2 && least >= 2
        ? copies
        : `${copies}: a broker that dies for good takes acknowledged records with it; have 3 copies and 2 in sync`,
    },
  ];
}
