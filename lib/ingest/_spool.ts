import { Buffer } from "node:buffer";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { type Batch, type Bus, TruncatedError } from "../bus/mod.ts";

/** A frame in a file. */
export interface SpooledFrame {
  /** First offset that it covers. */
  baseOffset: number;
  /** Offset behind the last that it covers. */
  endOffset: number;
  /** Number of its records that are wanted. */
  count: number;
  /** First byte in the file. */
  start: number;
  /** Number of bytes. */
  bytes: number;
}

/**
 * Frames of one partition and one day, concatenated in a file: at most about two megabytes, as each is read by one
 * thread. Days may alternate, so that between its frames lie offsets of other files.
 */
export interface SpoolFile {
  /** Absolute path. */
  path: string;
  /** Partition of the records. */
  partition: number;
  /** Day, UTC, on which the bus took them: `2001-05-31`. */
  day: string;
  /** First offset of its frames that is wanted. */
  from: number;
  /** Offset to end before. */
  to: number;
  /** The frames, in order. */
  frames: SpooledFrame[];
  /** Records that are left out, by their offsets, ascending. */
  without: readonly Range[];
}

/** Offsets from `from` to before `to`. */
export interface Range {
  /** First offset. */
  from: number;
  /** Offset that it ends before. */
  to: number;
}

/** A part of a partition, sealed: its frames are in files. */
export interface SealedPart {
  /** The partition. */
  partition: number;
  /** First offset. */
  from: number;
  /** Offset that it ends before. */
  to: number;
  /** Records in it. */
  count: number;
  /** Bytes of its frames. */
  bytes: number;
  /** Its files, in order. */
  files: SpoolFile[];
}

/** What is to be sealed. */
export interface SealRange {
  /** Name of the topic. */
  topic: string;
  /** The partition. */
  partition: number;
  /** First offset. */
  from: number;
  /** Offset to end before, at the latest. */
  to: number;
  /** Bytes of frames after which it ends earlier. */
  maxBytes: number;
}

/**
 * Copies a part of a partition from the bus into files, frames as they are.
 *
 * @param bus The bus.
 * @param range What is wanted.
 * @param dir Absolute folder for the files.
 * @returns The part; it ends with a whole frame where `maxBytes`, or a great number of days, ends it.
 * @throws {TruncatedError} When the bus keeps only later offsets, or ends before the range.
 */
export async function sealPart(bus: Bus, range: SealRange, dir: string): Promise<SealedPart> {
  const files: SpoolFile[] = [];
  try {
    return await copyFrames(bus, range, dir, files);
  } catch (cause) {
    await Promise.all(files.map(({ path }) => removeIfThere(path)));
    throw cause;
  }
}

async function copyFrames(bus: Bus, range: SealRange, dir: string, files: SpoolFile[]): Promise<SealedPart> {
  const { topic, partition, from, to, maxBytes } = range;
  const writer = openWriter(dir, partition, files);
  let end = to, next = from, covered = from, bytes = 0, count = 0;
  for await (const batch of bus.read(topic, partition, from, { to })) {
    const wanted = wantedOf(batch, from, to);
    covered = batch.endOffset;
    if (wanted === 0) continue;
    const day = dayOf(batch.busTimeMicros);
    if (bytes >= maxBytes || !writer.takes(day)) {
      end = next;
      break;
    }
    const frame = batch.frame();
    next = Math.min(to, batch.endOffset);
    await writer.add(day, frame, { from: Math.max(from, batch.baseOffset), to: next }, {
      baseOffset: batch.baseOffset,
      endOffset: batch.endOffset,
      count: wanted,
    });
    bytes += frame.length;
    count += wanted;
  }
  await writer.flush();
  checkEnd(range, covered, end);
  return { partition, from, to: end, count, bytes, files };
}

/** A read that ends by itself has covered its range, unless the bus was set back since it told its end. */
function checkEnd({ topic, partition }: SealRange, covered: number, end: number): void {
  if (covered >= end) return;
  throw new TruncatedError(
    `Cannot read "${topic}" as partition ${partition} must reach the end that it told: it ends at offset ${covered}, ` +
      `got ${end}; the bus lost records`,
  );
}

function wantedOf(batch: Batch, from: number, to: number): number {
  return batch.baseOffset >= from && batch.endOffset <= to ? batch.count : batch.records().length;
}

/** Writes frames to the files of their days, which are open while they are written to alone: days may be many. */
interface Writer {
  /** Tells whether it takes frames of a day; it ends where its days are too many. */
  takes(day: string): boolean;
  /** Adds a frame, of which a range is wanted. */
  add(day: string, bytes: Uint8Array, wanted: Range, frame: Omit<SpooledFrame, "start" | "bytes">): Promise<void>;
  /** Writes what waits in memory. */
  flush(): Promise<void>;
}

const MAX_DAYS = 400; // each becomes files of the part's commit
const FILE_BYTES = 2 * 1024 * 1024;
const WRITE_BYTES = 1024 * 1024; // a write costs a tenth of a millisecond, however small

function openWriter(dir: string, partition: number, files: SpoolFile[]): Writer {
  const current = new Map<string, SpoolFile>(); // by day
  const waiting = new Map<SpoolFile, Uint8Array[]>();
  let waitingBytes = 0;

  function fileOf(day: string, from: number): SpoolFile {
    const last = current.get(day);
    if (last !== undefined && sizeOf(last) < FILE_BYTES) return last;
    const path = join(dir, `${crypto.randomUUID()}.ndjson.zst`);
    const file: SpoolFile = { path, partition, day, from, to: from, frames: [], without: [] };
    current.set(day, file);
    files.push(file);
    return file;
  }

  async function flush(): Promise<void> {
    for (const [{ path }, frames] of waiting) {
      await Deno.writeFile(path, Buffer.concat(frames), { append: true });
    }
    waiting.clear();
    waitingBytes = 0;
  }

  return {
    takes: (day) => current.has(day) || current.size < MAX_DAYS,
    async add(day, bytes, { from, to }, frame) {
      const file = fileOf(day, from);
      file.frames.push({ ...frame, start: sizeOf(file), bytes: bytes.length });
      file.to = to;
      const frames = waiting.get(file);
      if (frames === undefined) waiting.set(file, [bytes]);
      else frames.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= WRITE_BYTES) await flush();
    },
    flush,
  };
}

function sizeOf({ frames }: SpoolFile): number {
  const last = frames.at(-1);
  return last === undefined ? 0 : last.start + last.bytes;
}

/**
 * Counts the records of a file.
 *
 * @param file The file.
 * @returns How many of its frames' records are wanted.
 */
export function countOf({ frames, without }: SpoolFile): number {
  return frames.reduce((sum, { count }) => sum + count, 0) - lengthOf(without);
}

/**
 * Leaves records out of a file.
 *
 * @param file The file.
 * @param offsets Offsets of records, ascending; those of other files are none of it.
 * @returns The file without them.
 */
export function leaveOut(file: SpoolFile, offsets: readonly number[]): SpoolFile {
  const without: Range[] = [];
  let at = 0;
  for (const offset of offsets) {
    while (at < file.frames.length && file.frames[at]!.endOffset <= offset) at++;
    const frame = file.frames[at];
    if (frame === undefined || offset < Math.max(file.from, frame.baseOffset) || offset >= file.to) continue;
    const last = without.at(-1);
    if (last?.to === offset) without[without.length - 1] = { from: last.from, to: offset + 1 };
    else without.push({ from: offset, to: offset + 1 });
  }
  return { ...file, without };
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/**
 * Reads the lines of a frame.
 *
 * @param file The file.
 * @param frame Which of its frames.
 * @returns The text of each line.
 */
export async function linesOf({ path }: SpoolFile, { start, bytes }: SpooledFrame): Promise<string[]> {
  using handle = await Deno.open(path);
  await handle.seek(start, Deno.SeekMode.Start);
  const frame = new Uint8Array(bytes);
  for (let read = 0; read < bytes;) {
    const count = await handle.read(frame.subarray(read));
    if (count === null) throw new Error(`Cannot read "${path}" as it must hold ${start + bytes} bytes: it is shorter`);
    read += count;
  }
  return zstdDecompressSync(frame).toString().split("\n").slice(0, -1);
}

/**
 * Removes the files of parts.
 *
 * @param parts Sealed parts.
 */
export async function removeParts(parts: readonly SealedPart[]): Promise<void> {
  await Promise.all(parts.flatMap(({ files }) => files.map(({ path }) => removeIfThere(path))));
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause; // what failed before says more
  }
}

/**
 * Writes all of some bytes.
 *
 * @param handle An open file.
 * @param bytes The bytes.
 */
export async function writeAll(handle: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await handle.write(bytes.subarray(written));
}

function dayOf(micros: number): string {
  return new Date(Math.floor(micros / 1000)).toISOString().slice(0, 10);
}
