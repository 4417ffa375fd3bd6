import { expect, test } from "vitest";
import { type Bus, openBus } from "../../lib/bus/mod.ts";
import { createEvent } from "../../lib/events/mod.ts";
import { openEventWriter } from "./event_writer.ts";

const event = (subject: string, data: unknown = {}) =>
  createEvent({ type: "boathouse.inference.v1", source: "/test", subject, data });

async function subjects(bus: Bus, topic: string): Promise<(string | null)[]> {
  const keys: (string | null)[] = [];
  for (const { partition, high } of await bus.positions(topic)) {
    if (high === 0) continue;
    for await (const batch of bus.read(topic, partition, 0)) keys.push(...batch.records().map(({ key }) => key));
  }
  return keys;
}

const lost: string[] = [];
const options = (bus: Bus) => ({
  bus,
  topics: ["inference", "exposure"],
  onLost: (topic: string, error: Error) => lost.push(`${topic}: ${error.message}`),
});

test("openEventWriter() writes what waits when it is closed", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  {
    await using writer = await openEventWriter(options(bus));
    for (let i = 0; i < 1200; i++) expect(writer.write("inference", event(`d${i}`), 100)).toBe(true);
    expect(writer.stats()).toEqual({ waitingBytes: 120_000, dropped: 0, failing: null });
  }
  expect(await subjects(bus, "inference")).toEqual(Array.from({ length: 1200 }, (_, i) => `d${i}`));
});

test("openEventWriter() keeps a key in its partition", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await bus.createTopic("exposure", { partitions: 3 });
  {
    await using writer = await openEventWriter(options(bus));
    for (let i = 0; i < 90; i++) writer.write("exposure", event(`u${i % 9}`), 100);
  }
  const spread = await bus.positions("exposure");
  expect(spread.reduce((sum, { high }) => sum + high, 0)).toBe(90);
  expect(spread.filter(({ high }) => high > 0).length).toBeGreaterThan(1);
  expect(spread.every(({ high }) => high % 10 === 0)).toBe(true);
});

test("openEventWriter() resolves a durable write once it can be read", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await using writer = await openEventWriter(options(bus));
  await Promise.all(Array.from({ length: 20 }, (_, i) => writer.writeDurable("inference", event(`d${i}`), 100)));
  expect(await subjects(bus, "inference")).toHaveLength(20);
  expect(writer.stats().waitingBytes).toBe(0);
});

test("openEventWriter() drops and counts past its bound", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await using writer = await openEventWriter({ ...options(bus), maxWaitingBytes: 250 });
  expect([1, 2, 3].map((i) => writer.write("inference", event(`d${i}`), 100))).toEqual([true, true, false]);
  expect(writer.stats()).toMatchObject({ waitingBytes: 200, dropped: 1 });
  await expect(writer.writeDurable("inference", event("d4"), 100)).rejects.toThrow(
    'Cannot write to topic "inference" as 250 bytes wait already',
  );
});

test("openEventWriter() loses only an event that is too large, and goes on", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  {
    await using writer = await openEventWriter(options(bus));
    writer.write("inference", event("before"), 100);
    writer.write("inference", event("large", "x".repeat(1_100_000)), 100);
    writer.write("inference", event("after"), 100);
    await expect(writer.writeDurable("inference", event("huge", "x".repeat(1_100_000)), 100)).rejects.toThrow(
      RangeError,
    );
    await writer.writeDurable("inference", event("last"), 100);
    expect(writer.stats()).toEqual({ waitingBytes: 0, dropped: 2, failing: null });
  }
  expect(await subjects(bus, "inference")).toEqual(["before", "after", "last"]);
  expect(lost).toHaveLength(2);
  expect(lost[0]).toMatch(/^inference: /);
});

test("openEventWriter() refuses a topic that it was not opened for", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await using writer = await openEventWriter(options(bus));
  expect(() => writer.write("flights", event("x"), 1)).toThrow(RangeError);
  expect(() => writer.write("flights", event("x"), 1)).toThrow(
    'Cannot write to topic "flights" as the writer was not opened for it',
  );
});
