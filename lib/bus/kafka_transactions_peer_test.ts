import { Buffer } from "node:buffer";
import { Connection, initProducerIdV4, Producer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered, recordsOf, rejection } from "./conformance_support.ts";
import { type Bus, openBus } from "./mod.ts";

const kafka = useKafka();
const open = (): Promise<Bus> => openBus({ kind: "kafka", brokers: kafka().brokers });

function openProducer(transactionalId: string) {
  const producer = new Producer({
    clientId: "test",
    bootstrapBrokers: kafka().brokers,
    idempotent: true,
    transactionalId,
  });
  return Object.assign(producer, { [Symbol.asyncDispose]: () => producer.close() });
}

const messagesOf = (topic: string, values: readonly number[]) =>
  values.map((value) => ({ topic, partition: 0, key: Buffer.from("k"), value: Buffer.from(String(value)) }));

const valuesOf = async (bus: Bus, topic: string, from = 0): Promise<unknown[]> =>
  (await recordsOf(bus, topic, from)).map(({ value }) => value);

/** A generator of numbers that repeats itself (mulberry32). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
  };
}

test("read() shows what transactions committed and never what they aborted, from every offset", async () => {
  await using bus = await open();
  const topic = newTopic(), next = random(20261126);
  await bus.createTopic(topic);
  await using first = openProducer(`a-${topic}`);
  await using second = openProducer(`b-${topic}`);
  const running = new Map<typeof first, { tx: Awaited<ReturnType<typeof first.beginTransaction>>; values: number[] }>();
  const committed = new Set<number>();
  for (let value = 0; value < 80; value++) {
    const producer = [first, second, null][next(3)];
    if (!producer) {
      await bus.append(topic, 0, numbered(value, 1));
      committed.add(value);
      continue;
    }
    const found = running.get(producer) ?? { tx: await producer.beginTransaction({}), values: [] };
    running.set(producer, found);
    await found.tx.send({ messages: messagesOf(topic, [value]) });
    found.values.push(value);
    if (next(3) > 0) continue;
    running.delete(producer);
    if (next(2) === 0) await found.tx.abort();
    else {
      await found.tx.commit();
      for (const kept of found.values) committed.add(kept);
    }
  }
  for (const { tx } of running.values()) await tx.abort();
  const high = (await bus.positions(topic))[0]!.high;
  const records = await recordsOf(bus, topic), shown = records.map(({ value }) => value as number);
  expect(new Set(shown)).toEqual(committed);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  expect(committed.size).toBeLessThan(75);
  for (let from = 0; from <= high; from++) {
    const wanted = records.filter(({ offset }) => offset >= from).map(({ offset }) => offset);
    expect((await recordsOf(bus, topic, from)).map(({ offset }) => offset), `from ${from}`).toEqual(wanted);
  }
});

test("read() covers a range that ends with an aborted transaction, though it shows nothing of it", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 2));
  await using producer = openProducer(topic);
  const tx = await producer.beginTransaction({});
  await tx.send({ messages: messagesOf(topic, [7, 8, 9]) });
  await tx.abort();
  const batches = await Array.fromAsync(bus.read(topic, 0, 2));
  expect(batches.map(({ baseOffset, endOffset, count }) => [baseOffset, endOffset, count])).toEqual([[2, 6, 0]]);
  expect(batches[0]!.records()).toEqual([]);
  expect(await valuesOf(bus, topic)).toEqual([0, 1]);
});

test("an open transaction holds reads back, and what was appended behind it comes when it has ended", async () => {
  await using bus = await open();
  const topic = newTopic(), controller = new AbortController(), followed: unknown[] = [];
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 2));
  await using producer = openProducer(topic);
  const tx = await producer.beginTransaction({});
  await tx.send({ messages: messagesOf(topic, [2, 3]) });
  await bus.append(topic, 0, numbered(4, 2));
  expect(await bus.positions(topic)).toEqual([{ partition: 0, low: 0, high: 2 }]);
  expect(await valuesOf(bus, topic)).toEqual([0, 1]);
  await expect(bus.commit("readers", topic, 0, 3)).rejects.toThrow("must be at most 2: got 3");
  const following = (async () => {
    for await (const batch of bus.read(topic, 0, 0, { follow: true, signal: controller.signal })) {
      followed.push(...batch.records().map(({ value }) => value));
      if (followed.length >= 6) controller.abort();
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(followed).toEqual([0, 1]);
  await tx.commit();
  await expect(following).rejects.toThrow("abort");
  expect(followed).toEqual([0, 1, 2, 3, 4, 5]);
  expect((await bus.positions(topic))[0]!.high).toBe(7);
});

test("what a producer left open is aborted when its successor begins, and never shown", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  await using former = openProducer(topic);
  const left = await former.beginTransaction({});
  await left.send({ messages: messagesOf(topic, [1, 2]) });
  await bus.append(topic, 0, numbered(3, 2));
  expect(await valuesOf(bus, topic)).toEqual([]);
  await takeOver(topic);
  expect(await rejection(left.commit())).toBeInstanceOf(Error);
  expect(await valuesOf(bus, topic)).toEqual([3, 4]);
});

/** Begins anew with a transactional id, as a successor does: its epoch goes up. */
async function takeOver(transactionalId: string): Promise<void> {
  const connection = new Connection("test");
  await connection.connect("127.0.0.1", kafka().port);
  try {
    for (let tries = 1;; tries++) {
      try {
        await initProducerIdV4.api.async(connection, transactionalId, 60_000);
        return;
      } catch (error) {
        if (tries === 100) throw error; // the coordinator is still writing the abort
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    await connection.close();
  }
}

test("a transaction of Kafka's own producer is read, and its markers are not", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  const server = ["--producer-props", `bootstrap.servers=${kafka().brokers}`];
  const load = ["--topic", topic, "--num-records", "50", "--record-size", "20", "--throughput", "100"];
  await kafka().run("org.apache.kafka.tools.ProducerPerformance", [
    ...load,
    ...server,
    "--transactional-id",
    topic,
    "--transaction-duration-ms",
    "50",
  ]);
  expect(await recordsOf(bus, topic)).toHaveLength(50);
  expect((await bus.positions(topic))[0]!.high).toBeGreaterThan(51);
});
