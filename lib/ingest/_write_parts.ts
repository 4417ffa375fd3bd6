import type { LiveFile, Snapshot } from "../lake/mod.ts";
import { compileFit, type Fit } from "./_fit.ts";
import type { SeenByProducer } from "./_repeats.ts";
import { repeatsIn } from "./_seen.ts";
import { leaveOut, type SealedPart, type SpoolFile } from "./_spool.ts";
import { type Target, writeDay } from "./_write_day.ts";
import type { TopicSchema } from "./topic_schema.ts";

/** What became of the records of a part. */
export interface Counts {
  /** Records that were read. */
  records: number;
  /** Records that do not fit. */
  rejected: number;
  /** Records that their producers had sent before. */
  duplicates: number;
}

/** Parts as files of the table. */
export interface WrittenParts {
  /** Files that a commit can add. */
  files: LiveFile[];
  /** By what fit they were written. */
  fit: Fit;
  /** By partition. */
  counts: ReadonlyMap<number, Counts>;
}

/** What is known of the producers of partitions, at some offset of each. */
export type SeenCache = Map<string, { at: number; seen: SeenByProducer }>;

/** How parts are written. */
export interface WriteOptions {
  /** Where they go. */
  target: Target;
  /** What the events must look like; null takes any text. */
  schema: TopicSchema | null;
  /** Version that they continue; null when there is no table yet. */
  read: Snapshot | null;
  /** Identity of the topic. */
  incarnation: string;
  /** Keeps what was looked up about producers; null when the bus leaves repeats out itself. */
  seen: SeenCache | null;
}

/**
 * Writes parts as Parquet, one file per day and fit, without what producers have sent twice.
 *
 * @param options How.
 * @param parts Sealed parts, at most one per partition.
 * @returns The files, and what became of the records.
 * @throws {Error} When a record is neither a row nor a repeat.
 */
export async function writeParts(options: WriteOptions, parts: readonly SealedPart[]): Promise<WrittenParts> {
  const { target, schema, read } = options;
  const fit = compileFit(schema, read?.schema);
  const counts = new Map<number, Counts>();
  const spooled: SpoolFile[] = [];
  for (const part of parts) {
    const repeats = options.seen === null ? [] : await repeatsOf(options, options.seen, part);
    counts.set(part.partition, { records: part.count, rejected: 0, duplicates: repeats.length });
    spooled.push(...part.files.map((file) => repeats.length === 0 ? file : leaveOut(file, repeats)));
  }
  const files: LiveFile[] = [];
  for (const [day, ofDay] of [...Map.groupBy(spooled, ({ day }) => day)].sort(([a], [b]) => a < b ? -1 : 1)) {
    const written = await writeDay(target, fit, day, byPartition(ofDay));
    files.push(...written.files);
    for (const [partition, rejected] of written.rejected) {
      const of = counts.get(partition)!;
      counts.set(partition, { ...of, rejected: of.rejected + rejected });
    }
  }
  checkCounts(target.table, files, counts);
  return { files, fit, counts };
}

async function repeatsOf(
  { target, read, incarnation }: WriteOptions,
  cache: SeenCache,
  part: SealedPart,
): Promise<number[]> {
  const { connection, store, table } = target;
  const key = `${table}/${incarnation}/${part.partition}`, cached = cache.get(key);
  const before = cached?.at === part.from ? cached.seen : null;
  const { repeats, seen } = await repeatsIn({ connection, store, root: `tables/${table}`, read }, part, before);
  if (seen !== null) cache.set(key, { at: part.to, seen });
  return repeats;
}

/** Each record that was read is a row, or was left out for a reason that is counted. */
function checkCounts(table: string, files: readonly LiveFile[], counts: ReadonlyMap<number, Counts>): void {
  const rows = files.reduce((sum, file) => sum + (file.rows ?? 0), 0);
  const sum = (of: keyof Counts) => [...counts.values()].reduce((all, each) => all + each[of], 0);
  const records = sum("records"), duplicates = sum("duplicates");
  if (records === rows + duplicates) return;
  throw new Error(
    `Cannot ingest "${table}" as ${records} records must become rows or duplicates: got ${rows} and ${duplicates}`,
  );
}

function byPartition(files: readonly SpoolFile[]): SpoolFile[] {
  return [...files].sort((a, b) => a.partition - b.partition || a.from - b.from);
}
