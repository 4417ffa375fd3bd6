import { expect, test } from "vitest";
import { expectRangeError, newTopic, numbered, type Open, recordsOf } from "./conformance_support.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function groupConformance(open: Open): void {
  test("commit() keeps a group's position per partition, also backwards", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic();
    await bus.createTopic(topic, { partitions: 3 });
    for (const partition of [0, 1, 2]) await bus.append(topic, partition, numbered(0, 10));
    expect(await bus.committed("readers", topic)).toEqual(new Map());
    await bus.commit("readers", topic, 0, 10);
    await bus.commit("readers", topic, 2, 7);
    await bus.commit("readers", topic, 2, 5);
    await bus.commit("others", topic, 1, 1);
    expect(await other.committed("readers", topic)).toEqual(new Map([[0, 10], [2, 5]]));
  });

  test("truncate() drops what the lake holds, and no more", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    for (let i = 0; i < 4; i++) await bus.append(topic, 0, numbered(i * 10, 10));
    const refused = `Cannot truncate "${topic}" as the lake must hold what is dropped from partition 0: `;
    await bus.commit("readers", topic, 0, 40);
    await expectRangeError(bus.truncate(topic, 0, 1), `${refused}it holds offsets below 0, got 1`);
    await bus.commit("lake", topic, 0, 25);
    await expectRangeError(bus.truncate(topic, 0, 26), `${refused}it holds offsets below 25, got 26`);
    await bus.truncate(topic, 0, 25);
    await bus.truncate(topic, 0, 3);
    expect(await other.positions(topic)).toEqual([{ partition: 0, low: 25, high: 40 }]);
    expect((await recordsOf(other, topic, 25)).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 25),
    );
    await expectRangeError(
      recordsOf(other, topic, 24),
      `Cannot read "${topic}" as partition 0 is kept from offset 25 on: got 24`,
    );
    expect(await other.offsetAt(topic, 0, 0)).toBe(25);
  });

  test("offsets go on after everything was truncated", async () => {
    await using bus = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 10), { id, sequence: 0 });
    await bus.commit("lake", topic, 0, 10);
    await bus.truncate(topic, 0, 10);
    expect(await bus.positions(topic)).toEqual([{ partition: 0, low: 10, high: 10 }]);
    expect(await bus.append(topic, 0, numbered(9, 2), { id, sequence: 9 })).toMatchObject({
      baseOffset: 10,
      count: bus.dedupes ? 1 : 2,
      duplicates: bus.dedupes ? 1 : 0,
    });
    expect((await recordsOf(bus, topic, 10)).map(({ sequence }) => sequence)).toEqual(bus.dedupes ? [10] : [9, 10]);
  });
}
