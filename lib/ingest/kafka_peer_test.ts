import { Buffer } from "node:buffer";
import { join } from "node:path";
import { Producer } from "@platformatic/kafka";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startKafka } from "../../_tools/peers/kafka.ts";
import { type Bus, openBus } from "../bus/mod.ts";
import { verifyEvent } from "../events/mod.ts";
import { openLake, readSnapshot } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Ingest, type IngestOptions, openIngest, openTail } from "./mod.ts";
import { KEY, rawOf, rowsOf, SCHEMA, thing, TYPE } from "./testdata/things.ts";

let kafka: Awaited<ReturnType<typeof startKafka>> | undefined, reason = "";

beforeAll(async () => {
  try {
    kafka = await startKafka();
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    reason = (error as Error).message;
  }
});
beforeEach((context) => {
  if (!kafka) context.skip(reason);
});
afterAll(() => kafka?.[Symbol.asyncDispose]());

const QUIET = { onRetry: () => undefined };

interface OnKafka extends AsyncDisposable {
  topic: string;
  bus: Bus;
  store: Store;
  ingest: Ingest;
  /** Opens another bus and ingest, as another process would. */
  another(options?: Partial<IngestOptions>): Promise<Ingest>;
}

async function onKafka(partitions = 1): Promise<OnKafka> {
  const topic = `things-${crypto.randomUUID().slice(0, 8)}`;
  const dir = await Deno.makeTempDir();
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const opened = new AsyncDisposableStack();
  opened.defer(() => Deno.remove(dir, { recursive: true }));
  const connect = async () => opened.use(await openBus({ kind: "kafka", brokers: kafka!.brokers }, QUIET));
  const bus = await connect();
  await bus.createTopic(topic, { partitions });
  const schemas = () => Promise.resolve(new Map([[topic, { type: TYPE, schema: SCHEMA }]]));
  const another = async (options: Partial<IngestOptions> = {}) =>
    opened.use(await openIngest({ bus: await connect(), store, key: KEY, schemas, ...options }));
  return { topic, bus, store, ingest: await another(), another, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const things = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => thing({ delay: from + i, name: "a" }));

async function delaysOf({ store, topic }: OnKafka): Promise<number[]> {
  return (await rowsOf(store, topic, "_partition, _offset, delay")).map(({ delay }) => Number(delay));
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

async function sendBytes(topic: string, values: readonly (Buffer | null)[]): Promise<void> {
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
    clientId: "foreign",
    bootstrapBrokers: kafka!.brokers,
  });
  const headers = new Map([[Buffer.from("trace"), Buffer.from([0, 255])]]);
  const key = Buffer.from([107, 255]);
  await producer.send({
    messages: values.map((value) => ({ topic, partition: 0, key, headers, ...(value ? { value } : {}) })),
  });
  await producer.close();
}

test("flush() takes the records of any client, and keeps the bytes of what does not fit", async () => {
  await using t = await onKafka();
  const good = JSON.stringify(thing({ delay: 1, name: "a" }).value);
  const texts = [ // the columns hold the first two exactly
    good,
    good.replace('"delay":1', '"delay":9007199254740993'),
    good.replace('"delay":1', '"delay":9223372036854775808'),
    good.replace(/"specversion":"1.0",?/, ""),
    "no JSON",
    "[1,2",
    "",
  ];
  const values = [...texts.map((text) => Buffer.from(text)), Buffer.from([123, 255, 125]), null];
  await sendBytes(t.topic, values);
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ from: 0, to: 9, rows: 2, rejected: 7, duplicates: 0 }]);
  const rows = await rowsOf(t.store, t.topic);
  expect(rows.map(({ fit }) => fit)).toEqual([true, true, ...Array.from({ length: 7 }, () => false)]);
  expect(rows[1]?.delay).toBe("9007199254740993");
  const reasons = rows.slice(2).map(({ _reason }) => _reason);
  expect(reasons).toEqual([
    "/data/delay must be an integer of 64 bits, in plain digits past 2^53: got 9223372036854775808",
    'attribute "specversion" must be "1.0": got nothing',
    expect.stringContaining("the value must be JSON"),
    expect.stringContaining("the value must be JSON"),
    expect.stringContaining("the value must be JSON"),
    "the value must be UTF-8",
    "it must be an object: got null",
  ]);
  const raw = await rawOf(t.store, t.topic);
  const expected = [null, null, ...values.slice(2, -1).map((value) => value!.toString("base64"))];
  expect(raw.slice(0, -1)).toEqual(expected);
  expect(rows[0]?._headers).toEqual(expect.arrayContaining([{ key: "trace", value: "\\x00\\xFF" }]));
  expect(await t.ingest.completeness(t.topic)).toEqual({ bus: 9, lake: 2, rejected: 7, duplicates: 0 });
});

test("flush() finds the one poisoned record of 10,000, over batches of a foreign client", async () => {
  await using t = await onKafka();
  const values = upTo(10_000).map((delay) => Buffer.from(JSON.stringify(thing({ delay, name: "a" }).value)));
  values[6_789] = Buffer.from('{"specversion":"1.0","data":"\\udead"}');
  for (let start = 0; start < values.length; start += 2000) await sendBytes(t.topic, values.slice(start, start + 2000));
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ rows: 9_999, rejected: 1 }]);
  const rows = await rowsOf(t.store, t.topic, "_partition, _offset, fit");
  expect(rows.filter(({ fit }) => !fit)).toMatchObject([{ _offset: "6789" }]);
});

test("flush() leaves out what a producer has sent twice, also after a takeover, and counts it", async () => {
  await using t = await onKafka();
  const id = crypto.randomUUID(), other = crypto.randomUUID();
  const send = (producer: string, sequence: number, from: number, count: number) =>
    t.bus.append(t.topic, 0, things(from, count), { id: producer, sequence });
  await send(id, 0, 0, 3);
  await send(id, 0, 0, 3); // as after an answer that was lost
  await send(other, 0, 3, 1);
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ rows: 4, duplicates: 3 }]);
  await send(id, 1, 1, 4);
  const takeover = await t.another();
  expect(await takeover.completeness(t.topic)).toEqual({ bus: 11, lake: 4, rejected: 0, duplicates: 3 });
  expect(await takeover.flush([t.topic])).toMatchObject([{ rows: 2, duplicates: 2 }]);
  expect(await delaysOf(t)).toEqual([0, 1, 2, 3, 3, 4]);
  expect(await t.ingest.completeness(t.topic)).toEqual({ bus: 11, lake: 6, rejected: 0, duplicates: 5 });
  const { txns } = (await readSnapshot(t.store, t.topic))!;
  expect([...txns].filter(([appId]) => appId.startsWith("duplicates/")).map(([, count]) => count)).toEqual([5]);
});

test("flush() moves over aborted transactions and their markers", async () => {
  await using t = await onKafka();
  const producer = new Producer({
    clientId: "test",
    bootstrapBrokers: kafka!.brokers,
    idempotent: true,
    transactionalId: t.topic,
  });
  const message = (delay: number) => ({
    topic: t.topic,
    partition: 0,
    key: Buffer.from("k"),
    value: Buffer.from(JSON.stringify(thing({ delay, name: "a" }).value)),
  });
  for (const [delay, isKept] of [[0, true], [7, false], [1, true], [8, false]] as const) {
    const transaction = await producer.beginTransaction({});
    await transaction.send({ messages: [message(delay)] });
    await (isKept ? transaction.commit() : transaction.abort());
  }
  await producer.close();
  const [report] = await t.ingest.flush([t.topic]);
  expect(report).toMatchObject({ from: 0, to: 8, rows: 2, rejected: 0 });
  expect(await delaysOf(t)).toEqual([0, 1]);
  expect(await t.ingest.completeness(t.topic)).toEqual({ bus: 2, lake: 2, rejected: 0, duplicates: 0 });
  expect(await t.ingest.flush([t.topic])).toEqual([]);
});

test("follow() of two members loses and doubles nothing when they share anew in the middle of a commit", async () => {
  await using t = await onKafka(4);
  const paused = Promise.withResolvers<void>(), resume = Promise.withResolvers<void>();
  const effects: string[] = [];
  const ending = new AbortController();
  const slow = await t.another({
    onEffect: async (effect, when) => {
      effects.push(effect);
      if (effect !== "put" || when !== "before" || effects.filter((each) => each === "put").length > 1) return;
      paused.resolve();
      await resume.promise;
    },
  });
  for (const partition of upTo(4)) await t.bus.append(t.topic, partition, things(partition * 100, 50));
  const following = [slow.follow({ signal: ending.signal, flushMs: 50 })];
  await paused.promise;
  const second = await t.another();
  following.push(second.follow({ signal: ending.signal, flushMs: 50 }));
  await expect.poll(async () => (await t.ingest.completeness(t.topic)).lake, { timeout: 60_000 }).toBeGreaterThan(0);
  resume.resolve();
  for (const partition of upTo(4)) await t.bus.append(t.topic, partition, things(partition * 100 + 50, 50));
  await expect.poll(async () => (await t.ingest.completeness(t.topic)).lake, { timeout: 60_000 }).toBe(400);
  ending.abort();
  await Promise.all(following);
  expect(effects).toContain("refresh"); // the paused commit lost
  expect(await delaysOf(t)).toEqual(upTo(4).flatMap((partition) => upTo(100).map((i) => partition * 100 + i)));
  expect(await t.ingest.completeness(t.topic)).toEqual({ bus: 400, lake: 400, rejected: 0, duplicates: 0 });
});

test("follow() goes on after the broker was restarted", async () => {
  await using t = await onKafka();
  const ending = new AbortController();
  const errors: unknown[] = [];
  const following = t.ingest.follow({ signal: ending.signal, flushMs: 50, onError: (error) => errors.push(error) });
  await t.bus.append(t.topic, 0, things(0, 10));
  await expect.poll(async () => (await t.ingest.completeness(t.topic)).lake, { timeout: 60_000 }).toBe(10);
  await kafka!.restart("kill");
  await t.bus.append(t.topic, 0, things(10, 10));
  await expect.poll(async () => (await t.ingest.completeness(t.topic)).lake, { timeout: 90_000 }).toBe(20);
  ending.abort();
  await following;
  expect(await delaysOf(t)).toEqual(upTo(20));
});

async function gapsOf(t: OnKafka): Promise<Record<string, unknown>[]> {
  const gaps: Record<string, unknown>[] = [];
  for await (const batch of t.bus.read("gap", 0, 0)) {
    for (const { value } of batch.records()) {
      expect(verifyEvent(value as never, KEY)).toBe(true);
      gaps.push((value as { data: Record<string, unknown> }).data);
    }
  }
  return gaps.filter(({ topic }) => topic === t.topic);
}

test("flush() stops a partition whose log starts behind what the lake has, and no other", async () => {
  await using t = await onKafka(2);
  for (const partition of [0, 1]) await t.bus.append(t.topic, partition, things(0, 5));
  await t.ingest.flush([t.topic]);
  await t.bus.truncate(t.topic, 0, 3); // below what is committed: no gap
  expect(await t.ingest.flush([t.topic])).toEqual([]);
  for (const partition of [0, 1]) await t.bus.append(t.topic, partition, things(5, 5));
  await t.bus.commit("lake", t.topic, 0, 8);
  await t.bus.truncate(t.topic, 0, 8);
  const reports = await t.ingest.flush([t.topic]);
  expect(reports).toMatchObject([
    {
      partition: 0,
      rows: 0,
      stopped: `topic "${t.topic}", partition 0 was truncated before offsets 5 to 8 were in the lake: they are lost; ` +
        `to go on behind them, run "boathouse lake ingest --resume ${t.topic} --why TEXT"`,
    },
    { partition: 1, rows: 5 },
  ]);
  expect(await gapsOf(t)).toMatchObject([{ partition: 0, from: 5, to: 8, reason: "retention" }]);
  expect(await t.ingest.flush([t.topic])).toHaveLength(1);
  expect(await gapsOf(t)).toHaveLength(1);
  expect(await t.ingest.completeness(t.topic)).toMatchObject({ lake: 15 });
  await t.ingest.resume(t.topic, "retention of a minute");
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ partition: 0, from: 8, to: 10, rows: 2 }]);
  expect(await t.ingest.completeness(t.topic)).toEqual({ bus: 17, lake: 17, rejected: 0, duplicates: 0 });
});

test("flush() stops a topic that was deleted and made anew", async () => {
  await using t = await onKafka();
  await t.bus.append(t.topic, 0, things(0, 3));
  await t.ingest.flush([t.topic]);
  const tool = "org.apache.kafka.tools.TopicCommand";
  await kafka!.run(tool, ["--bootstrap-server", kafka!.brokers[0]!, "--delete", "--topic", t.topic]);
  const anew = await openBus({ kind: "kafka", brokers: kafka!.brokers });
  await expect.poll(async () => (await anew.topics()).some(({ topic }) => topic === t.topic), { timeout: 30_000 }).toBe(
    false,
  );
  await anew.createTopic(t.topic);
  await anew.append(t.topic, 0, things(10, 5));
  await anew[Symbol.asyncDispose]();
  expect(await t.ingest.flush([t.topic])).toMatchObject([{
    rows: 0,
    stopped:
      `topic "${t.topic}", partition 0 was created anew, the lake has an older one up to offset 3: publish under another name`,
  }]);
  expect(await gapsOf(t)).toMatchObject([{ from: 0, to: 3, reason: "recreated" }]);
  expect(await delaysOf(t)).toEqual([0, 1, 2]);
});

test("flush() stops a partition whose broker has lost its end, until a person resumes it", async () => {
  await using t = await onKafka();
  await t.bus.append(t.topic, 0, things(0, 3));
  await t.ingest.flush([t.topic]);
  await kafka!.stop();
  const folder = join(kafka!.dir, "data", `${t.topic}-0`);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (name !== "partition.metadata") await Deno.remove(join(folder, name));
  }
  await kafka!.start();
  await t.bus.append(t.topic, 0, things(7, 1));
  expect(await t.ingest.flush([t.topic])).toMatchObject([{
    rows: 0,
    stopped:
      `topic "${t.topic}", partition 0 ended at offset 1 when the lake had it up to 3: bring the bus back, or move it ` +
      `under a new name; to go on from offset 3 without what the bus has below it, ` +
      `run "boathouse lake ingest --resume ${t.topic} --why TEXT"`,
  }]);
  await t.bus.append(t.topic, 0, things(8, 3));
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ rows: 0, stopped: expect.stringContaining("at offset 1") }]);
  expect(await gapsOf(t)).toMatchObject([{ from: 1, to: 3, reason: "rewound" }]);
  expect(await delaysOf(t)).toEqual([0, 1, 2]);
  await t.ingest.resume(t.topic, "the disk is gone");
  expect(await t.ingest.flush([t.topic])).toMatchObject([{ from: 3, to: 4, rows: 1 }]);
  expect(await delaysOf(t)).toEqual([0, 1, 2, 10]);
});

test("the tail shows a repeat as seldom as the lake does, before and after ingest", async () => {
  await using t = await onKafka();
  const schemas = () => Promise.resolve(new Map([[t.topic, { type: TYPE, schema: SCHEMA }]]));
  const id = crypto.randomUUID();
  const count = async () => {
    await using lake = await openLake({ store: t.store, tail: openTail({ bus: t.bus, store: t.store, schemas }) });
    return (await lake.query(`SELECT count(*) AS n, count(DISTINCT delay) AS d FROM "${t.topic}"`)).rows();
  };
  await t.bus.append(t.topic, 0, things(0, 3), { id, sequence: 0 });
  await t.ingest.flush([t.topic]);
  await t.bus.append(t.topic, 0, things(1, 3), { id, sequence: 1 });
  await t.bus.append(t.topic, 0, things(1, 3), { id, sequence: 1 });
  expect(await count()).toEqual([{ n: 4, d: 4 }]);
  await t.ingest.flush([t.topic]);
  expect(await count()).toEqual([{ n: 4, d: 4 }]);
});
