import { checkCount, checkGroup, checkPartitions, checkProducer, checkTopic } from "./_check.ts";
import { type AppendCommand, charsOf, type WriterSettings } from "./_command.ts";
import { watchReserve } from "./disk_reserve.ts";
import { chunksOf, encodeMessage } from "./_encode.ts";
import { explain } from "./_explain.ts";
import { sqliteGuarantees } from "./_sqlite_guarantees.ts";
import { readRange } from "./_read.ts";
import { openReading, type Reader } from "./_reader.ts";
import { closedError, openThread, type Thread } from "./_thread.ts";
import { freeBytes } from "../config/mod.ts";
import type { Appended, Bus, Message, Producer, TopicInfo } from "./bus.ts";
import { partitionOf } from "./partition.ts";

/** How long the embedded bus waits, in milliseconds, and what it leaves free. */
export interface SqliteOptions {
  /** For a lock of another process. */
  lockWaitMs: number;
  /** Between two looks for new commits. */
  pollMs: number;
  /** Bytes of its disk. */
  reserveBytes: number;
}

type Writing = Pick<Bus, "createTopic" | "append" | "publish" | "commit" | "truncate">;
type Reading = Pick<Bus, "topics" | "read" | "positions" | "lastSequence" | "offsetAt" | "committed">;

/**
 * Opens the embedded bus: one SQLite database, written on a thread of its own, read on the caller's.
 *
 * @param dir Absolute folder; made when missing.
 * @param options How long it waits, and what it leaves free.
 * @returns The bus.
 * @throws {Error} When the folder or its file cannot be opened.
 */
export async function openSqliteBus(dir: string, options: SqliteOptions): Promise<Bus> {
  const thread = await openThread(dir, options.lockWaitMs);
  const reading = openReading(dir, options.lockWaitMs);
  let isClosed = false;

  function reader(): Reader {
    if (isClosed) throw closedError(dir);
    return reading;
  }

  return {
    url: `sqlite:${dir}`,
    dedupes: true,
    async guarantees() {
      const [settings] = await thread.send([{ op: "settings" }]);
      return sqliteGuarantees(dir, settings as WriterSettings, options.reserveBytes);
    },
    join: () => Promise.resolve({ owns: () => true, [Symbol.asyncDispose]: () => Promise.resolve() }),
    ...writingOf(thread, topicFinder(reader), reserveOf(dir, reader, options.reserveBytes)),
    ...readingOf(dir, reader, options.pollMs),
    async [Symbol.asyncDispose]() {
      if (!isClosed) reading[Symbol.dispose]();
      isClosed = true;
      await thread[Symbol.asyncDispose]();
    },
  };
}

/** A topic never changes once it is there, so what was read once still holds. */
function topicFinder(reader: () => Reader): (verb: string, topic: string) => TopicInfo {
  const known = new Map<string, TopicInfo>();
  return (verb, topic) => {
    const info = known.get(topic) ?? reader().topic(verb, topic);
    known.set(topic, info);
    return info;
  };
}

function reserveOf(dir: string, reader: () => Reader, reserveBytes: number): (topic: string, bytes: number) => void {
  return watchReserve({
    dir,
    reserveBytes,
    availableBytes: () => freeBytes(dir) + reader().freedBytes(),
    nowMs: () => performance.now(),
  });
}

function writingOf(
  thread: Thread,
  topicOf: (verb: string, topic: string) => TopicInfo,
  checkReserve: (topic: string, bytes: number) => void,
): Writing {
  let turn = 0;
  const append = async (commands: AppendCommand[]): Promise<Appended[]> => {
    if (commands.length > 0) checkReserve(commands[0]!.topic, commands.reduce((sum, one) => sum + charsOf(one), 0));
    return await thread.send(commands) as Appended[];
  };
  return {
    async createTopic(topic, { partitions } = {}) {
      checkTopic(topic);
      if (partitions !== undefined) checkPartitions(topic, partitions);
      const [info] = await thread.send([{ op: "create", topic, partitions: partitions ?? null }]);
      return info as TopicInfo;
    },
    async append(topic, partition, messages, producer) {
      if (producer) checkProducer(topic, producer);
      const lines = messages.map((message, index) => encodeMessage(topic, message, index));
      const [appended] = await append([toCommand(topic, partition, lines, producer)]);
      return appended!;
    },
    async publish(topic, messages) {
      const { partitions } = topicOf(`publish to "${topic}"`, topic);
      const shares = shareOut(topic, messages, partitions, () => turn++ % partitions);
      const commands = shares.map((lines, partition) => toCommand(topic, partition, lines));
      return await append(commands.filter(({ chunks }) => chunks.length > 0));
    },
    async commit(group, topic, partition, offset) {
      checkGroup(group);
      checkCount(`commit "${topic}"`, "offset", offset);
      await thread.send([{ op: "commit", group, topic, partition, offset }]);
    },
    async truncate(topic, partition, before) {
      checkCount(`truncate "${topic}"`, "offset", before);
      await thread.send([{ op: "truncate", topic, partition, before }]);
    },
  };
}

function readingOf(dir: string, reader: () => Reader, pollMs: number): Reading {
  // deno-lint-ignore require-await -- what is read at once is still a promise by the contract
  async function read<T>(verb: string, action: (reader: Reader) => T): Promise<T> {
    try {
      return action(reader());
    } catch (cause) {
      throw explain(verb, dir, cause);
    }
  }

  return {
    topics: () => read("list topics", (reader) => reader.topics()),
    read: (topic, partition, from, options = {}) => readRange(reader, { ...options, topic, partition, from }, pollMs),
    positions: (topic) => read(`read "${topic}"`, (reader) => reader.positions(topic)),
    lastSequence: (topic, partition, producerId) =>
      read(`read "${topic}"`, (reader) => reader.lastSequence(topic, partition, producerId)),
    offsetAt: (topic, partition, busTimeMicros) =>
      read(`read "${topic}"`, (reader) => reader.offsetAt(topic, partition, busTimeMicros)),
    committed: (group, topic) => read(`read "${topic}"`, (reader) => reader.committed(group, topic)),
  };
}

function toCommand(topic: string, partition: number, lines: readonly string[], producer?: Producer): AppendCommand {
  return { op: "append", topic, partition, chunks: chunksOf(lines), producer: producer ?? null };
}

/** Encodes each message once and puts it to the lines of its partition. */
function shareOut(topic: string, messages: readonly Message[], partitions: number, nextTurn: () => number): string[][] {
  const shares = Array.from({ length: partitions }, (): string[] => []);
  const partitionByKey = new Map<string, number>();
  for (const [index, message] of messages.entries()) {
    const line = encodeMessage(topic, message, index);
    shares[message.key === null ? nextTurn() : recall(partitionByKey, message.key, partitions)]!.push(line);
  }
  return shares;
}

/** Keys repeat within a batch, and a look-up costs a tenth of the hash. */
function recall(partitionByKey: Map<string, number>, key: string, partitions: number): number {
  const partition = partitionByKey.get(key) ?? partitionOf(key, partitions);
  partitionByKey.set(key, partition);
  return partition;
}
