import { expect, test } from "vitest";
import type { Message } from "./bus.ts";
import { newTopic, numbered, type Open, recordsOf } from "./conformance_support.ts";
import { JsonText } from "./json_text.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function recordConformance(open: Open): void {
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
      // A bus that leaves out no repeats numbers every record, so that whoever stores it can.
      producerId: bus.dedupes ? null : expect.stringMatching(/^[\w-]{36}$/),
      sequence: bus.dedupes ? null : offset,
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
