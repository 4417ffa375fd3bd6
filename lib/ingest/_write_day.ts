import { type LiveFile, quoteText, type SqlConnection, writeParquet } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Fit } from "./_fit.ts";
import { decidedSource } from "./_source.ts";
import { samplesOf, unlessRefused } from "./_judge.ts";
import { countOf, type SpoolFile } from "./_spool.ts";
import { decideRest, type Known, offsetsIn } from "./_undecided.ts";

/** Rows of one day, in Parquet. */
export interface WrittenDay {
  /** At most one file of the records that fit, and one of those that do not. */
  files: LiveFile[];
  /** Records that do not fit, by partition. */
  rejected: Map<number, number>;
}

/** Where the rows go. */
export interface Target {
  /** Name of the table. */
  table: string;
  /** DuckDB connection. */
  connection: SqlConnection;
  /** The store that holds the lake. */
  store: Store;
  /** Absolute folder for files in passing. */
  dir: string;
}

/**
 * Writes the records of one day as Parquet: what SQL accepts in one pass; where that is not all of them, the exact check
 * decides on the others.
 *
 * @param target Where they go.
 * @param fit Fit of the topic.
 * @param day The day, UTC: `2001-05-31`.
 * @param files Files of frames of that day, by partition.
 * @returns The files to commit.
 * @throws {Error} When a record is in none of them.
 */
export async function writeDay(
  target: Target,
  fit: Fit,
  day: string,
  files: readonly SpoolFile[],
): Promise<WrittenDay> {
  const expected = files.reduce((sum, file) => sum + countOf(file), 0);
  const accepted = await writeAccepted(target, fit, day, files);
  if (accepted?.rows === expected) return { files: [accepted], rejected: new Map() };
  const paths = accepted === null ? [] : [`tables/${target.table}/${accepted.path}`];
  await using held = await target.store.hold(paths);
  const [path] = held.files;
  const table = path === undefined ? null : `read_parquet(${quoteText(path)}, hive_partitioning=false)`;
  const known = await offsetsIn(target.connection, table, files);
  const written = await writeRest(target, fit, day, files, known, accepted, table);
  const found = written.files.reduce((sum, { rows }) => sum + (rows ?? 0), 0);
  if (found === expected) return written;
  throw new Error(`Cannot ingest "${target.table}" as ${expected} records must become ${expected} rows: got ${found}`);
}

async function writeAccepted(
  target: Target,
  fit: Fit,
  day: string,
  files: readonly SpoolFile[],
): Promise<LiveFile | null> {
  const judged = fit.judged(files, await samplesOf(files));
  const order = files.some(({ without }) => without.length > 0) ? ORDER : ""; // what leaves them out is a join
  return await unlessRefused(() => write(target, fit, `SELECT * FROM (${judged}) WHERE "fit"${order}`, day, true));
}

async function writeRest(
  target: Target,
  fit: Fit,
  day: string,
  files: readonly SpoolFile[],
  known: Known,
  accepted: LiveFile | null,
  acceptedTable: string | null,
): Promise<WrittenDay> {
  const { path, rows, rejected } = await decideRest(fit, files, known, target.dir);
  try {
    const ofKind = (isFit: boolean) => fit.decided(`SELECT * FROM (${decidedSource(path)}) WHERE "fit" IS ${isFit}`);
    const unfit = rejected.size === 0 ? null : await write(target, fit, ofKind(false), day, false);
    if (rows === 0) return { files: present([accepted, unfit]), rejected };
    const select = acceptedTable === null ? ofKind(true) : inOrder(acceptedTable, ofKind(true));
    const all = await write(target, fit, select, day, true);
    if (accepted !== null) await target.store.delete(`tables/${target.table}/${accepted.path}`);
    return { files: present([all, unfit]), rejected };
  } finally {
    await Deno.remove(path);
  }
}

function inOrder(accepted: string, select: string): string {
  return `SELECT * FROM (SELECT * FROM ${accepted} UNION ALL BY NAME (${select}))${ORDER}`;
}

const ORDER = ' ORDER BY "_partition", "_offset"';

function write(
  { connection, store, table, dir }: Target,
  fit: Fit,
  select: string,
  day: string,
  isFit: boolean,
): Promise<LiveFile | null> {
  return writeParquet(connection, store, {
    table,
    select,
    schema: fit.fields,
    partition: { day, fit: String(isFit) },
    dir,
  });
}

function present(files: readonly (LiveFile | null)[]): LiveFile[] {
  return files.filter((file) => file !== null);
}
