import { expect, test } from "vitest";
import type { Bus } from "./bus.ts";
import { batchesOf, newTopic, numbered, type Open, recordsOf, rejection } from "./conformance_support.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function rangeConformance(open: Open): void {
  test("read() clips records to the range, and batches overlap it", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    for (let i = 0; i < 5; i++) await bus.append(topic, 0, numbered(i * 10, 10));
    for (const [from, to] of [[0, 50], [5, 6], [5, 25], [10, 20], [49, 50], [50, 50], [20, 10], [60, 70], [0, 1000]]) {
      const wanted = Array.from({ length: 50 }, (_, i) => i).filter((i) => i >= from! && i < to!);
      const batches = await batchesOf(bus, topic, from!, { to: to! });
      expect(batches.flatMap((batch) => batch.records()).map(({ offset }) => offset), `${from} to ${to}`).toEqual(
        wanted,
      );
      for (const { topic: name, partition, baseOffset, endOffset } of batches) {
        expect([name, partition]).toEqual([topic, 0]);
        expect(baseOffset < to! && endOffset > from!).toBe(true);
      }
    }
  });

  test("read() ends at the high watermark of its start", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 3));
    const values: unknown[] = [];
    for await (const batch of bus.read(topic, 0, 0)) {
      values.push(...batch.records().map(({ value }) => value));
      await bus.append(topic, 0, numbered(100, 3));
    }
    expect(values).toEqual([0, 1, 2]);
  });

  test("read() goes through many pages", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await Promise.all(Array.from({ length: 1_200 }, (_, i) => bus.append(topic, 0, numbered(i, 1))));
    expect((await recordsOf(bus, topic, 7)).map(({ value }) => value)).toEqual(
      Array.from({ length: 1_193 }, (_, i) => i + 7),
    );
  });

  test("partitions have offsets of their own", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic, { partitions: 2 });
    await bus.append(topic, 0, numbered(0, 2));
    await bus.append(topic, 1, numbered(10, 3));
    expect((await recordsOf(bus, topic, 0, {}, 1)).map(({ offset, value }) => [offset, value])).toEqual([[0, 10], [
      1,
      11,
    ], [2, 12]]);
    expect((await bus.positions(topic)).map(({ high }) => high)).toEqual([2, 3]);
  });

  test("offsetAt() finds the first record at or after a bus time", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const [first, second] = [await bus.append(topic, 0, numbered(0, 4)), await later(bus, topic)];
    expect(second.busTimeMicros).toBeGreaterThan(first.busTimeMicros);
    expect(await bus.offsetAt(topic, 0, 0)).toBe(0);
    expect(await bus.offsetAt(topic, 0, first.busTimeMicros)).toBe(0);
    expect(await bus.offsetAt(topic, 0, first.busTimeMicros + 1)).toBe(4);
    expect(await bus.offsetAt(topic, 0, second.busTimeMicros)).toBe(4);
    expect(await bus.offsetAt(topic, 0, second.busTimeMicros + 1)).toBe(6);
  });
}

async function later(bus: Bus, topic: string) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return await bus.append(topic, 0, numbered(4, 2));
}

/** The contract of a bus, part by part: see conformance.ts. */
export function followConformance(open: Open): void {
  test("read() that follows sees what another client appends, until aborted", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic(), controller = new AbortController(), values: unknown[] = [];
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 2));
    const following = (async () => {
      for await (const batch of bus.read(topic, 0, 1, { follow: true, signal: controller.signal })) {
        values.push(...batch.records().map(({ value }) => value));
        if (values.length < 6) await other.append(topic, 0, numbered(values.length + 1, 1));
        else controller.abort(new Error("enough"));
      }
    })();
    expect(await rejection(following)).toEqual(new Error("enough"));
    expect(values).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("read() that follows ends before its end", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const following = recordsOf(bus, topic, 0, { follow: true, to: 3 });
    for (let i = 0; i < 5; i++) await bus.append(topic, 0, numbered(i, 1));
    expect((await following).map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  test("read() rejects with the reason of a signal that is aborted", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 2));
    const signal = AbortSignal.abort(new TypeError("away"));
    expect(await rejection(recordsOf(bus, topic, 0, { signal }))).toEqual(new TypeError("away"));
    expect(await rejection(recordsOf(bus, topic, 0, { follow: true, signal: AbortSignal.timeout(30) })))
      .toMatchObject({ name: "TimeoutError" });
  });
}
