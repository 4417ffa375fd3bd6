import { expect, test } from "vitest";
import type { Bus } from "../bus/mod.ts";
import { setup, thing } from "./testdata/things.ts";

test("follow() moves what comes, and ends with the signal", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const ending = new AbortController();
  const following = t.ingest.follow({ signal: ending.signal, flushMs: 10 });
  for (let i = 0; i < 3; i++) {
    await t.bus.append("things", 0, [thing({ delay: i, name: "a" })]);
    await expect.poll(async () => (await t.ingest.completeness("things")).lake, { timeout: 5000 }).toBe(i + 1);
  }
  ending.abort();
  await following;
});

test("follow() moves much at once, before its time", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const ending = new AbortController();
  await t.bus.append("things", 0, Array.from({ length: 20 }, (_, i) => thing({ delay: i, name: "a" })));
  const following = t.ingest.follow({ signal: ending.signal, flushBytes: 1000 });
  await expect.poll(async () => (await t.ingest.completeness("things")).lake, { timeout: 5000 }).toBe(20);
  ending.abort();
  await following;
});

test("follow() moves only the partitions that it owns, and flush() all of them", async () => {
  await using t = await setup();
  await t.bus.createTopic("things", { partitions: 2 });
  for (const partition of [0, 1]) await t.bus.append("things", partition, [thing({ delay: partition, name: "a" })]);
  const asked: [string, readonly string[]][] = [];
  let left = 0;
  const bus: Bus = {
    ...t.bus,
    join: (group, topics) => {
      asked.push([group, topics]);
      const owns = (_: string, partition: number) => partition === 1;
      return Promise.resolve({ owns, [Symbol.asyncDispose]: () => Promise.resolve(void left++) });
    },
  };
  await using ingest = await t.open({ bus });
  const ending = new AbortController();
  const following = ingest.follow({ signal: ending.signal, flushMs: 10 });
  await expect.poll(async () => (await ingest.completeness("things")).lake, { timeout: 5000 }).toBe(1);
  await t.bus.createTopic("others");
  await expect.poll(() => asked.length, { timeout: 5000 }).toBe(2);
  ending.abort();
  await following;
  expect([asked[0], asked[1]]).toEqual([["lake", ["things"]], ["lake", ["others", "things"]]]);
  expect(left).toBe(2);
  expect([...await t.bus.committed("lake", "things")]).toEqual([[1, 1]]);
  expect(await ingest.flush(["things"])).toMatchObject([{ partition: 0, rows: 1 }]);
});

test("follow() tells an error and goes on, or ends with it", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  let failures = 2;
  const store = {
    ...t.store,
    adopt: (from: string, to: string) =>
      failures-- > 0 ? Promise.reject(new Error("the disk is full")) : t.store.adopt(from, to),
  };
  await using ingest = await t.open({ store });
  const ending = new AbortController();
  await expect(ingest.follow({ signal: ending.signal, flushMs: 0 })).rejects.toThrow("the disk is full");
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const following = ingest.follow({ signal: ending.signal, flushMs: 10, onError });
  await expect.poll(async () => (await ingest.completeness("things")).lake, { timeout: 5000 }).toBe(1);
  ending.abort();
  await following;
  expect(errors).toEqual([new Error("the disk is full")]);
});

test("follow() tells of a bus that was set back, and goes on where a person resumes it", async () => {
  await using t = await setup();
  const one = (delay: number) => [thing({ delay, name: "a" })];
  await t.bus.createTopic("things");
  for (const delay of [1, 2]) await t.bus.append("things", 0, one(delay));
  await t.ingest.flush();
  let lost = 1;
  const bus: Bus = {
    ...t.bus,
    positions: async (topic) => (await t.bus.positions(topic)).map((at) => ({ ...at, high: at.high - lost })),
  };
  await using ingest = await t.open({ bus });
  const ending = new AbortController();
  const following = ingest.follow({ signal: ending.signal, flushMs: 10 });
  await expect.poll(async () => (await t.bus.topics()).map(({ topic }) => topic), { timeout: 5000 }).toContain("gap");
  lost = 0;
  await t.bus.append("things", 0, one(3));
  await ingest.resume("things", "the copy was brought back");
  await t.bus.append("things", 0, one(4));
  await expect.poll(async () => (await t.ingest.completeness("things")).lake, { timeout: 5000 }).toBe(4);
  ending.abort();
  await following;
});

test("flush() does not take another RangeError for a truncation", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  let reads = 0;
  const bus: Bus = {
    ...t.bus,
    read() {
      reads++;
      throw new RangeError("Invalid time value");
    },
  };
  await using ingest = await t.open({ bus });
  await expect(ingest.flush(["things"])).rejects.toThrow("Invalid time value");
  expect(reads).toBe(1);
});
