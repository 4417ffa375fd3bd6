import { expect, test } from "vitest";
import type { Batch, Bus, BusRecord, Message, ReadOptions } from "./bus.ts";
import { JsonText } from "./json_text.ts";
import { partitionOf } from "./partition.ts";

type Open = () => Promise<Bus>;

const newTopic = (): string => `conformance-${crypto.randomUUID()}`;
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error) => error);

/** Messages that are numbered by their value. */
function numbered(from: number, count: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({ key: `key-${from + i}`, eventTimeMicros: null, value: from + i }));
}

async function batchesOf(
  bus: Bus,
  topic: string,
  from = 0,
  options: ReadOptions = {},
  partition = 0,
): Promise<Batch[]> {
  return await Array.fromAsync(bus.read(topic, partition, from, options));
}

async function recordsOf(
  bus: Bus,
  topic: string,
  from = 0,
  options: ReadOptions = {},
  partition = 0,
): Promise<BusRecord[]> {
  return (await batchesOf(bus, topic, from, options, partition)).flatMap((batch) => batch.records());
}

async function expectRangeError(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await rejection(promise);
  expect(error).toBeInstanceOf(RangeError);
  expect((error as Error).message).toContain(message);
}

/**
 * The contract of a bus as tests, one suite for every backend.
 *
 * @param open Opens a bus; every call reaches the same topics, and those of other tests may be there.
 */
export function busConformance(open: Open): void {
  topicConformance(open);
  recordConformance(open);
  rangeConformance(open);
  followConformance(open);
  producerConformance(open);
  publishConformance(open);
  groupConformance(open);
  refusalConformance(open);
  closeConformance(open);
}

function topicConformance(open: Open): void {
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
}

function recordConformance(open: Open): void {
  test("append() keeps every part of a record", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const beforeMicros = (Date.now() - 60_000) * 1000;
    const messages: Message[] = [
      { key: null, eventTimeMicros: null, value: null },
      { key: "", eventTimeMicros: 0, value: "" },
      {
        key: "Zürich ✈ \u2028",
        eventTimeMicros: -1,
        headers: [],
        value: { a: [1, 2.5, { b: null }], "\n": "\\ud800" },
      },
      { key: "k", eventTimeMicros: 991_267_200_000_001, value: [true, -0.1e-7, "😀\u0000\u007f"] },
      {
        key: "k",
        eventTimeMicros: 1,
        headers: [["a", new Uint8Array([0, 255])], ["a", new Uint8Array()], ["ü", new Uint8Array([1])]],
        value: new Uint8Array([0, 1, 254, 255]),
      },
      { key: "k", eventTimeMicros: null, value: new Uint8Array() },
    ];
    const appended = await bus.append(topic, 0, messages);
    expect(appended).toEqual({
      partition: 0,
      baseOffset: 0,
      count: 6,
      duplicates: 0,
      busTimeMicros: appended.busTimeMicros,
    });
    expect(appended.busTimeMicros).toBeGreaterThan(beforeMicros);
    const records = await recordsOf(bus, topic);
    expect(records.map((record) => ({ ...record, value: record.value }))).toEqual(messages.map((message, offset) => ({
      topic,
      partition: 0,
      offset,
      key: message.key,
      busTimeMicros: appended.busTimeMicros,
      eventTimeMicros: message.eventTimeMicros,
      headers: message.headers ?? [],
      value: message.value,
      json: message.value instanceof Uint8Array ? null : JSON.stringify(message.value),
      producerId: null,
      sequence: null,
    })));
  });

  test("append() keeps a value with a lone surrogate as the bytes of its JSON, and a key as Kafka's UTF-8", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await bus.append(topic, 0, [{ key: "a\ud800", eventTimeMicros: null, value: { name: "\udc00", "\\": "x" } }]);
    const [record] = await recordsOf(bus, topic);
    expect(record!.key).toBe("a\ufffd");
    expect(JSON.parse(new TextDecoder().decode(record!.value as Uint8Array))).toEqual({ name: "\udc00", "\\": "x" });
  });

  test("append() keeps every digit of JSON that is published as text", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const texts = [
      "9007199254740993",
      '{"id": 12345678901234567890, "amount": 0.1000000000000000000001, "e": 1e400}',
      "[1,\t2]",
      '"\\ud83d\\uDE00 \\\\ud83d"',
      "null",
    ];
    const messages = [...texts, '\n{\r\n"a": 1}\n'].map((text): Message => (
      { key: ',"v":', eventTimeMicros: 1, headers: [[',"b":', new Uint8Array([1])]], value: new JsonText(text) }
    ));
    await bus.append(topic, 0, messages);
    const records = await recordsOf(bus, topic);
    expect(records.map(({ json }) => json)).toEqual([...texts, ' {  "a": 1} ']);
    expect(records.map(({ value }) => value)).toEqual([...texts, '{"a":1}'].map((text) => JSON.parse(text)));
    expect(records.every(({ key, headers }) => key === ',"v":' && headers[0]![0] === ',"b":')).toBe(true);
    await bus.append(topic, 0, [{ key: null, eventTimeMicros: null, value: new JsonText('"\\uD83D\\\\"') }]);
    const [lone] = await recordsOf(bus, topic, messages.length);
    expect(lone!.json).toBe(null);
    expect(new TextDecoder().decode(lone!.value as Uint8Array)).toBe('"\\uD83D\\\\"');
  });

  test("append() of nothing adds nothing", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    expect(await bus.append(topic, 0, [])).toMatchObject({ baseOffset: 0, count: 0, duplicates: 0 });
    expect(await bus.publish(topic, [])).toEqual([]);
    expect(await recordsOf(bus, topic)).toEqual([]);
  });

  test("appends that are not awaited one by one keep their order", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => bus.append(topic, 0, numbered(i * 3, 3))));
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual(Array.from({ length: 200 }, (_, i) => i * 3));
    expect((await recordsOf(bus, topic)).map(({ value }) => value)).toEqual(Array.from({ length: 600 }, (_, i) => i));
  });

  test("what append() has acknowledged is read by another client at once", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    for (let i = 0; i < 20; i++) {
      await bus.append(topic, 0, numbered(i, 1));
      expect((await recordsOf(other, topic, i)).map(({ value }) => value)).toEqual([i]);
    }
  });

  test("bus time never decreases within a partition", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    for (let i = 0; i < 30; i++) await bus.append(topic, 0, numbered(i, 2));
    const times = (await recordsOf(bus, topic)).map(({ busTimeMicros }) => busTimeMicros);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
}

function rangeConformance(open: Open): void {
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
      for (const { topic: name, partition, baseOffset, count } of batches) {
        expect([name, partition]).toEqual([topic, 0]);
        expect(baseOffset < to! && baseOffset + count > from!).toBe(true);
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

function followConformance(open: Open): void {
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

function producerConformance(open: Open): void {
  test("append() leaves out what a producer has appended before", async () => {
    await using bus = await open();
    await using other = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic);
    expect(await bus.append(topic, 0, numbered(0, 5), { id, sequence: 0 })).toMatchObject({
      baseOffset: 0,
      count: 5,
      duplicates: 0,
    });
    expect(await other.append(topic, 0, numbered(0, 5), { id, sequence: 0 })).toMatchObject({
      baseOffset: 5,
      count: 0,
      duplicates: 5,
    });
    expect(await other.append(topic, 0, numbered(3, 5), { id, sequence: 3 })).toMatchObject({
      baseOffset: 5,
      count: 3,
      duplicates: 2,
    });
    expect(await bus.append(topic, 0, numbered(1, 2), { id, sequence: 1 })).toMatchObject({ count: 0, duplicates: 2 });
    expect(await bus.append(topic, 0, numbered(8, 1), { id, sequence: 8 })).toMatchObject({
      baseOffset: 8,
      count: 1,
      duplicates: 0,
    });
    expect(
      (await recordsOf(bus, topic)).map((record) => [record.offset, record.value, record.producerId, record.sequence]),
    )
      .toEqual(Array.from({ length: 9 }, (_, i) => [i, i, id, i]));
  });

  test("append() refuses a gap in a producer's sequence, and others go on", async () => {
    await using bus = await open();
    const topic = newTopic(), id = crypto.randomUUID();
    await bus.createTopic(topic);
    const [first, gap, next, plain] = await Promise.allSettled([
      bus.append(topic, 0, numbered(0, 2), { id, sequence: 0 }),
      bus.append(topic, 0, numbered(3, 1), { id, sequence: 3 }),
      bus.append(topic, 0, numbered(2, 1), { id, sequence: 2 }),
      bus.append(topic, 0, numbered(99, 1)),
    ]);
    expect([first.status, gap.status, next.status, plain.status]).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect((gap as PromiseRejectedResult).reason).toBeInstanceOf(RangeError);
    expect((gap as PromiseRejectedResult).reason.message).toBe(
      `Cannot append to "${topic}" as the next sequence of producer "${id}" must be 2: got 3; resume after lastSequence`,
    );
    expect((await recordsOf(bus, topic)).map(({ value }) => value)).toEqual([0, 1, 2, 99]);
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

function publishConformance(open: Open): void {
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

function groupConformance(open: Open): void {
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
      count: 1,
      duplicates: 1,
    });
    expect((await recordsOf(bus, topic, 10)).map(({ value }) => value)).toEqual([10]);
  });
}

function refusalConformance(open: Open): void {
  test("every verb refuses an unknown topic or partition", async () => {
    await using bus = await open();
    const missing = newTopic(), topic = newTopic();
    await bus.createTopic(topic, { partitions: 2 });
    const verbs = (name: string, partition: number): (() => Promise<unknown>)[] => [
      () => bus.append(name, partition, numbered(0, 1)),
      () => recordsOf(bus, name, 0, {}, partition),
      () => recordsOf(bus, name, 0, { follow: true }, partition),
      () => bus.lastSequence(name, partition, "p"),
      () => bus.offsetAt(name, partition, 0),
      () => bus.commit("readers", name, partition, 0),
      () => bus.truncate(name, partition, 0),
    ];
    const named = [
      () => bus.publish(missing, numbered(0, 1)),
      () => bus.positions(missing),
      () => bus.committed("readers", missing),
    ];
    const unknown = `as the topic must exist: no topic "${missing}"; name it in product.yaml or call createTopic`;
    for (const verb of [...verbs(missing, 0), ...named]) await expectRangeError(verb(), unknown);
    for (const partition of [2, -1, 0.5]) {
      const wrong = `as its partition must be from 0 to 1: got ${partition}`;
      for (const verb of verbs(topic, partition)) await expectRangeError(verb(), wrong);
    }
  });

  test("append() takes 1,000,000 bytes of key, headers and value and refuses one more", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const of = (value: Message["value"]): Message => ({
      key: "kü",
      eventTimeMicros: null,
      headers: [["h", new Uint8Array(4)]],
      value,
    });
    const fits = [of("ü".repeat(499_994) + "xx"), of(new Uint8Array(999_992)), of("x".repeat(999_990))];
    await bus.append(topic, 0, [...fits, of(new JsonText("1".repeat(999_992)))]);
    const records = await recordsOf(bus, topic);
    expect(records.slice(0, 3).map(({ value }) => value)).toEqual(fits.map(({ value }) => value));
    expect(records[3]!.json).toBe("1".repeat(999_992));
    const larges = [
      "ü".repeat(499_994) + "xxx",
      new Uint8Array(999_993),
      "x".repeat(999_991),
      new JsonText("1".repeat(999_993)),
    ];
    for (const large of larges.map(of)) {
      for (const append of [() => bus.append(topic, 0, [of(1), large]), () => bus.publish(topic, [of(1), large])]) {
        await expectRangeError(
          append(),
          `Cannot append to "${topic}" as record 1 must have at most 1000000 bytes of key, headers and value: got 1000001`,
        );
      }
    }
    expect((await bus.positions(topic))[0]!.high).toBe(4);
  });

  test("append() refuses messages of the wrong shape, naming topic and record", async () => {
    await using bus = await open();
    const topic = newTopic(), good = numbered(0, 1)[0]!;
    await bus.createTopic(topic);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const bad: [object, string][] = [
      [{ ...good, value: undefined }, "have JSON or bytes as value: got undefined"],
      [{ ...good, value: () => 1 }, "have JSON or bytes as value: got function"],
      [{ ...good, value: 1n }, "have JSON or bytes as value: got "],
      [{ ...good, value: cycle }, "have JSON or bytes as value: got "],
      [{ ...good, key: 7 }, "have text or null as key: got number"],
      [{ ...good, key: undefined }, "have text or null as key: got undefined"],
      [{ ...good, eventTimeMicros: 1.5 }, "have microseconds or null as event time: got 1.5"],
      [{ ...good, eventTimeMicros: undefined }, "have microseconds or null as event time: got undefined"],
      [{ ...good, headers: [["a", "b"]] }, "have pairs of text and bytes as headers: got string, string"],
    ];
    for (const [message, rule] of bad) {
      const error = await rejection(bus.append(topic, 0, [good, message as Message]));
      expect(error, rule).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain(`Cannot append to "${topic}" as record 1 must ${rule}`);
    }
    expect((await bus.positions(topic))[0]!.high).toBe(0);
  });

  test("offsets, sequences, groups and producers that cannot be are refused", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 3));
    for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      const rule = `must be an integer of at least 0: got ${bad}`;
      await expectRangeError(recordsOf(bus, topic, bad), `Cannot read "${topic}" as its offset ${rule}`);
      await expectRangeError(bus.commit("readers", topic, 0, bad), `Cannot commit "${topic}" as its offset ${rule}`);
      await expectRangeError(bus.truncate(topic, 0, bad), `Cannot truncate "${topic}" as its offset ${rule}`);
      await expectRangeError(
        bus.append(topic, 0, numbered(0, 1), { id: "p", sequence: bad }),
        `Cannot append to "${topic}" as its sequence ${rule}`,
      );
    }
    await expectRangeError(
      bus.commit("readers", topic, 0, 4),
      `Cannot commit "${topic}" as the offset of group "readers" in partition 0 must be at most 3: got 4`,
    );
    await expectRangeError(bus.commit("", topic, 0, 0), `Cannot name group as it must have 1 to 249 of a-z 0-9 _ . - `);
    for (const id of ["", "a".repeat(256), "\ud800"]) {
      await expectRangeError(
        bus.append(topic, 0, numbered(0, 1), { id, sequence: 0 }),
        `Cannot append to "${topic}" as its producer id must have 1 to 255 characters: got `,
      );
    }
  });
}

function closeConformance(open: Open): void {
  test("closing waits for what was appended, then refuses everything", async () => {
    const bus = await open(), topic = newTopic();
    await bus.createTopic(topic);
    const appended = bus.append(topic, 0, numbered(0, 3));
    const following = rejection(recordsOf(bus, topic, 3, { follow: true }));
    await Promise.all([bus[Symbol.asyncDispose](), bus[Symbol.asyncDispose]()]);
    expect((await appended).count).toBe(3);
    const tries = [
      () => bus.append(topic, 0, numbered(0, 1)),
      () => bus.positions(topic),
      () => bus.topics(),
      () => recordsOf(bus, topic),
    ];
    const closed = `Cannot use bus "${bus.url}" as it must be open: it was closed; open it again`;
    for (const verb of tries) expect(await rejection(verb())).toEqual(new Error(closed));
    expect(await following).toEqual(new Error(closed));
    await using again = await open();
    expect((await recordsOf(again, topic)).map(({ value }) => value)).toEqual([0, 1, 2]);
  });
}
