import {
  commit,
  type CommitOutcome,
  type Field,
  type LiveFile,
  mergeSchema,
  readSnapshot,
  type Snapshot,
} from "../lake/mod.ts";
import { PARTITIONING } from "./_columns.ts";
import { compileFit, type Fit } from "./_fit.ts";
import type { SealedPart, SpoolFile } from "./_spool.ts";
import { type Target, writeDay } from "./_write_day.ts";
import type { TopicSchema } from "./topic_schema.ts";

/** A topic on its way into its table. */
export interface Source {
  /** Its identity on the bus. */
  incarnation: string;
  /** What its events must look like; null takes any text. */
  schema: TopicSchema | null;
}

/** Parts that are in the lake now. */
export interface CommittedParts {
  /** The parts; those that another process committed first are not among them. */
  parts: SealedPart[];
  /** Records that do not fit, by partition. */
  rejected: Map<number, number>;
  /** The version that holds them. */
  snapshot: Snapshot;
}

/**
 * Names the application under which a partition's position stands in the table.
 *
 * @param topic Name of the topic, and so of the table.
 * @param incarnation Identity of the topic.
 * @param partition The partition.
 * @returns The `appId` of its `txn` action.
 */
export function appIdOf(topic: string, incarnation: string, partition: number): string {
  return `${topic}/${incarnation}/${partition}`;
}

/**
 * Writes parts as Parquet and commits them at once, each only if the lake ends where it begins: of any number of
 * processes that read the same records, one wins, and the others drop what it has committed.
 *
 * @param target Where they go.
 * @param source The topic.
 * @param parts Sealed parts, at most one per partition.
 * @returns What was committed; null when others were faster with every part.
 * @throws {Error} When the store cannot be written, or a record would get lost.
 */
export async function commitParts(
  target: Target,
  source: Source,
  parts: readonly SealedPart[],
): Promise<CommittedParts | null> {
  let read = await readSnapshot(target.store, target.table);
  for (;;) {
    const live = parts.filter((part) => continues(target, source, read, part));
    if (live.length === 0) return null;
    const fit = compileFit(source.schema, read?.schema);
    const { files, rejected } = await writeParts(target, fit, live);
    const outcome = await commitFiles(target, source, live, read, fit, files);
    if ("version" in outcome) return { parts: live, rejected, snapshot: outcome.snapshot };
    for (const { path } of files) await target.store.delete(`tables/${target.table}/${path}`);
    read = outcome.conflict;
  }
}

/** Tries until the commit wins, or the files are of no use any more. */
async function commitFiles(
  target: Target,
  source: Source,
  live: readonly SealedPart[],
  from: Snapshot | null,
  fit: Fit,
  files: readonly LiveFile[],
): Promise<CommitOutcome> {
  let read = from;
  for (;;) {
    const schema = schemaAfter(target.table, read, fit);
    if (schema === null) return { conflict: read! };
    const outcome = await commit(target.store, target.table, {
      read,
      operation: "INGEST",
      ...(read !== null && schema === read.schema ? {} : { schema }),
      partitionColumns: PARTITIONING.map(({ name }) => name),
      add: files,
      txns: Object.fromEntries(
        live.map(({ partition, to }) => [appIdOf(target.table, source.incarnation, partition), to]),
      ),
      info: countsOf(live, files),
    });
    if ("version" in outcome) return outcome;
    read = outcome.conflict;
    if (!live.every((part) => continues(target, source, read, part))) return outcome;
  }
}

async function writeParts(target: Target, fit: Fit, parts: readonly SealedPart[]) {
  const days = Map.groupBy(parts.flatMap(({ files }) => files), ({ day }) => day);
  const files: LiveFile[] = [];
  const rejected = new Map<number, number>();
  for (const [day, ofDay] of [...days].sort(([a], [b]) => a < b ? -1 : 1)) {
    const written = await writeDay(target, fit, day, byPartition(ofDay));
    files.push(...written.files);
    for (const [partition, count] of written.rejected) {
      rejected.set(partition, (rejected.get(partition) ?? 0) + count);
    }
  }
  return { files, rejected };
}

function byPartition(files: readonly SpoolFile[]): SpoolFile[] {
  return [...files].sort((a, b) => a.partition - b.partition || a.from - b.from);
}

function continues({ table }: Target, { incarnation }: Source, read: Snapshot | null, part: SealedPart): boolean {
  return (read?.txns.get(appIdOf(table, incarnation, part.partition)) ?? 0) === part.from;
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

function countsOf(parts: readonly SealedPart[], files: readonly LiveFile[]) {
  const rowsOf = (fit: string) =>
    files.reduce((sum, { rows, partition }) => sum + (partition.fit === fit ? rows ?? 0 : 0), 0);
  const ends = Object.fromEntries(parts.map(({ partition, from, to }) => [partition, [from, to]]));
  return {
    records: rowsOf("true") + rowsOf("false"),
    rows: rowsOf("true"),
    rejected: rowsOf("false"),
    duplicates: 0,
    ends,
  };
}
