import { type LiveFile, quoteText, type Snapshot, type SqlConnection } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { findRepeats, type Numbered, REPEAT_MICROS, type Seen, type SeenByProducer } from "./_repeats.ts";
import { framesSource } from "./_source.ts";
import type { SealedPart } from "./_spool.ts";

/** Where numbered records are looked up. */
export interface SeenSource {
  /** DuckDB connection. */
  connection: SqlConnection;
  /** The store that holds the lake. */
  store: Store;
  /** Folder of the table in the store. */
  root: string;
  /** Version of the table that the part continues; null when there is none yet. */
  read: Snapshot | null;
}

/** What a producer has sent in a part. */
interface Sent extends Seen {
  producer: string;
  first: number;
  isOrdered: boolean;
}

/**
 * Finds the records of a part that their producers have sent before, within an hour of bus time.
 *
 * @param source Where to look.
 * @param part The part.
 * @param before The producers as they are known where the part begins; null to look them up in the lake.
 * @returns Offsets of the repeats, ascending; and the producers as they are known where the part ends, null when
 * nothing was looked up.
 */
export async function repeatsIn(
  source: SeenSource,
  part: SealedPart,
  before: SeenByProducer | null,
): Promise<{ repeats: number[]; seen: SeenByProducer | null }> {
  if (part.files.length === 0) return { repeats: [], seen: before };
  const { since, sent } = await sentIn(source.connection, part);
  if (sent.length === 0) return { repeats: [], seen: before };
  const known = before ?? await seenInLake(source, part, since - REPEAT_MICROS);
  const doubtful = sent.filter(({ producer, first, isOrdered }) =>
    !isOrdered || first <= (known.get(producer)?.sequence ?? -1)
  );
  const found = findRepeats(known, await numberedIn(source.connection, part, doubtful.map(({ producer }) => producer)));
  const seen = new Map(found.seen);
  for (const { producer, sequence, busTimeMicros } of sent) {
    if (!doubtful.some((each) => each.producer === producer)) seen.set(producer, { sequence, busTimeMicros });
  }
  for (const [producer, { busTimeMicros }] of seen) {
    if (busTimeMicros < since - REPEAT_MICROS) seen.delete(producer);
  }
  return { repeats: found.repeats, seen };
}

async function sentIn(connection: SqlConnection, { files }: SealedPart): Promise<{ since: number; sent: Sent[] }> {
  const numbered =
    `SELECT p, s, o, m, lag(s) OVER (PARTITION BY p ORDER BY o) AS former FROM (${framesSource(files)}) ` +
    `WHERE p IS NOT NULL AND s IS NOT NULL`;
  const rows = await rowsOf<[string, number, number, number, number, boolean]>(
    connection,
    `SELECT p, arg_min(s, o)::DOUBLE, arg_max(s, o)::DOUBLE, arg_max(m, o)::DOUBLE, min(m)::DOUBLE,
      NOT coalesce(bool_or(s <= former), false) FROM (${numbered}) GROUP BY p`,
  );
  return {
    since: Math.min(...rows.map(([, , , , least]) => least)),
    sent: rows.map(([producer, first, sequence, busTimeMicros, , isOrdered]) => ({
      producer,
      first,
      sequence,
      busTimeMicros,
      isOrdered,
    })),
  };
}

async function numberedIn(
  connection: SqlConnection,
  { files }: SealedPart,
  producers: readonly string[],
): Promise<Numbered[]> {
  if (producers.length === 0) return [];
  const rows = await rowsOf<[string, number, number, number]>(
    connection,
    `SELECT p, s::DOUBLE, o::DOUBLE, m::DOUBLE FROM (${framesSource(files)}) WHERE s IS NOT NULL AND p IN (${
      producers.map(quoteText).join(", ")
    }) ORDER BY o`,
  );
  return rows.map(([producer, sequence, offset, busTimeMicros]) => ({ producer, sequence, offset, busTimeMicros }));
}

/** Looks the producers of a partition up in the lake, as a process has to that takes it over. */
async function seenInLake(
  { connection, store, root, read }: SeenSource,
  { partition, from }: SealedPart,
  sinceMicros: number,
): Promise<SeenByProducer> {
  const files = (read?.files ?? []).filter((file) => mayReach(file, sinceMicros));
  if (files.length === 0) return new Map();
  await using held = await store.hold(files.map(({ path }) => `${root}/${path}`));
  const rows = await rowsOf<[string, number, number]>(
    connection,
    `SELECT _producer, arg_max(_sequence, _offset)::DOUBLE, epoch_us(arg_max(_bus_time, _offset))::DOUBLE
      FROM read_parquet([${held.files.map(quoteText).join(", ")}], hive_partitioning=false)
      WHERE _partition = ${partition} AND _offset < ${from} AND _producer IS NOT NULL AND _sequence IS NOT NULL
      AND _bus_time >= make_timestamptz(${sinceMicros}) GROUP BY _producer`,
  );
  return new Map(rows.map(([producer, sequence, busTimeMicros]) => [producer, { sequence, busTimeMicros }]));
}

const DAY_MS = 86_400_000;

/** Leaves out files whose day, or whose newest record by its statistics, is older. */
function mayReach({ partition, stats }: LiveFile, sinceMicros: number): boolean {
  const dayEnds = Date.parse(`${partition.day}T00:00:00Z`) + DAY_MS;
  if (dayEnds * 1000 <= sinceMicros) return false;
  const newest = stats === null ? undefined : /"maxValues":\{[^]*?"_bus_time":"([^"]+)"/.exec(stats)?.[1];
  const newestMs = newest === undefined ? NaN : Date.parse(newest); // to the millisecond below
  return !(newestMs * 1000 + 1000 < sinceMicros);
}

async function rowsOf<T>(connection: SqlConnection, sql: string): Promise<T[]> {
  return (await connection.runAndReadAll(sql)).getRows() as T[];
}
