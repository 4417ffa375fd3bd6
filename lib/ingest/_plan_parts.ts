import { type CommitPlan, type Field, mergeSchema, type Snapshot } from "../lake/mod.ts";
import { PARTITIONING } from "./_columns.ts";
import type { Fit } from "./_fit.ts";
import { appIdOf, noteIdOf } from "./_position.ts";
import type { SealedPart } from "./_spool.ts";
import type { Counts, WrittenParts } from "./_write_parts.ts";

/** What a commit of parts is made of. */
export interface PartsOfTopic {
  /** Name of the topic, and so of the table. */
  topic: string;
  /** Identity of the topic. */
  incarnation: string;
  /** Whether offsets may be sparse, so that records have to be counted. */
  isSparse: boolean;
  /** Version that the parts continue; null when there is no table yet. */
  read: Snapshot | null;
  /** The parts. */
  parts: readonly SealedPart[];
  /** Their files. */
  written: WrittenParts;
}

/**
 * Plans the commit of parts: their files, and where each partition ends with them.
 *
 * @param of The parts.
 * @returns The plan; null when the table's columns no longer take the files.
 * @throws {Error} When the table is none of a topic.
 */
export function planParts(of: PartsOfTopic): CommitPlan | null {
  const { topic, read, written } = of;
  if (read !== null) checkPartitioning(read);
  const schema = schemaAfter(topic, read, written.fit);
  if (schema === null) return null;
  return {
    read,
    operation: "INGEST",
    ...(read !== null && schema === read.schema ? {} : { schema }),
    partitionColumns: PARTITIONING.map(({ name }) => name),
    add: written.files,
    txns: txnsOf(of),
    info: infoOf(of),
  };
}

function checkPartitioning({ table, partitionColumns }: Snapshot): void {
  const must = PARTITIONING.map(({ name }) => name);
  if (must.join() === partitionColumns.join()) return;
  throw new Error(
    `Cannot ingest "${table}" as its table must be partitioned by ${must.join(" and ")}: it is partitioned by ${
      partitionColumns.join(", ") || "nothing"
    }; publish under another name`,
  );
}

/** The table's columns with the fit's; null when another process has meanwhile given one of them another type. */
function schemaAfter(table: string, read: Snapshot | null, fit: Fit): Field[] | null {
  if (read === null) return [...fit.fields, ...PARTITIONING];
  try {
    return mergeSchema(read.schema, fit.fields, table);
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
}

function txnsOf({ topic, incarnation, isSparse, read, parts, written }: PartsOfTopic): Record<string, number> {
  const positions = parts.map(({ partition, to }) => [appIdOf(topic, incarnation, partition), to]);
  if (!isSparse) return Object.fromEntries(positions);
  const counted = parts.flatMap(({ partition }) =>
    (["records", "duplicates"] as const).map((kind) => {
      const id = noteIdOf(kind, topic, incarnation, partition);
      return [id, (read?.txns.get(id) ?? 0) + written.counts.get(partition)![kind]];
    })
  );
  return Object.fromEntries([...positions, ...counted]);
}

function infoOf({ parts, written: { counts } }: PartsOfTopic): Record<string, unknown> {
  const sum = (of: keyof Counts) => [...counts.values()].reduce((all, each) => all + each[of], 0);
  const records = sum("records"), rejected = sum("rejected"), duplicates = sum("duplicates");
  const ends = Object.fromEntries(parts.map(({ partition, from, to }) => [partition, [from, to]]));
  return { records, rows: records - rejected - duplicates, rejected, duplicates, ends };
}
