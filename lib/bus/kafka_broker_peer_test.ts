import { Buffer } from "node:buffer";
import { Connection, fetchV13, produceV9 } from "@platformatic/kafka";
import { expect, test, vi } from "vitest";
import type { KafkaPeer } from "../../_tools/peers/kafka.ts";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered, recordsOf, rejection } from "./conformance_support.ts";
import { type Bus, type BusOptions, openBus } from "./mod.ts";

vi.setConfig({ testTimeout: 300_000 }); // brokers start again, slowly where everything else runs too
const kafka = useKafka();
const notes: string[] = [];
const open = (options: BusOptions = {}): Promise<Bus> =>
  openBus({ kind: "kafka", brokers: kafka().brokers }, { onRetry: (note) => notes.push(note), ...options });

/** Every record once, by producer and sequence, as ingest leaves out repeats. */
async function valuesOnce(bus: Bus, topic: string): Promise<unknown[]> {
  const seen = new Set<string>();
  return (await recordsOf(bus, topic)).filter(({ producerId, sequence }) => {
    const name = `${producerId} ${sequence}`;
    return !seen.has(name) && seen.add(name);
  }).map(({ value }) => value);
}

test("openBus() tries again with a note while no broker answers, then ends by naming the brokers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr, told: string[] = [];
  listener.close();
  const address = { kind: "kafka" as const, brokers: [`127.0.0.1:${port}`] };
  const error = await rejection(openBus(address, { brokerWaitMs: 2_500, onRetry: (note) => told.push(note) }));
  expect((error as Error).message).toBe(
    `Cannot open bus "kafka://127.0.0.1:${port}" as a broker of kafka://127.0.0.1:${port} must answer within 2500 ms: ` +
      `connect ECONNREFUSED 127.0.0.1:${port}; start the brokers, name others, or see to TLS and login`,
  );
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatch(/ does not answer yet: connect ECONNREFUSED 127\.0\.0\.1:\d+; trying for \d s more$/);
});

test("openBus() waits for a broker that starts later", async () => {
  await kafka().stop();
  const opening = open({ brokerWaitMs: 90_000 });
  await kafka().start();
  await using bus = await opening;
  await bus.createTopic(newTopic());
});

test("appends and reads go on over restarts of the broker, in order and without repeats", async () => {
  await using bus = await open({ brokerWaitMs: 90_000 });
  await using reader = await open({ brokerWaitMs: 90_000 });
  const topic = newTopic(), controller = new AbortController(), followed: unknown[] = [];
  await bus.createTopic(topic);
  const following = rejection((async () => {
    for await (const batch of reader.read(topic, 0, 0, { follow: true, signal: controller.signal })) {
      followed.push(...batch.records().map(({ value }) => value));
      if (followed.length >= 600) controller.abort(new Error("all"));
    }
  })());
  let next = 0, isDone = false;
  const appending = (async () => {
    while (!isDone || next < 600) {
      await Promise.all([0, 1, 2].map((i) => bus.append(topic, 0, numbered(next + i, 1))));
      next += 3;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await kafka().restart();
  await kafka().restart("kill");
  isDone = true;
  await appending;
  expect(await following).toEqual(new Error("all"));
  expect(followed.slice(0, 600)).toEqual(Array.from({ length: 600 }, (_, i) => i));
  expect((await recordsOf(bus, topic)).map(({ value }) => value)).toEqual(Array.from({ length: next }, (_, i) => i));
});

test("append() is rejected when the broker stays away, and sent again with its producer it is there once", async () => {
  await using bus = await open({ brokerWaitMs: 1_500 });
  const topic = newTopic(), id = crypto.randomUUID();
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 3), { id, sequence: 0 });
  await kafka().stop("kill");
  const error = await rejection(bus.append(topic, 0, numbered(3, 3), { id, sequence: 3 }));
  expect((error as Error).message).toMatch(
    new RegExp(
      `^Cannot append to "${topic}" \\(partition 0; it may be there or not\\) as a broker of ${bus.url} must answer within 1500 ms: `,
    ),
  );
  await kafka().start();
  await using again = await open({ brokerWaitMs: 90_000 });
  expect(await again.lastSequence(topic, 0, id)).toBe(2);
  await bus.append(topic, 0, numbered(3, 3), { id, sequence: 3 });
  expect(await valuesOnce(again, topic)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("append() to a broker that answers none of two requests and takes both adds one", async () => {
  await using bus = await open({ brokerWaitMs: 6_000 });
  const topic = newTopic();
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 3));
  kafka().freeze();
  const appending = bus.append(topic, 0, numbered(3, 3));
  try {
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // a request is given up after 2 s
  } finally {
    kafka().thaw();
  }
  expect(await appending).toMatchObject({ baseOffset: 3, count: 3 });
  expect((await recordsOf(bus, topic)).map(({ value, offset }) => [value, offset]))
    .toEqual(Array.from({ length: 6 }, (_, i) => [i, i]));
});

test("a producer id that the broker has fenced is replaced: nothing is lost, and our sequence goes on", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  for (let i = 0; i < 3; i++) await bus.append(topic, 0, numbered(i, 1));
  const before = await newestProducer(kafka(), bus, topic);
  await fence(kafka(), topic, before);
  for (let i = 3; i < 6; i++) await bus.append(topic, 0, numbered(i, 1));
  const records = await recordsOf(bus, topic);
  expect(records.map(({ value, sequence }) => [value, sequence]))
    .toEqual([[0, 0], [1, 1], [2, 2], ["fenced", null], [3, 3], [4, 4], [5, 5]]);
  expect(new Set(records.map(({ producerId }) => producerId)).size).toBe(2);
  expect((await newestProducer(kafka(), bus, topic)).producerId).not.toBe(before.producerId);
});

async function connected<T>(peer: KafkaPeer, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = new Connection("test");
  await connection.connect("127.0.0.1", peer.port);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

interface Identity {
  producerId: bigint;
  producerEpoch: number;
}

/** The broker's producer id of the newest batch, by the client's own reader. */
async function newestProducer(peer: KafkaPeer, bus: Bus, topic: string): Promise<Identity> {
  const { incarnation } = (await bus.topics()).find((info) => info.topic === topic)!;
  const part = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, lastFetchedEpoch: -1, partitionMaxBytes: 1e6 };
  return await connected(peer, async (connection) => {
    const topics = [{ topicId: incarnation, partitions: [part] }];
    const { responses } = await fetchV13.api.async(connection, 100, 1, 1e6, 0, 0, -1, topics, [], "");
    const { producerId, producerEpoch } = responses[0]!.partitions[0]!.records!.at(-1)!;
    return { producerId, producerEpoch };
  });
}

/** Takes a producer id over: a record under its next epoch, after which the broker refuses the former one. */
async function fence(peer: KafkaPeer, topic: string, { producerId, producerEpoch }: Identity): Promise<void> {
  const message = { topic, partition: 0, value: Buffer.from('"fenced"') };
  const identity = { producerId, producerEpoch: producerEpoch + 1, compression: "none" as const };
  await connected(peer, (connection) => produceV9.api.async(connection, -1, 1_000, [message], identity));
}
