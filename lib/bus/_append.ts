import type { DatabaseSync } from "node:sqlite";
import type { AppendCommand } from "./_command.ts";
import { encodeFrame } from "./_frame.ts";
import { partitionFinder } from "./_partition.ts";
import type { Appended } from "./bus.ts";

/**
 * Prepares the append of messages, to be run inside a transaction.
 *
 * @param database Connection for writing.
 * @returns A function that appends; when it throws a RangeError it has written nothing.
 */
export function appender(database: DatabaseSync): (command: AppendCommand) => Appended {
  const find = partitionFinder(database);
  const known = sequences(database);
  const insert = database.prepare("insert into batch (partition, base, count, time, frame) values (?, ?, ?, ?, ?)");
  const advance = database.prepare("update partition set next = ?, time = ? where id = ?");

  return (command) => {
    const at = find(`append to "${command.topic}"`, command.topic, command.partition);
    const total = command.chunks.reduce((sum, { count }) => sum + count, 0);
    const duplicates = command.producer === null ? 0 : Math.min(total, known.countDuplicates(at.id, command));
    const appended = { partition: command.partition, baseOffset: at.next, count: total - duplicates, duplicates };
    if (appended.count === 0) return { ...appended, busTimeMicros: at.time };

    const busTimeMicros = Math.max(Date.now() * 1000, at.time);
    let next = at.next;
    for (const { lines, sequence } of newLines(command, duplicates)) {
      const producer = command.producer && { id: command.producer.id, sequence };
      const frame = encodeFrame(lines, { baseOffset: next, busTimeMicros, producer });
      insert.run(at.id, next, lines.length, busTimeMicros, frame);
      next += lines.length;
    }
    advance.run(next, busTimeMicros, at.id);
    if (command.producer) known.store(at.id, command.producer.id, command.producer.sequence + total - 1);
    return { ...appended, busTimeMicros };
  };
}

/** Yields the lines of each chunk without the first `duplicates` of all; those that remain have `sequence` at the first. */
function* newLines(command: AppendCommand, duplicates: number): Generator<{ lines: string[]; sequence: number }> {
  let passed = 0;
  for (const { text, count } of command.chunks) {
    const skipped = Math.min(Math.max(duplicates - passed, 0), count);
    if (skipped < count) {
      const lines = text.split("\n");
      yield {
        lines: skipped === 0 ? lines : lines.slice(skipped),
        sequence: (command.producer?.sequence ?? 0) + passed + skipped,
      };
    }
    passed += count;
  }
}

function sequences(database: DatabaseSync) {
  const last = database.prepare("select sequence from producer where partition = ? and id = ?");
  const upsert = database.prepare(
    "insert into producer values (?, ?, ?) on conflict (partition, id) do update set sequence = excluded.sequence",
  );
  return {
    /** How many messages from the first are there already; an append may continue what is there, never leave a gap. */
    countDuplicates(partition: number, { topic, producer }: AppendCommand): number {
      const { id, sequence } = producer!;
      const row = last.get(partition, id) as { sequence: number } | undefined;
      const expected = (row?.sequence ?? -1) + 1;
      if (sequence <= expected) return expected - sequence;
      throw new RangeError(
        `Cannot append to "${topic}" as the next sequence of producer "${id}" must be ${expected}: got ${sequence}; ` +
          `resume after lastSequence`,
      );
    },
    store: (partition: number, id: string, sequence: number): unknown => upsert.run(partition, id, sequence),
  };
}
