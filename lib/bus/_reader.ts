import type { Position, TopicInfo } from "./bus.ts";
import { openReader } from "./_database.ts";
import { explain } from "./_explain.ts";
import { partitionFinder, type PartitionRow } from "./_partition.ts";
import { unknownTopic } from "./_refusals.ts";

const PAGE_BATCHES = 256; // read at once, in one snapshot: the reader's thread is held for a few milliseconds
const PAGE_BYTES = 4 * 1024 * 1024; // of frames that are read at once

/** A stored batch. */
export interface BatchRow {
  /** Offset of its first record. */
  base: number;
  /** Records in its frame. */
  count: number;
  /** Bus time, microseconds since 1970. */
  time: number;
  /** Zstandard frame of NDJSON. */
  frame: Uint8Array;
}

/** The reading side of an embedded bus, on a connection of its own: it sees durable commits only. */
export interface Reader extends Disposable {
  /** Finds a topic; throws RangeError when there is none. */
  topic(verb: string, name: string): TopicInfo;
  /** Lists the topics by name. */
  topics(): TopicInfo[];
  /** Tells the offsets of each partition. */
  positions(topic: string): Position[];
  /** Tells a producer's last sequence. */
  lastSequence(topic: string, partition: number, producerId: string): number | null;
  /** Finds the first kept offset at or after a bus time. */
  offsetAt(topic: string, partition: number, busTimeMicros: number): number;
  /** Tells a group's committed offsets. */
  committed(group: string, topic: string): Map<number, number>;
  /** Reads some batches from an offset on, with what the partition held at that moment. */
  page(topic: string, partition: number, from: number): { at: PartitionRow; batches: BatchRow[] };
  /** Space within the file that appends use before it grows. */
  freedBytes(): number;
  /** A number that changes whenever another connection has committed. */
  version(): number;
}

/**
 * Opens the reading side of an embedded bus.
 *
 * @param dir Folder of a bus that is open for writing.
 * @param lockWaitMs How long a recovery by another process is waited for.
 * @returns The reader.
 */
export function openReading(dir: string, lockWaitMs: number): Reader {
  const database = openReader(dir, lockWaitMs);
  const partition = partitionFinder(database);
  const topicByName = database.prepare("select name as topic, incarnation, partitions from topic where name = ?");
  const allTopics = database.prepare("select name as topic, incarnation, partitions from topic order by name");
  const allPositions = database.prepare(
    `select number as partition, low, next as high from partition join topic on topic.id = partition.topic
     where topic.name = ? order by number`,
  );
  const sequence = database.prepare("select sequence from producer where partition = ? and id = ?");
  const atTime = database.prepare(
    "select base from batch where partition = ? and time >= ? order by time, base limit 1",
  );
  const commits = database.prepare(
    `select number, committed.next from committed join partition on partition.id = committed.partition
     join topic on topic.id = partition.topic where "group" = ? and topic.name = ? order by number`,
  );
  const sizes = database.prepare(
    `select base, length(frame) as bytes from batch where partition = ?1 and base >=
       coalesce((select max(base) from batch where partition = ?1 and base <= ?2), ?2)
     order by base limit ${PAGE_BATCHES}`,
  );
  const between = database.prepare(
    "select base, count, time, frame from batch where partition = ? and base between ? and ? order by base",
  );
  const freed = database.prepare(
    "select freelist_count * page_size as bytes from pragma_freelist_count, pragma_page_size",
  );
  const dataVersion = database.prepare("pragma data_version");

  function topic(verb: string, name: string): TopicInfo {
    const found = topicByName.get(name) as TopicInfo | undefined;
    if (!found) throw unknownTopic(verb, name);
    return { ...found };
  }

  return {
    topic,
    topics: () => allTopics.all().map((row) => ({ ...row as unknown as TopicInfo })),
    positions(name) {
      topic(`read "${name}"`, name);
      return allPositions.all(name).map((row) => ({ ...row as unknown as Position }));
    },
    lastSequence(name, number, producerId) {
      const { id } = partition(`read "${name}"`, name, number);
      return (sequence.get(id, producerId) as { sequence: number } | undefined)?.sequence ?? null;
    },
    offsetAt(name, number, busTimeMicros) {
      const at = partition(`read "${name}"`, name, number);
      const row = atTime.get(at.id, busTimeMicros) as { base: number } | undefined;
      return Math.max(row?.base ?? at.next, at.low);
    },
    committed(group, name) {
      topic(`read "${name}"`, name);
      const rows = commits.all(group, name) as unknown as { number: number; next: number }[];
      return new Map(rows.map(({ number, next }) => [number, next]));
    },
    page(name, number, from) {
      const verb = `read "${name}"`;
      // One snapshot: a truncation between the two reads would look like a gap.
      database.exec("begin");
      try {
        const at = partition(verb, name, number);
        const [first, last] = pageOf(sizes.all(at.id, from) as unknown as { base: number; bytes: number }[]);
        return { at, batches: between.all(at.id, first, last) as unknown as BatchRow[] };
      } catch (cause) {
        throw explain(verb, dir, cause);
      } finally {
        database.exec("commit");
      }
    },
    freedBytes: () => (freed.get() as { bytes: number }).bytes,
    version: () => (dataVersion.get() as { data_version: number }).data_version,
    [Symbol.dispose]: () => database.close(),
  };
}

/** The first and last base of a page. Statements are read by all(): iterate() ends early, without an error, where one fails. */
function pageOf(sizes: readonly { base: number; bytes: number }[]): [number, number] {
  let bytes = 0;
  const last = sizes.find((size) => (bytes += size.bytes) >= PAGE_BYTES) ?? sizes.at(-1);
  return [sizes[0]?.base ?? 0, last?.base ?? -1];
}
