import type { Bus, Position } from "../bus/mod.ts";
import { type LiveFile, readSnapshot, type Snapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { committedOf, type Note, noteIdOf } from "./_position.ts";

/** Counts of one topic; nothing is missing when `bus` is the sum of the others. */
export interface Completeness {
  /** Records that the bus took, truncated ones included, without those that a person has gone on without. */
  bus: number;
  /** Rows of the lake that fit. */
  lake: number;
  /** Rows of the lake that do not fit. */
  rejected: number;
  /** Records that ingest left out because a producer had sent them twice. */
  duplicates: number;
}

/**
 * Compares what the bus took with what the lake has. Where offsets are sparse, the bus's records are those that commits
 * have counted when they were read, and those behind, which are read now; rows are always counted by the files.
 *
 * @param bus The bus.
 * @param store The store that holds the lake.
 * @param topic Name of the topic.
 * @returns The counts.
 * @throws {RangeError} When there is no such topic.
 * @throws {Error} When a file in the lake does not tell its rows.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { completenessOf } from "./completeness.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await bus.createTopic("notes");
 * console.assert((await completenessOf(bus, await openStore({ kind: "directory", dir }), "notes")).bus === 0);
 * ```
 */
export async function completenessOf(bus: Bus, store: Store, topic: string): Promise<Completeness> {
  const read = await readSnapshot(store, topic); // before the bus, which only grows
  const positions = await bus.positions(topic);
  const incarnation = (await bus.topics()).find((info) => info.topic === topic)?.incarnation ?? "";
  const counted = (kind: Note) =>
    sumOf(positions, ({ partition }) => read?.txns.get(noteIdOf(kind, topic, incarnation, partition)) ?? 0);
  return {
    bus: bus.dedupes
      ? sumOf(positions, ({ high }) => high) - counted("missing")
      : counted("records") + await waiting(bus, read, topic, incarnation, positions),
    lake: rowsOf(topic, read?.files ?? [], "true"),
    rejected: rowsOf(topic, read?.files ?? [], "false"),
    duplicates: counted("duplicates"),
  };
}

/** Counts the records that are not in the lake yet, by reading them. */
async function waiting(
  bus: Bus,
  read: Snapshot | null,
  topic: string,
  incarnation: string,
  positions: readonly Position[],
): Promise<number> {
  let count = 0;
  for (const { partition, low, high } of positions) {
    const from = Math.max(low, committedOf(read, topic, incarnation, partition));
    if (from >= high) continue;
    for await (const batch of bus.read(topic, partition, from, { to: high })) {
      count += batch.baseOffset >= from && batch.endOffset <= high ? batch.count : batch.records().length;
    }
  }
  return count;
}

function rowsOf(topic: string, files: readonly LiveFile[], fit: string): number {
  return sumOf(files.filter(({ partition }) => partition.fit === fit), ({ path, rows }) => {
    if (rows !== null) return rows;
    throw new Error(`Cannot count the rows of "${topic}" as each file must tell its own: "${path}" does not`);
  });
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
