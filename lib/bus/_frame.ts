import { Buffer } from "node:buffer";
import { toRecord } from "./_record.ts";
import { pack, unpack } from "./_zstd.ts";
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
  return pack(Buffer.from(text));
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
  return linesOf(frame, wanted).map((line) => toRecord(topic, partition, line))
    .filter(({ offset }) => offset >= from && offset < to);
}

function linesOf(frame: Uint8Array, { topic, partition, count }: Wanted): string[] {
  try {
    const lines = unpack(frame).toString().split("\n");
    // Of a frame that lacks its end, the decoder gives what there is without an error.
    if (lines.pop() !== "" || lines.length !== count) throw new Error(`${lines.length} records of ${count}`);
    return lines;
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot read "${topic}" as the frames of partition ${partition} must be whole: ${found}; restore the bus from a copy`,
      { cause },
    );
  }
}
