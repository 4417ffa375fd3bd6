import { type Bus, checkTopic, type Message } from "../../lib/bus/mod.ts";
import { RESERVED_TOPICS } from "../../lib/events/mod.ts";
import { checkTopicTable } from "../../lib/lake/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { gather } from "./gather.ts";
import { BadLine, type Line, readMessages } from "./ndjson_messages.ts";
import { openProgress, type Progress } from "./progress.ts";
import { withWorkbench } from "./with_workbench.ts";

const BATCH = 1000;
const HOLD_MS = 500; // a line that came waits for others so long at most

/** Publishes newline-delimited JSON: whole CloudEvents, or any JSON document as a plain record. */
export const busPublish = withWorkbench(async (workbench, { args, options }) => {
  const [topic, file = "-"] = args as [string, string | undefined];
  await checkTarget(workbench, topic);
  const source = await openSource(file);
  using bar = openProgress(source.name, source.bytes);
  const lines = readMessages(watched(source.stream, bar), options.key as string | undefined);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
  const records = await publishAll(await workbench.bus(), topic, source.name, lines, stop.signal);
  return { json: { topic, records }, text: `${recordsAre(records)} durable on topic "${topic}"` };
});

async function checkTarget(workbench: Workbench, topic: string): Promise<void> {
  if (RESERVED_TOPICS.includes(topic)) {
    throw new RangeError(`Cannot publish to "${topic}" as the topic is reserved: only the workbench writes it`);
  }
  checkTopic(topic);
  await checkTopicTable(await workbench.store(), topic);
}

interface Source {
  name: string;
  bytes: number;
  stream: ReadableStream<Uint8Array>;
}

async function openSource(file: string): Promise<Source> {
  if (file === "-") return { name: "standard input", bytes: 0, stream: Deno.stdin.readable };
  try {
    const { isDirectory, size } = await Deno.stat(file);
    if (isDirectory) throw new TypeError("it is a folder");
    return { name: file, bytes: size, stream: (await Deno.open(file)).readable };
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "there is none; check the path" : (cause as Error).message;
    throw new Error(`Cannot publish "${file}" as it must be a file that can be read: ${found}`, { cause });
  }
}

async function* watched(stream: ReadableStream<Uint8Array>, bar: Progress): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream) {
    yield chunk;
    bar.update(bytes += chunk.length);
  }
}

/** Publishes in batches up to the first bad line; whatever goes wrong, the error tells what is durable by then. */
async function publishAll(
  bus: Bus,
  topic: string,
  name: string,
  lines: AsyncIterable<Line>,
  signal: AbortSignal,
): Promise<number> {
  let records = 0, isThere = false;
  try {
    for await (const batch of gather(lines, { count: BATCH, holdMs: HOLD_MS, signal })) {
      if (!isThere) await bus.createTopic(topic, { partitions: await partitionsOf(bus, topic) });
      isThere = true;
      await publishBatch(bus, topic, batch, (count) => records += count);
    }
  } catch (cause) {
    throw stopped(cause, name, topic, records);
  }
  return records;
}

async function publishBatch(bus: Bus, topic: string, batch: readonly Line[], onDurable: (count: number) => void) {
  if (batch.length === 0) return;
  try {
    await bus.publish(topic, batch.map(({ message }): Message => message));
    onDurable(batch.length);
  } catch (cause) {
    const refused = refusedLine(cause, batch);
    if (!refused) throw cause;
    await publishBatch(bus, topic, batch.slice(0, refused.index), onDurable);
    throw refused.bad;
  }
}

/** The bus refuses a whole call for the sake of one record, and names its place in the call. */
function refusedLine(cause: unknown, batch: readonly Line[]): { index: number; bad: BadLine } | null {
  if (!(cause instanceof RangeError || cause instanceof TypeError)) return null;
  const [, place, rule] = / as record (\d+) (must .*)$/s.exec(cause.message) ?? [];
  const line = batch[Number(place)];
  return line ? { index: Number(place), bad: new BadLine(line.number, `its record ${rule}`, { cause }) } : null;
}

function stopped(cause: unknown, name: string, topic: string, records: number): Error {
  if (cause instanceof BadLine) {
    const before = records === 0 ? "nothing was published" : `${recordsAre(records)} durable, nothing after them`;
    return new SyntaxError(`Cannot publish ${name}:${cause.line} as ${cause.message}; ${before}`, { cause });
  }
  const found = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${found}; of ${name} at least ${recordsAre(records)} durable on topic "${topic}"`, { cause });
}

function recordsAre(count: number): string {
  return count === 1 ? "1 record is" : `${count} records are`;
}

async function partitionsOf(bus: Bus, topic: string): Promise<number> {
  return (await bus.topics()).find((info) => info.topic === topic)?.partitions ?? 1;
}
