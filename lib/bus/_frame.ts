import { Buffer } from "node:buffer";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { BusRecord } from "./bus.ts";

/** What the bus gives the records of one frame. */
export interface Stamp {
  /** Offset of the first record. */
  baseOffset: number;
  /** When the bus took them, microseconds since 1970. */
  busTimeMicros: number;
  /** Who published them, with the sequence of the first record; null when not given. */
  producer: { id: string; sequence: number } | null;
}

/** What stands before the value on a line of a frame, as docs/architecture.md, "Bus", defines it. */
interface Head {
  o: number;
  m: number;
  p?: string;
  s?: number;
  k: string | null;
  t: number | null;
  h?: [string, string][];
}

interface Line {
  head: Head;
  /** JSON text or base64. */
  value: string;
  isBytes: boolean;
}

// Level 1 costs a third of what JSON.stringify costs; the checksum finds what a disk changed.
const PARAMETERS = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };

/**
 * Packs encoded messages as one frame: a complete NDJSON file in Zstandard, so that frames can be concatenated.
 *
 * @param lines Ends of lines as encodeMessage returns them.
 * @param stamp What the bus gives the records.
 * @returns The frame (RFC 8878).
 */
export function encodeFrame(lines: readonly string[], stamp: Stamp): Uint8Array {
  const { baseOffset, producer } = stamp;
  const time = `,"m":${stamp.busTimeMicros},`;
  const id = producer === null ? "" : `"p":${JSON.stringify(producer.id)},"s":`;
  let text = "";
  for (let i = 0; i < lines.length; i++) {
    const sequence = producer === null ? "" : `${id}${producer.sequence + i},`;
    text += `{"o":${baseOffset + i}${time}${sequence}${lines[i]}\n`;
  }
  return zstdCompressSync(Buffer.from(text), { params: PARAMETERS });
}

/** Where a stored frame belongs, and what is wanted of it. */
export interface Wanted {
  /** Topic of the frame. */
  topic: string;
  /** Partition of the frame. */
  partition: number;
  /** Records that the frame must have. */
  count: number;
  /** First offset that is wanted. */
  from: number;
  /** Offset to end before. */
  to: number;
}

/**
 * Unpacks a frame to the records of a range.
 *
 * @param frame One Zstandard frame of NDJSON.
 * @param wanted Where it belongs, and the range.
 * @returns The records from `from` to before `to`, in order.
 * @throws {Error} When the frame is damaged.
 */
export function decodeFrame(frame: Uint8Array, wanted: Wanted): BusRecord[] {
  const { topic, partition, from, to } = wanted;
  const records: BusRecord[] = [];
  for (const line of linesOf(frame, wanted)) {
    if (line.head.o >= from && line.head.o < to) records.push(toRecord(topic, partition, line));
  }
  return records;
}

function linesOf(frame: Uint8Array, { topic, partition, count }: Wanted): Line[] {
  try {
    const lines = zstdDecompressSync(frame).toString().split("\n");
    // Of a frame that lacks its end, the decoder gives what there is without an error.
    if (lines.pop() !== "" || lines.length !== count) throw new Error(`${lines.length} records of ${count}`);
    return lines.map(toLine);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot read "${topic}" as the frames of partition ${partition} must be whole: ${found}; restore the bus from a copy`,
      { cause },
    );
  }
}

/** The value stands last, and what is before it holds neither name with its quotes: text has them escaped. */
function toLine(line: string): Line {
  const json = line.indexOf(',"v":'), isBytes = json < 0;
  const at = isBytes ? line.indexOf(',"b":') : json;
  const head = JSON.parse(`${line.slice(0, at)}}`) as Head;
  return { head, value: isBytes ? line.slice(at + 6, -2) : line.slice(at + 5, -1), isBytes };
}

function toRecord(topic: string, partition: number, { head, value, isBytes }: Line): BusRecord {
  let parsed: BusRecord["value"] | undefined;
  return {
    topic,
    partition,
    offset: head.o,
    key: head.k,
    busTimeMicros: head.m,
    eventTimeMicros: head.t,
    headers: head.h?.map(([name, bytes]) => [name, Uint8Array.fromBase64(bytes)]) ?? [],
    get value() {
      return parsed ??= isBytes ? Uint8Array.fromBase64(value) : JSON.parse(value);
    },
    json: isBytes ? null : value,
    producerId: head.p ?? null,
    sequence: head.s ?? null,
  };
}
