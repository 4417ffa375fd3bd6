import { type Json, messageOf, parseEvent, parseMicros, RESERVED_TOPICS } from "../../lib/events/mod.ts";
import type { Bus, Message } from "../../lib/bus/mod.ts";
import { withWorkbench } from "./with_workbench.ts";
import { textTable } from "./text_table.ts";

const BATCH = 1000;

/** Lists topics with their partitions. */
export const busTopics = withWorkbench(async (workbench) => {
  const bus = await workbench.bus();
  const rows: Record<string, Json>[] = [];
  for (const { topic, incarnation } of await bus.topics()) {
    for (const { partition, low, high } of await bus.positions(topic)) {
      rows.push({ topic, partition, first: low, next: high, incarnation });
    }
  }
  return { json: rows, text: textTable(rows) };
});

/** Publishes newline-delimited JSON: whole CloudEvents, or any JSON document as a plain record. */
export const busPublish = withWorkbench(async (workbench, { args, options }) => {
  const [topic, file] = args as [string, string | undefined];
  if (RESERVED_TOPICS.includes(topic)) {
    throw new RangeError(`Cannot publish to "${topic}" as the topic is reserved: only the workbench writes it`);
  }
  const bus = await workbench.bus();
  await bus.createTopic(topic, { partitions: await partitionsOf(bus, topic) });
  const source = file === undefined || file === "-" ? Deno.stdin.readable : (await Deno.open(file)).readable;
  let count = 0;
  for await (const messages of batches(source, file ?? "standard input", options.key as string | undefined)) {
    await bus.publish(topic, messages);
    count += messages.length;
  }
  return { json: { topic, records: count }, text: `${count} records are durable on topic ${topic}` };
});

/** Prints records of a topic as they come. */
export const busTail = withWorkbench(async (workbench, { args, options }) => {
  const topic = args[0]!;
  const bus = await workbench.bus();
  const limit = options.limit === undefined ? Infinity : wholeNumber(String(options.limit), "--limit");
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  let count = 0;
  const follow = async (partition: number, from: number) => {
    for await (const batch of bus.read(topic, partition, from, { follow: true, signal: stop.signal })) {
      for (const record of batch.records()) {
        if (count >= limit) return;
        console.log(JSON.stringify(shownRecord(record)));
        if (++count >= limit) stop.abort();
      }
    }
  };
  const starts = await startsOf(bus, topic, String(options.from));
  await Promise.all(starts.map(([partition, from]) => follow(partition, from)));
  return { json: null, text: "" };
});

async function partitionsOf(bus: Bus, topic: string): Promise<number> {
  return (await bus.topics()).find((info) => info.topic === topic)?.partitions ?? 1;
}

async function* batches(
  source: ReadableStream<Uint8Array>,
  name: string,
  key: string | undefined,
): AsyncIterable<Message[]> {
  let messages: Message[] = [];
  let line = 0;
  for await (const text of lines(source)) {
    line++;
    if (text.trim() === "") continue;
    messages.push(parseLine(text, `${name}:${line}`, key));
    if (messages.length === BATCH) {
      yield messages;
      messages = [];
    }
  }
  if (messages.length > 0) yield messages;
}

async function* lines(source: ReadableStream<Uint8Array>): AsyncIterable<string> {
  let rest = "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of source) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}

function parseLine(text: string, where: string, key: string | undefined): Message {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot publish ${where} as it is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (isObject(value) && "specversion" in value) {
    try {
      return messageOf(parseEvent(value));
    } catch (cause) {
      throw new TypeError(`Cannot publish ${where}: ${(cause as Error).message}`, { cause });
    }
  }
  const found = key === undefined || !isObject(value) ? null : value[key] ?? null;
  return { key: found === null ? null : String(found), eventTimeMicros: null, value };
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function startsOf(bus: Bus, topic: string, from: string): Promise<[number, number][]> {
  const positions = await bus.positions(topic);
  return await Promise.all(positions.map(async ({ partition, low, high }) => {
    if (from === "end") return [partition, high];
    if (/^\d+$/.test(from)) return [partition, Math.max(low, Number(from))];
    return [partition, await bus.offsetAt(topic, partition, parseMicros(from))];
  }));
}

function shownRecord(record: { value: unknown; headers: [string, Uint8Array][] }): unknown {
  const decoder = new TextDecoder();
  const headers = record.headers.map(([name, bytes]) => [name, decoder.decode(bytes)]);
  return {
    ...record,
    headers,
    value: record.value instanceof Uint8Array ? decoder.decode(record.value) : record.value,
  };
}

function wholeNumber(text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(`Cannot read ${name} as it must be a whole number: got "${text}"`);
}
