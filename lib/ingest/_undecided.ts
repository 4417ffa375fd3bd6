import { join } from "node:path";
import type { SqlConnection } from "../lake/mod.ts";
import type { Decision, Fit } from "./_fit.ts";
import { linesOf, type SpoolFile, writeAll } from "./_spool.ts";

/** What the exact check made of the records that SQL had not accepted. */
export interface Decided {
  /** Absolute path of a file of their lines, each with its decision. */
  path: string;
  /** How many fit. */
  rows: number;
  /** How many do not, by partition. */
  rejected: Map<number, number>;
}

const FLUSH_CHARS = 1024 * 1024;

/** Tells whether a record is known. */
export type Known = (partition: number, offset: number) => boolean;

/**
 * Reads which records a table holds.
 *
 * @param connection DuckDB connection.
 * @param table SQL of the table; null for none.
 * @param files The files of frames that it was made of.
 * @returns What tells whether it holds a record.
 */
export async function offsetsIn(
  connection: SqlConnection,
  table: string | null,
  files: readonly SpoolFile[],
): Promise<Known> {
  if (table === null) return () => false;
  const sets = new Map(files.map(({ partition }) => [partition, offsetSet()]));
  const result = await connection.stream(`SELECT _partition, _offset::DOUBLE FROM ${table}`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [partitions, offsets] = chunk.getColumns() as [number[], number[]];
    for (const [index, partition] of partitions.entries()) sets.get(partition)!.add(offsets[index]!);
  }
  return (partition, offset) => sets.get(partition)?.has(offset) ?? false;
}

const CHUNK = 4096; // offsets are mostly dense, and may lie billions apart where a bus has compacted

function offsetSet(): { add(offset: number): void; has(offset: number): boolean } {
  const chunks = new Map<number, Uint8Array>();
  return {
    add(offset) {
      const chunk = chunks.get(Math.floor(offset / CHUNK)) ?? new Uint8Array(CHUNK);
      chunk[offset % CHUNK] = 1;
      chunks.set(Math.floor(offset / CHUNK), chunk);
    },
    has: (offset) => chunks.get(Math.floor(offset / CHUNK))?.[offset % CHUNK] === 1,
  };
}

/**
 * Decides on every record that is not known yet.
 *
 * @param fit Fit of the topic.
 * @param files Files of frames.
 * @param known Records that need no decision.
 * @param dir Absolute folder for the file of decisions.
 * @returns The decisions.
 */
export async function decideRest(fit: Fit, files: readonly SpoolFile[], known: Known, dir: string): Promise<Decided> {
  const path = join(dir, `${crypto.randomUUID()}.ndjson`);
  const rejected = new Map<number, number>();
  let rows = 0, text = "";
  using handle = await Deno.open(path, { write: true, createNew: true });
  const flush = async () => {
    await writeAll(handle, new TextEncoder().encode(text));
    text = "";
  };
  for await (const { partition, day, line } of unknownLines(files, known)) {
    const { value, head } = splitLine(line);
    const decision = fit.decide(value);
    if (decision.reason === null) rows++;
    else rejected.set(partition, (rejected.get(partition) ?? 0) + 1);
    text += decidedLine({ partition, day }, head, value, decision);
    if (text.length >= FLUSH_CHARS) await flush();
  }
  await flush();
  return { path, rows, rejected };
}

async function* unknownLines(
  files: readonly SpoolFile[],
  known: Known,
): AsyncGenerator<{ partition: number; day: string; line: string }> {
  for (const file of files) {
    const { partition, day, from, to, without } = file;
    const isWanted = (offset: number) =>
      offset >= from && offset < to && !known(partition, offset) &&
      !without.some((range) => offset >= range.from && offset < range.to);
    for (const frame of file.frames) {
      const start = Math.max(from, frame.baseOffset), end = Math.min(to, frame.endOffset);
      if (!someMissing(known, partition, start, end, frame.count)) continue;
      for (const line of await linesOf(file, frame)) {
        if (isWanted(Number(/^\{"o":(\d+)/.exec(line)?.[1]))) yield { partition, day, line };
      }
    }
  }
}

function someMissing(known: Known, partition: number, start: number, end: number, count: number): boolean {
  let found = 0;
  for (let offset = start; offset < end && found < count; offset++) {
    if (known(partition, offset)) found++;
    else if (end - start === count) return true;
  }
  return found < count;
}

// In JSON a quote within a text is escaped, so these marks are found nowhere but where the value begins.
function splitLine(line: string): { head: string; value: string | Uint8Array } {
  const at = line.indexOf(',"v":');
  if (at >= 0) return { head: line.slice(0, at), value: line.slice(at + 5, -1) };
  const bytesAt = line.indexOf(',"b":"');
  return { head: line.slice(0, bytesAt), value: Uint8Array.fromBase64(line.slice(bytesAt + 6, -2)) };
}

function decidedLine(
  place: { partition: number; day: string },
  head: string,
  value: string | Uint8Array,
  decision: Decision,
): string {
  const { reason, text, isJson, event } = decision;
  const raw = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const fields = {
    ...place,
    fit: reason === null,
    r: reason?.toWellFormed() ?? null,
    w: raw.toBase64(),
    i: event.id,
    y: event.type,
    c: event.source,
    j: event.subject,
  };
  // A line break in JSON lies between its tokens; here it would end the line.
  const json = () => text!.replaceAll(/[\n\r]/g, " ");
  const end = reason !== null ? "" : isJson ? `,"v":${json()}` : `,"q":${JSON.stringify(text)}`;
  return `${head},${JSON.stringify(fields).slice(1, -1)}${end}}\n`;
}
