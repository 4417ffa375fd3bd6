import { expect, test } from "vitest";
import type { Message } from "./bus.ts";
import { expectRangeError, newTopic, numbered, type Open, recordsOf } from "./conformance_support.ts";
import { partitionOf } from "./partition.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function producerConformance(open: Open): void {
  test("append() of what a producer has appended before: left out where the bus dedupes, else told by its sequence", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic);
    const answers: [count: number, duplicates: number][] = [];
    for (const [who, from, count] of [[bus, 0, 5], [other, 0, 5], [other, 3, 5], [bus, 1, 2], [bus, 8, 1]] as const) {
      const appended = await who.append(topic, 0, numbered(from, count), { id, sequence: from });
      answers.push([appended.count, appended.duplicates]);
    }
    const records = await recordsOf(bus, topic), seen = new Set<number>();
    const news = records.filter(({ sequence }) => !seen.has(sequence!) && seen.add(sequence!));
    expect(news.map(({ value, producerId, sequence }) => [value, producerId, sequence]))
      .toEqual(Array.from({ length: 9 }, (_, i) => [i, id, i]));
    if (bus.dedupes) {
      expect(answers).toEqual([[5, 0], [0, 5], [3, 2], [0, 2], [1, 0]]);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    } else {
      expect(answers).toEqual([[5, 0], [5, 0], [5, 0], [2, 0], [1, 0]]);
      expect(records.map(({ value, sequence }) => value === sequence)).toEqual(Array(18).fill(true));
    }
  });

  test("append() with a gap in a producer's sequence: refused where the bus dedupes, and others go on", async () => {
    await using bus = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic);
    const [first, gap, next, plain] = await Promise.allSettled([
      bus.append(topic, 0, numbered(0, 2), { id, sequence: 0 }),
      bus.append(topic, 0, numbered(3, 1), { id, sequence: 3 }),
      bus.append(topic, 0, numbered(2, 1), { id, sequence: 2 }),
      bus.append(topic, 0, numbered(99, 1)),
    ]);
    expect([first.status, next.status, plain.status]).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect(gap.status).toBe(bus.dedupes ? "rejected" : "fulfilled");
    expect((await recordsOf(bus, topic)).map(({ value }) => value)).toEqual(
      bus.dedupes ? [0, 1, 2, 99] : [0, 1, 3, 2, 99],
    );
    if (gap.status === "fulfilled") return;
    expect(gap.reason).toBeInstanceOf(RangeError);
    expect(gap.reason.message).toBe(
      `Cannot append to "${topic}" as the next sequence of producer "${id}" must be 2: got 3; resume after lastSequence`,
    );
    await expectRangeError(
      bus.append(topic, 0, numbered(0, 1), { id: crypto.randomUUID(), sequence: 1 }),
      "must be 0: got 1",
    );
  });

  test("lastSequence() tells a producer where to resume, per partition", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic, { partitions: 2 });
    expect(await bus.lastSequence(topic, 0, id)).toBe(null);
    await bus.append(topic, 0, numbered(0, 7), { id, sequence: 0 });
    expect(await other.lastSequence(topic, 0, id)).toBe(6);
    expect(await other.lastSequence(topic, 1, id)).toBe(null);
    expect(await other.lastSequence(topic, 0, crypto.randomUUID())).toBe(null);
  });
}

/** The contract of a bus, part by part: see conformance.ts. */
export function publishConformance(open: Open): void {
  test("publish() puts each key to its partition, in order", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic, { partitions: 3 });
    const messages = Array.from(
      { length: 60 },
      (_, i): Message => ({ key: `route-${i % 7}`, eventTimeMicros: i, value: i }),
    );
    const answers = await bus.publish(topic, messages);
    expect(answers.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(answers.reduce((sum, { count }) => sum + count, 0)).toBe(60);
    for (const partition of [0, 1, 2]) {
      const wanted = messages.filter(({ key }) => partitionOf(key!, 3) === partition).map(({ value }) => value);
      expect((await recordsOf(bus, topic, 0, {}, partition)).map(({ value }) => value)).toEqual(wanted);
    }
  });

  test("publish() gives messages without a key to the partitions in turn", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic, { partitions: 3 });
    for (let i = 0; i < 6; i++) await bus.publish(topic, [{ key: null, eventTimeMicros: null, value: i }]);
    expect((await bus.positions(topic)).map(({ high }) => high)).toEqual([2, 2, 2]);
  });
}
