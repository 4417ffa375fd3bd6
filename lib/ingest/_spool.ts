import { Buffer } from "node:buffer";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { Batch, Bus } from "../bus/mod.ts";

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

/** Frames of one partition and one day, concatenated in a file: at most about two megabytes, as each is read by one thread. */
export interface SpoolFile {
  /** Absolute path. */
  path: string;
  /** Partition of the records. */
  partition: number;
  /** Day, UTC, on which the bus took them: `2001-05-31`. */
  day: string;
  /** First offset that is wanted. */
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
 * @returns The part; it ends with a whole frame where `maxBytes` ends it.
 * @throws {RangeError} When the bus keeps only later offsets.
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
  let writer: Writer | undefined, next = from, bytes = 0, total = 0;
  try {
    for await (const batch of bus.read(topic, partition, from, { to })) {
      const { baseOffset, endOffset } = batch, count = wantedOf(batch, from, to);
      if (count === 0) continue;
      const frame = batch.frame();
      const day = dayOf(batch.busTimeMicros), end = Math.min(to, endOffset);
      const last = files.at(-1);
      if (day !== last?.day || sizeOf(last) >= FILE_BYTES) {
        await writer?.close();
        const path = join(dir, `${crypto.randomUUID()}.ndjson.zst`);
        files.push({ path, partition, day, from: next, to: next, frames: [], without: [] });
        writer = await openWriter(path);
      }
      const file = files.at(-1)!;
      file.frames.push({ baseOffset, endOffset, count, start: await writer!.add(frame), bytes: frame.length });
      file.to = next = end;
      bytes += frame.length;
      total += count;
      if (bytes >= maxBytes) break;
    }
    if (bytes < maxBytes) next = to; // a read that ended has covered all of its range
    await writer?.close();
  } catch (cause) {
    writer?.abandon();
    throw cause;
  }
  return { partition, from, to: next, count: total, bytes, files };
}

function wantedOf(batch: Batch, from: number, to: number): number {
  return batch.baseOffset >= from && batch.endOffset <= to ? batch.count : batch.records().length;
}

function sizeOf({ frames }: SpoolFile): number {
  const last = frames.at(-1)!;
  return last.start + last.bytes;
}

interface Writer {
  /** Adds bytes; answers where they begin. */
  add(bytes: Uint8Array): Promise<number>;
  close(): Promise<void>;
  abandon(): void;
}

const FILE_BYTES = 2 * 1024 * 1024;
const WRITE_BYTES = 1024 * 1024; // a write costs a tenth of a millisecond, however small

async function openWriter(path: string): Promise<Writer> {
  const handle = await Deno.open(path, { write: true, createNew: true });
  let waiting: Uint8Array[] = [], waitingBytes = 0, length = 0, isOpen = true;
  const close = () => {
    if (isOpen) handle.close();
    isOpen = false;
  };
  const flush = async () => {
    await writeAll(handle, Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
  };
  return {
    async add(bytes) {
      const start = length;
      length += bytes.length;
      waitingBytes += bytes.length;
      waiting.push(bytes);
      if (waitingBytes >= WRITE_BYTES) await flush();
      return start;
    },
    async close() {
      await flush();
      close();
    },
    abandon: close,
  };
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
  for (const offset of offsets) {
    if (offset < file.from || offset >= file.to) continue;
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
