import { expect, test, vi } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered } from "./conformance_support.ts";
import { type Bus, type Membership, openBus } from "./mod.ts";

vi.setConfig({ testTimeout: 300_000 }); // a broker starts again, slowly where everything else runs too
const kafka = useKafka();
const open = (): Promise<Bus> => openBus({ kind: "kafka", brokers: kafka().brokers });
const PARTITIONS = 5;

function owned(member: Membership, topic: string): number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((it) => member.owns(topic, it));
}

/** Waits until the shares of the members satisfy a condition. */
async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition();) {
    if (Date.now() > end) throw new Error("the members did not agree within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("join() shares the partitions among the members, moves them as members come and go, and commits go on", async () => {
  await using bus = await open();
  await using other = await open();
  const topic = newTopic(), beside = newTopic();
  for (const name of [topic, beside]) await bus.createTopic(name, { partitions: PARTITIONS });
  for (let partition = 0; partition < PARTITIONS; partition++) await bus.append(topic, partition, numbered(0, 100));

  const first = await bus.join("lake", [topic]);
  expect(owned(first, topic)).toEqual([0, 1, 2, 3, 4]);
  expect(first.owns(beside, 0)).toBe(false);

  let isDone = false, commits = 0, sawNone = false;
  const committing = (async () => {
    for (; !isDone; commits++) {
      await Promise.all([bus, other].map((who, i) => who.commit("lake", topic, i, commits % 100)));
      sawNone ||= owned(first, topic).length === 0;
    }
  })();
  const second = await other.join("lake", [topic]);
  await until(() => owned(first, topic).length + owned(second, topic).length === PARTITIONS);
  expect([...owned(first, topic), ...owned(second, topic)].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(Math.min(owned(first, topic).length, owned(second, topic).length)).toBe(2);

  await second[Symbol.asyncDispose]();
  expect(owned(second, topic)).toEqual([]);
  await until(() => owned(first, topic).length === PARTITIONS);
  isDone = true;
  await committing;
  expect(commits).toBeGreaterThan(3);
  expect(sawNone).toBe(true);
  expect((await bus.committed("lake", topic)).size).toBe(2);

  const third = await bus.join("lake", [topic]);
  await first[Symbol.asyncDispose]();
  await until(() => owned(third, topic).length === PARTITIONS);
});

test("join() of many members at once ends with each partition owned once", async () => {
  await using bus = await open();
  const topic = newTopic(), group = newTopic();
  await bus.createTopic(topic, { partitions: PARTITIONS });
  const buses = await Promise.all(Array.from({ length: 6 }, open));
  const members = await Promise.all(buses.map((one) => one.join(group, [topic])));
  await until(() => members.flatMap((member) => owned(member, topic)).length === PARTITIONS);
  expect(members.flatMap((member) => owned(member, topic)).sort()).toEqual([0, 1, 2, 3, 4]);
  for (const one of buses) await one[Symbol.asyncDispose]();
});

test("a member whose bus is closed leaves", async () => {
  const topic = newTopic();
  await using bus = await open();
  await bus.createTopic(topic, { partitions: PARTITIONS });
  const staying = await bus.join("lake", [topic]);
  {
    await using closing = await open();
    await closing.join("lake", [topic]);
    await until(() => owned(staying, topic).length < PARTITIONS && owned(staying, topic).length > 0);
  }
  await until(() => owned(staying, topic).length === PARTITIONS);
});

test("a member takes its share again after the broker was restarted", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic, { partitions: PARTITIONS });
  const member = await bus.join("lake", [topic]);
  await kafka().restart("kill");
  await until(() => owned(member, topic).length === PARTITIONS);
  await bus.commit("lake", topic, 0, 0);
  await until(() => owned(member, topic).length === PARTITIONS);
});

test("join() refuses an unknown topic and a bad name", async () => {
  await using bus = await open();
  const topic = newTopic();
  await expect(bus.join("lake", [topic])).rejects.toThrow(
    `Cannot join "lake" as the topic must exist: no topic "${topic}"; name it in product.yaml or call createTopic`,
  );
  await expect(bus.join("", [])).rejects.toThrow("Cannot name group as it must have 1 to 249 of a-z 0-9 _ . - ");
});
