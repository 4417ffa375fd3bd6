import { expect, test } from "vitest";
import { expectRangeError, newTopic, type Open } from "./conformance_support.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function topicConformance(open: Open): void {
  test("createTopic() is idempotent and keeps the incarnation", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic();
    const created = await bus.createTopic(topic, { partitions: 3 });
    expect(created).toEqual({ topic, incarnation: expect.stringMatching(/^[\w-]{16,}$/), partitions: 3 });
    expect(await other.createTopic(topic, { partitions: 3 })).toEqual(created);
    expect(await other.createTopic(topic)).toEqual(created);
    expect((await other.topics()).filter((info) => info.topic === topic)).toEqual([created]);
    expect((await bus.positions(topic)).map(({ partition, low, high }) => [partition, low, high]))
      .toEqual([[0, 0, 0], [1, 0, 0], [2, 0, 0]]);
  });

  test("createTopic() gives one partition by default", async () => {
    await using bus = await open();
    expect((await bus.createTopic(newTopic())).partitions).toBe(1);
  });

  test("createTopic() refuses another number of partitions and bad names", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic, { partitions: 2 });
    await expectRangeError(
      bus.createTopic(topic, { partitions: 4 }),
      `Cannot create topic "${topic}" as it must have the 2 partitions that it was created with: got 4`,
    );
    for (const partitions of [0, -1, 1.5, NaN, 1001]) {
      await expectRangeError(
        bus.createTopic(newTopic(), { partitions }),
        `as its partitions must be an integer from 1 to 1000: got ${partitions}`,
      );
    }
    for (const name of ["", ".", "_a", "Flights", "a b", "a/b", "é", "a\n", "a".repeat(250)]) {
      await expectRangeError(bus.createTopic(name), `Cannot name topic as it must have 1 to 249 of a-z 0-9 _ . - `);
    }
  });

  test("createTopic() refuses names that mean something else in the lake", async () => {
    await using bus = await open();
    const names: [string, string][] = [
      ["a..b", 'hold no ".." and end with no dot'],
      ["a.", 'hold no ".." and end with no dot'],
      ["rides_dlq", 'not end in "_dlq", by which the records that do not fit are read'],
      ["boathouse_pins", 'not begin with "boathouse_", which the lake keeps for tables of its own'],
    ];
    for (const [name, rule] of names) {
      await expectRangeError(bus.createTopic(name), `Cannot name topic as it must ${rule}: got "${name}"`);
    }
  });
}
