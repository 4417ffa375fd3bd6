import { Buffer } from "node:buffer";
import { type Json, messageOf, parseEvent, parseMicros, RESERVED_TOPICS } from "../../lib/events/mod.ts";
import { type Bus, type BusRecord, JsonText, type Message } from "../../lib/bus/mod.ts";
import { withWorkbench } from "./with_workbench.ts";
import { textTable } from "./text_table.ts";

const BATCH = 1000;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

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
        console.log(recordText(record));
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
  for await (const bytes of lines(source)) {
    const message = parseLine(bytes, `${name}:${++line}`, key);
    if (message === null) continue;
    messages.push(message);
    if (messages.length === BATCH) {
      yield messages;
      messages = [];
    }
  }
  if (messages.length > 0) yield messages;
}

async function* lines(source: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  let parts: Uint8Array[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let end; (end = chunk.indexOf(10, start)) >= 0; start = end + 1) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
    }
    parts.push(chunk.slice(start));
  }
  yield Buffer.concat(parts);
}

/** Null for an empty line. The text goes to the topic as it is, so that numbers past 2^53 keep their digits. */
function parseLine(bytes: Uint8Array, where: string, key: string | undefined): Message | null {
  const text = decode(bytes, where);
  if (text.trim() === "") return null;
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot publish ${where} as it is no JSON: ${(cause as Error).message}`, { cause });
  }
  const message = { key: null, eventTimeMicros: null, value: new JsonText(text) };
  if (!isObject(value)) return message;
  if ("specversion" in value) return { ...eventMessage(value, where), value: message.value };
  return { ...message, key: key === undefined ? null : keyText(value[key] ?? null, where) };
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new TypeError(`Cannot publish ${where} as it must be UTF-8: some of its bytes are not`, { cause });
  }
}

function eventMessage(value: Json, where: string): Message {
  try {
    return messageOf(parseEvent(value));
  } catch (cause) {
    const problem = (cause as Error).message.replace(/^Cannot read CloudEvent as /, "");
    throw new TypeError(`Cannot publish ${where} as a CloudEvent: ${problem}`, { cause });
  }
}

function keyText(found: Json, where: string): string | null {
  if (typeof found === "number" && Number.isInteger(found) && !Number.isSafeInteger(found)) {
    throw new RangeError(
      `Cannot publish ${where} as a number as key must be below 2^53: got ${found}; write it as text`,
    );
  }
  return found === null ? null : isObject(found) || Array.isArray(found) ? JSON.stringify(found) : String(found);
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

function recordText({ json, value, headers, ...rest }: BusRecord): string {
  const decoder = new TextDecoder();
  const shown = JSON.stringify({ ...rest, headers: headers.map(([name, bytes]) => [name, decoder.decode(bytes)]) });
  return `${shown.slice(0, -1)},"value":${json ?? JSON.stringify(decoder.decode(value as Uint8Array))}}`;
}

function wholeNumber(text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(`Cannot read ${name} as it must be a whole number: got "${text}"`);
}
