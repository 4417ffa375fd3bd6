// Batches as a bus with sparse offsets and repeats gives them.
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import type { Batch, Bus, BusRecord } from "../../bus/mod.ts";

/** A record of a batch: offset, bus time in seconds, and who sent it as which one. */
export interface Line {
  o: number;
  seconds: number;
  p?: string;
  s?: number;
  v?: unknown;
}

/** A batch that covers a range, with some records in it. */
export function batchOf(partition: number, [baseOffset, endOffset]: [number, number], lines: readonly Line[]): Batch {
  const text = lines.map(({ o, seconds, p, s, v }) =>
    JSON.stringify({ o, m: seconds * 1e6, ...(p === undefined ? {} : { p, s }), k: null, t: null, v: v ?? o }) + "\n"
  ).join("");
  const frame = new Uint8Array(zstdCompressSync(Buffer.from(text)));
  return {
    topic: "t",
    partition,
    baseOffset,
    endOffset,
    count: lines.length,
    busTimeMicros: Math.max(0, ...lines.map(({ seconds }) => seconds)) * 1e6,
    frame: () => frame,
    records: () => lines.map(({ o }) => ({ offset: o }) as BusRecord),
  };
}

/** The reading side of a bus that holds batches. */
export function busOf(batches: readonly Batch[]): Bus {
  async function* read(_: string, partition: number, from: number, { to = Infinity } = {}): AsyncGenerator<Batch> {
    for (const batch of batches) {
      if (batch.partition !== partition || batch.endOffset <= from || batch.baseOffset >= to) continue;
      const records = () => batch.records().filter(({ offset }) => offset >= from && offset < to);
      yield { ...batch, records };
    }
  }
  return { read } as unknown as Bus;
}
