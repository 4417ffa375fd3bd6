import { Consumer, jsonDeserializer, Producer, stringDeserializer, stringSerializers } from "@platformatic/kafka";
import { startKafka } from "../../_tools/peers/kafka.ts";
import { type Bus, type Message, openBus, partitionOf } from "./mod.ts";
import { compare, flights, rate } from "./testdata/bench.ts";

// Publish and consume flights as CloudEvents against the client driven directly: the same broker, acks=all, idempotent,
// batches of 1,000, JSON written and read within the measured time. The client alone keeps several requests in flight.

const TOTAL = 40_000, SIZE = 1_000, PARTITIONS = 2;
const PEER = "@platformatic/kafka driven directly";

await using kafka = await startKafka({ isFast: true });
const { brokers } = kafka, messages = flights(TOTAL);
await using bus = await openBus({ kind: "kafka", brokers });
await run();

async function run(): Promise<void> {
  for (const inFlight of [1, 4]) {
    await compare({
      name: `Kafka publish, batches of 1,000, ${inFlight} in flight`,
      unit: "records/s",
      peer: PEER,
      ours: async () => await rate(TOTAL, publishOurs(await newTopic(), inFlight)),
      theirs: async () => await rate(TOTAL, await publishTheirs(await newTopic(), inFlight)),
    });
  }
  const topic = await newTopic();
  await publishOurs(topic, 1)();
  for (const what of ["records", "frames"] as const) {
    await compare({
      name: `Kafka consume as ${what}`,
      unit: "records/s",
      peer: `${PEER}, JSON values`,
      ours: () => rate(TOTAL, () => consumeOurs(topic, what)),
      theirs: () => rate(TOTAL, () => consumeTheirs(topic)),
    });
  }
}

async function newTopic(): Promise<string> {
  const topic = `flights-${crypto.randomUUID()}`;
  await bus.createTopic(topic, { partitions: PARTITIONS });
  await bus.publish(topic, messages.slice(0, 2)); // connections are there, on both sides
  return topic;
}

/** Callers that each await their batch before the next. */
async function callers(inFlight: number, send: (batch: Message[]) => Promise<unknown>): Promise<void> {
  let at = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (let start = at; start < TOTAL; start = at) {
      at += SIZE;
      await send(messages.slice(start, start + SIZE));
    }
  }));
}

function publishOurs(topic: string, inFlight: number): () => Promise<void> {
  return () => callers(inFlight, (batch) => bus.publish(topic, batch));
}

async function publishTheirs(topic: string, inFlight: number): Promise<() => Promise<void>> {
  const producer = new Producer({
    clientId: "bench",
    bootstrapBrokers: brokers,
    idempotent: true,
    serializers: stringSerializers,
  });
  const toTheirs = ({ key, value }: Message) => ({
    topic,
    key: key!,
    partition: partitionOf(key!, PARTITIONS),
    value: JSON.stringify(value),
  });
  await producer.send({ messages: messages.slice(0, 2).map(toTheirs) });
  return async () => {
    await callers(inFlight, (batch) => producer.send({ messages: batch.map(toTheirs) }));
    await producer.close();
  };
}

async function consumeOurs(topic: string, what: "records" | "frames"): Promise<void> {
  let count = 0;
  await Promise.all(Array.from({ length: PARTITIONS }, async (_, partition) => {
    for await (const batch of (bus as Bus).read(topic, partition, 0)) {
      if (what === "frames") count += batch.frame().length > 0 ? batch.count : 0;
      else for (const { value } of batch.records()) count += value === null ? 0 : 1;
    }
  }));
  if (count < TOTAL) throw new Error(`Cannot measure as all must be read: got ${count} of ${TOTAL}`);
}

async function consumeTheirs(topic: string): Promise<void> {
  const consumer = new Consumer({
    clientId: "bench",
    groupId: `bench-${crypto.randomUUID()}`,
    bootstrapBrokers: brokers,
    deserializers: { key: stringDeserializer, value: jsonDeserializer },
    maxBytes: 4 * 1024 * 1024,
  });
  const stream = await consumer.consume({ topics: [topic], mode: "earliest", fallbackMode: "fail", autocommit: false });
  let count = 0;
  for await (const { value } of stream) {
    count += value === null ? 0 : 1;
    if (count >= TOTAL) break;
  }
  await consumer.close(true);
}
