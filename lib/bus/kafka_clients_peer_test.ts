import { Buffer } from "node:buffer";
import { Producer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered, recordsOf } from "./conformance_support.ts";
import { type Bus, type BusRecord, type Message, openBus } from "./mod.ts";

const kafka = useKafka();
const open = (): Promise<Bus> => openBus({ kind: "kafka", brokers: kafka().brokers });
const TOOLS = "org.apache.kafka.tools";
const server = () => ["--bootstrap-server", kafka().brokers.join()];
const bytes = (text: string) => new TextEncoder().encode(text);

/** What a client other than ours wrote: no producer, no sequence, no event time unless told. */
function plain(record: BusRecord) {
  const { key, value, headers, producerId, sequence, eventTimeMicros } = record;
  return { key, value, headers, producerId, sequence, eventTimeMicros };
}

const NOBODY = { producerId: null, sequence: null, eventTimeMicros: null };

test("records of Kafka's console producer are read: keys, headers, tombstones, JSON and text", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  const lines = [
    'a:1,a:2\tORD\t{"delay": 9007199254740993, "x": 1, "x": 2}',
    "NULL\tNULL\tNULL",
    "b:\tk\tplain text",
    "NULL\tk\t",
    'NULL\té\t["\\ud83d\\ude00"]',
    'NULL\tk\t"\\ud83d"',
  ];
  const properties = ["parse.key=true", "parse.headers=true", "null.marker=NULL"].flatMap((it) => ["--property", it]);
  await kafka().run(`${TOOLS}.ConsoleProducer`, [...server(), "--topic", topic, ...properties], lines.join("\n"));
  const records = await recordsOf(bus, topic);
  expect(records.map(plain)).toEqual([
    {
      ...NOBODY,
      key: "ORD",
      value: { delay: 9007199254740992, x: 2 },
      headers: [["a", bytes("1")], ["a", bytes("2")]],
    },
    { ...NOBODY, key: null, value: null, headers: [] },
    { ...NOBODY, key: "k", value: bytes("plain text"), headers: [["b", bytes("")]] },
    { ...NOBODY, key: "k", value: bytes(""), headers: [] },
    { ...NOBODY, key: "é", value: ["😀"], headers: [] },
    { ...NOBODY, key: "k", value: bytes('"\\ud83d"'), headers: [] },
  ]);
  expect(records.map(({ json }) => json)).toEqual(
    ['{"delay": 9007199254740993, "x": 1, "x": 2}', "null", null, null, '["\\ud83d\\ude00"]', null],
  );
});

test("records of another client's library are read: binary keys, bytes, JSON over lines, CloudEvents", async () => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  const producer = new Producer({ clientId: "test", bootstrapBrokers: kafka().brokers });
  const event = '{"specversion":"1.0",\n "time":"2001-05-31T14:00:00.000001+02:00"}';
  const send = (key: Buffer, value: Buffer, headers = new Map<Buffer, Buffer>()) =>
    producer.send({ messages: [{ topic, partition: 0, key, value, headers }] });
  try {
    await send(Buffer.from([0xff, 0x00]), Buffer.from([0, 159, 146, 150]));
    await send(Buffer.from("k"), Buffer.from(event), new Map([[Buffer.from("n"), Buffer.from([0xff])]]));
    await send(Buffer.from("k"), Buffer.from('{"specversion":"1.0","time":"yesterday"} {}'));
    await send(Buffer.from("k"), Buffer.from("\ufeff1"));
    await send(Buffer.from("k"), Buffer.from("1"), new Map([[Buffer.from("boathouse-sequence"), Buffer.from("7")]]));
  } finally {
    await producer.close();
  }
  const records = await recordsOf(bus, topic);
  expect(records.map(plain)).toEqual([
    {
      ...NOBODY,
      key: "\ufffd\0",
      value: new Uint8Array([0, 159, 146, 150]),
      headers: [["boathouse-key", new Uint8Array([0xff, 0])]],
    },
    {
      ...NOBODY,
      key: "k",
      value: JSON.parse(event),
      headers: [["n", new Uint8Array([0xff])]],
      eventTimeMicros: 991_310_400_000_001,
    },
    { ...NOBODY, key: "k", value: bytes('{"specversion":"1.0","time":"yesterday"} {}'), headers: [] },
    { ...NOBODY, key: "k", value: bytes("\ufeff1"), headers: [] },
    { ...NOBODY, key: "k", value: 1, headers: [["boathouse-sequence", bytes("7")]] },
  ]);
  expect(records[1]!.json).toBe(event.replace("\n", " "));
});

test.each(["none", "gzip", "snappy", "lz4", "zstd"])("records packed by Kafka's own %s are read", async (codec) => {
  await using bus = await open();
  const topic = newTopic();
  await bus.createTopic(topic);
  const lines = Array.from({ length: 400 }, (_, i) => JSON.stringify({ i, text: "flight ".repeat(20) }));
  await kafka().run(
    `${TOOLS}.ConsoleProducer`,
    [...server(), "--topic", topic, "--compression-codec", codec, "--batch-size", "200000"],
    lines.join("\n"),
  );
  expect((await recordsOf(bus, topic)).map(({ json }) => json)).toEqual(lines);
  expect((await recordsOf(bus, topic, 123, { to: 125 })).map(({ offset }) => offset)).toEqual([123, 124]);
});

test("ours are read by Kafka's console consumer, with key, headers and the broker's time", async () => {
  await using bus = await open();
  const topic = newTopic(), id = crypto.randomUUID();
  await bus.createTopic(topic);
  const messages: Message[] = [
    {
      key: "ORD-LGA",
      eventTimeMicros: 5,
      headers: [["h", bytes("1")], ["h", bytes("2")]],
      value: { delay: 3, to: "é" },
    },
    { key: null, eventTimeMicros: null, value: bytes("raw") },
  ];
  const { busTimeMicros } = await bus.append(topic, 0, messages, { id, sequence: 40 });
  const printed = ["print.key=true", "print.headers=true", "print.timestamp=true"].flatMap((it) => ["--property", it]);
  const output = await kafka().run(
    `${TOOLS}.consumer.ConsoleConsumer`,
    [...server(), "--topic", topic, "--from-beginning", "--max-messages", "2", ...printed],
  );
  const time = `LogAppendTime:${busTimeMicros / 1000}`, ours = `boathouse-producer:${id},boathouse-sequence`;
  expect(output.split("\n").slice(0, 2)).toEqual([
    `${time}\th:1,h:2,boathouse-time:5,${ours}:40\tORD-LGA\t{"delay":3,"to":"é"}`,
    `${time}\t${ours}:41\tnull\traw`,
  ]);
});

test("an event tells its time itself, anything else by a header", async () => {
  await using bus = await open();
  const topic = newTopic(), time = "2001-05-31T12:00:00.000001Z", micros = 991_310_400_000_001;
  await bus.createTopic(topic);
  const event = { specversion: "1.0", time };
  await bus.append(topic, 0, [
    { key: null, eventTimeMicros: micros, value: event },
    { key: null, eventTimeMicros: 7, value: event },
    { key: null, eventTimeMicros: -7, value: { time } },
    { key: null, eventTimeMicros: null, value: event },
  ]);
  const records = await recordsOf(bus, topic);
  expect(records.map(({ eventTimeMicros }) => eventTimeMicros)).toEqual([micros, 7, -7, micros]);
  expect(records.map(({ headers }) => headers)).toEqual([[], [], [], []]);
});

test("append() of many megabytes comes in order, also to a topic that takes less at once", async () => {
  await using bus = await open();
  const ours = newTopic(), theirs = newTopic(), id = crypto.randomUUID();
  await bus.createTopic(ours);
  await kafka().run(`${TOOLS}.TopicCommand`, [...server(), "--create", "--topic", theirs, "--partitions", "1"]);
  const large = numbered(0, 24).map((message, i): Message => ({ ...message, value: [i, "x".repeat(900_000)] }));
  for (const topic of [ours, theirs]) {
    const [first, second] = await Promise.all([
      bus.append(topic, 0, large.slice(0, 7), { id, sequence: 0 }),
      bus.append(topic, 0, large.slice(7), { id, sequence: 7 }),
    ]);
    expect([first.baseOffset, first.count, second.baseOffset, second.count]).toEqual([0, 7, 7, 17]);
    const records = await recordsOf(bus, topic);
    expect(records.map(({ value, sequence }) => [(value as number[])[0], sequence]))
      .toEqual(large.map((_, i) => [i, i]));
  }
});
