import { Buffer } from "node:buffer";
import { Producer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered, recordsOf, rejection } from "./conformance_support.ts";
import { type Bus, openBus } from "./mod.ts";

const kafka = useKafka();
const open = (): Promise<Bus> => openBus({ kind: "kafka", brokers: kafka().brokers });

async function topicTool(...args: string[]): Promise<void> {
  await kafka().run("org.apache.kafka.tools.TopicCommand", ["--bootstrap-server", kafka().brokers.join(), ...args]);
}

test("read() of what another tool deleted names the offsets and never jumps, at its start and in the middle", async () => {
  await using bus = await open();
  const topic = newTopic(), file = await Deno.makeTempFile();
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 10));
  const middle = bus.read(topic, 0, 0, { to: 20, follow: true })[Symbol.asyncIterator]();
  expect((await middle.next()).value.endOffset).toBe(10);
  for (let i = 10; i < 20; i++) await bus.append(topic, 0, numbered(i, 1));
  try {
    const partitions = [{ topic, partition: 0, offset: 15 }];
    await Deno.writeTextFile(file, JSON.stringify({ partitions, version: 1 }));
    const args = ["--bootstrap-server", kafka().brokers.join(), "--offset-json-file", file];
    await kafka().run("org.apache.kafka.tools.DeleteRecordsCommand", args);
  } finally {
    await Deno.remove(file);
  }
  const kept = `Cannot read "${topic}" as partition 0 is kept from offset 15 on: got `;
  for (const from of [0, 14]) {
    const error = await rejection(recordsOf(bus, topic, from));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe(
      `${kept}${from}; what was before is in the lake, unless "boathouse doctor" says otherwise`,
    );
  }
  expect((await recordsOf(bus, topic, 15)).map(({ value }) => value)).toEqual([15, 16, 17, 18, 19]);
  // What was fetched ahead before the deletion is still true; what was not is refused.
  const rest = await rejection((async () => {
    for (let part = await middle.next(), at = 10; !part.done; part = await middle.next()) {
      expect(part.value.baseOffset).toBe(at);
      at = part.value.endOffset;
    }
  })());
  if (rest !== null) expect((rest as Error).message).toContain(kept);
});

test("a topic that was created anew has another incarnation, and a read of the old one is refused", async () => {
  await using bus = await open();
  const topic = newTopic();
  const before = await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 3));
  const reading = bus.read(topic, 0, 0, { follow: true })[Symbol.asyncIterator]();
  await reading.next();
  const next = rejection(reading.next());
  await topicTool("--delete", "--topic", topic);
  const after = await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(100, 5));
  expect(after.incarnation).not.toBe(before.incarnation);
  expect(await bus.topics()).toContainEqual(after);
  const error = await next;
  expect(error).toBeInstanceOf(RangeError);
  expect((error as Error).message).toMatch(
    / as (the topic must exist|it must be the topic that the read began with): /,
  );
  expect((await recordsOf(bus, topic)).map(({ value }) => value)).toEqual([100, 101, 102, 103, 104]);
});

test("on a topic with CreateTime bus time is the producer's clock, a batch is of one day, and guarantees() says so", async () => {
  await using bus = await open();
  const topic = newTopic(), day = 86_400_000;
  await topicTool("--create", "--topic", topic, "--partitions", "1");
  const producer = new Producer({ clientId: "test", bootstrapBrokers: kafka().brokers });
  const times = [day - 1, day, day + 5, day - 2, 3 * day];
  const messages = times.map((time, i) => ({
    topic,
    partition: 0,
    value: Buffer.from(String(i)),
    timestamp: BigInt(time),
  }));
  try {
    await producer.send({ messages });
  } finally {
    await producer.close();
  }
  const batches = await Array.fromAsync(bus.read(topic, 0, 0));
  expect(batches.map(({ baseOffset, endOffset, busTimeMicros }) => [baseOffset, endOffset, busTimeMicros / 1000]))
    .toEqual([[0, 1, day - 1], [1, 3, day + 5], [3, 4, day - 2], [4, 5, 3 * day]]);
  expect(batches.flatMap((batch) => batch.records()).map(({ busTimeMicros }) => busTimeMicros / 1000)).toEqual(times);
  const state = Object.fromEntries((await bus.guarantees()).map(({ name, state, detail }) => [name, [state, detail]]));
  expect(state[`topic "${topic}": bus time`]).toEqual([
    "broken",
    "message.timestamp.type=CreateTime: bus time is the producer's clock; set LogAppendTime",
  ]);
  expect(state[`topic "${topic}": retention`]).toEqual([
    "broken",
    "retention.ms=604800000, retention.bytes=-1: the broker may drop what the lake lacks; set both to -1",
  ]);
});

test("createTopic() makes a topic whose guarantees are kept, but for its one copy", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic, { partitions: 2 });
  const guarantees = (await bus.guarantees()).filter(({ name }) => name.includes(topic));
  expect(guarantees.map(({ name, state }) => [name.split(": ")[1], state])).toEqual([
    ["bus time", "proved"],
    ["retention", "proved"],
    ["every record kept", "proved"],
    ["copies", "promised"],
  ]);
  expect((await bus.guarantees()).slice(0, 2).map(({ state }) => state)).toEqual(["promised", "promised"]);
});

test("topics() tells those of others, and none of Kafka's own", async () => {
  await using bus = await open();
  const topic = `Orders-${crypto.randomUUID()}`;
  await topicTool("--create", "--topic", topic, "--partitions", "3");
  await bus.createTopic(newTopic());
  await bus.committed("readers", topic);
  const topics = await bus.topics();
  expect(topics.filter((info) => info.topic.startsWith("__"))).toEqual([]);
  expect(topics.find((info) => info.topic === topic)).toMatchObject({ partitions: 3 });
});
