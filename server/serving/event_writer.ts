import { type Bus, JsonText, partitionOf } from "../../lib/bus/mod.ts";
import { type CloudEvent, messageOf } from "../../lib/events/mod.ts";
import { type Lane, openLane } from "./lane.ts";

/** Writes events to the bus in batches, off the path of the request that caused them. */
export interface EventWriter extends AsyncDisposable {
  /** Takes an event of about so many bytes; false when it is dropped because too much waits. */
  write(topic: string, event: CloudEvent, bytes: number): boolean;
  /** Takes an event; resolves when it is durable, rejects when the bus refused it or is away. */
  writeDurable(topic: string, event: CloudEvent, bytes: number): Promise<void>;
  /** What waits, what was lost, and what the bus said last when it failed. */
  stats(): { waitingBytes: number; dropped: number; failing: string | null };
}

/** What an event writer writes to. */
export interface EventWriterOptions {
  /** The bus. */
  bus: Pick<Bus, "append" | "topics" | "createTopic">;
  /** Topics that will be written; those missing are made with one partition. */
  topics: readonly string[];
  /** Told of each event that was lost. */
  onLost: (topic: string, error: Error) => void;
  /** Most bytes that may wait. @default 64 MiB */
  maxWaitingBytes?: number;
  /** Milliseconds that closing waits for the bus. @default 10_000 */
  closeMs?: number;
}

/**
 * Opens an event writer.
 *
 * @param options bus, topics and limits
 * @returns the writer; closing it writes what waits
 */
export async function openEventWriter(
  { bus, topics, onLost, maxWaitingBytes = 64 * 1024 * 1024, closeMs = 10_000 }: EventWriterOptions,
): Promise<EventWriter> {
  const closing = new AbortController();
  const lanes = await openLanes(bus, topics, closing.signal);
  let waitingBytes = 0, dropped = 0, failing: string | null = null;
  const put = (topic: string, event: CloudEvent, bytes: number, told: ((error: Error | null) => void) | null) => {
    if (waitingBytes + bytes > maxWaitingBytes) {
      dropped++;
      return false;
    }
    waitingBytes += bytes;
    const { value, ...place } = messageOf(event);
    // Objects that wait are copied by the garbage collector again and again, a text once.
    const message = { ...place, value: JsonText.of(value) };
    laneOf(lanes, topic, message.key).put({
      message,
      bytes,
      urgent: told !== null,
      settle(error, lost) {
        failing = error?.message ?? null;
        if (error === null || lost) waitingBytes -= bytes;
        if (lost) dropped++;
        if (lost) onLost(topic, error!);
        told?.(error);
      },
    });
    return true;
  };
  return {
    write: (topic, event, bytes) => put(topic, event, bytes, null),
    writeDurable: (topic, event, bytes) =>
      new Promise((resolve, reject) => {
        const full = () => new Error(`Cannot write to topic "${topic}" as ${maxWaitingBytes} bytes wait already`);
        if (!put(topic, event, bytes, (error) => error === null ? resolve() : reject(error))) reject(full());
      }),
    stats: () => ({ waitingBytes, dropped, failing }),
    async [Symbol.asyncDispose]() {
      const deadline = setTimeout(() => closing.abort(), closeMs);
      await Promise.all([...lanes.values()].flat().map((lane) => lane.drain()));
      clearTimeout(deadline);
    },
  };
}

async function openLanes(
  bus: EventWriterOptions["bus"],
  topics: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Lane[]>> {
  const known = new Map((await bus.topics()).map((info) => [info.topic, info]));
  const producer = crypto.randomUUID();
  const lanes = new Map<string, Lane[]>();
  for (const topic of topics) {
    const { partitions } = known.get(topic) ?? await bus.createTopic(topic);
    const open = (_: unknown, partition: number) =>
      openLane({ producer, signal, append: (messages, from) => bus.append(topic, partition, messages, from) });
    lanes.set(topic, Array.from({ length: partitions }, open));
  }
  return lanes;
}

function laneOf(lanes: Map<string, Lane[]>, topic: string, key: string | null): Lane {
  const all = lanes.get(topic);
  if (all === undefined) throw new RangeError(`Cannot write to topic "${topic}" as the writer was not opened for it`);
  return all[key === null || all.length === 1 ? 0 : partitionOf(key, all.length)]!;
}
