import { isoMicros } from "../events/mod.ts";
import type { Engine } from "./_engine.ts";
import { filesDigest } from "./files_digest.ts";
import type { InputRead } from "./inputs.ts";
import type { Named } from "./_pinned.ts";
import type { Position } from "./_raw_table.ts";
import type { HeldFiles } from "./scan.ts";
import type { LiveFile, LiveSnapshot } from "./snapshot.ts";
import { quoteName, quoteText } from "./sql_type.ts";

/** What a query over a table at a version reads. */
export function derivedInput(name: string, { id, version, files }: LiveSnapshot): InputRead {
  return { name, table: id, version, digest: filesDigest(files) };
}

/**
 * What a query over a topic's table at a position reads. Rows and newest event time of a file come from its statistics,
 * where all of its rows count and these tell them exactly; only the others are read.
 */
export async function rawInput(
  { connection }: Engine,
  { name, source }: Named,
  { incarnation, ends }: Position,
  open: (files: readonly LiveFile[]) => Promise<HeldFiles>,
): Promise<InputRead> {
  const settled = source.condition === null ? source.files.filter(isSettled) : [];
  await using _view = await open(source.files.filter((file) => !settled.includes(file)));
  const newest = settled.flatMap((file) => maxEventTime(file) ?? []);
  const times = [`(SELECT max("_event_time") FROM ${quoteName(name)})`, ...newest.map(timeSql)];
  const select = `SELECT (SELECT count(*) FROM ${quoteName(name)})::DOUBLE, epoch_us(list_max([${
    times.join(", ")
  }]))::DOUBLE`;
  const [[rows, until]] = (await connection.runAndReadAll(select)).getRowsJS() as [[number, number | null]];
  return {
    name,
    table: source.snapshot?.id ?? incarnation,
    incarnation,
    ends,
    rows: rows + settled.reduce((sum, file) => sum + file.rows!, 0),
    ...(until === null ? {} : { until: isoMicros(until) }),
  };
}

function timeSql(text: string): string {
  return `TIMESTAMPTZ ${quoteText(text)}`;
}

function isSettled(file: LiveFile): boolean {
  if (file.rows === null || file.deletionVector) return false;
  return maxEventTime(file) !== null || nullsIn(file) === file.rows;
}

/** Six digits: what was cut to milliseconds is not the maximum. */
function maxEventTime({ stats }: LiveFile): string | null {
  const values = statistics(stats).maxValues?._event_time;
  return typeof values === "string" && /\.\d{6}Z$/.test(values) ? values : null;
}

function nullsIn({ stats }: LiveFile): unknown {
  return statistics(stats).nullCount?._event_time;
}

function statistics(
  stats: string | null,
): { maxValues?: Record<string, unknown>; nullCount?: Record<string, unknown> } {
  return stats === null ? {} : JSON.parse(stats);
}
