import type { Batch, ReadOptions } from "./bus.ts";
import { checkCount } from "./_check.ts";
import { decodeFrame } from "./_frame.ts";
import type { BatchRow, Reader } from "./_reader.ts";
import { truncatedBefore } from "./_refusals.ts";

/** What a read asks for. */
export interface Range extends ReadOptions {
  /** Topic. */
  topic: string;
  /** Partition. */
  partition: number;
  /** First offset. */
  from: number;
}

/**
 * Reads the batches of a range, page by page.
 *
 * @param reader Gives the reading side, or throws when the bus is closed.
 * @param range What is read.
 * @param pollMs How often a read that follows looks for new commits.
 * @returns Batches that overlap the range, in order.
 * @throws {RangeError} When the partition is unknown or `from` is no longer kept.
 */
export async function* readRange(reader: () => Reader, range: Range, pollMs: number): AsyncGenerator<Batch> {
  const { topic, partition, follow = false, signal } = range;
  checkCount(`read "${topic}"`, "offset", range.from);
  if (range.to !== undefined) checkCount(`read "${topic}"`, "end", range.to);
  let next = range.from, to = range.to ?? Infinity, isFirst = true;
  for (;;) {
    signal?.throwIfAborted();
    const version = reader().version();
    const { at, batches } = reader().page(topic, partition, next);
    if (isFirst && !follow) to = Math.min(to, at.next);
    isFirst = false;
    if (next >= to) return;
    if (next < at.low) throw truncatedBefore(topic, partition, next, at.low);
    const found = overlapping(batches, next, to);
    if (found.length === 0 && next < at.next) throw gap(topic, partition, next);
    for (const batch of found) {
      if (batch.base > next) throw gap(topic, partition, next);
      yield toBatch(range, batch, to);
      next = batch.base + batch.count;
    }
    if (next >= to) return;
    if (found.length === 0) await changed(reader, version, pollMs, signal);
  }
}

function overlapping(batches: readonly BatchRow[], from: number, to: number): BatchRow[] {
  return batches.filter(({ base, count }) => base < to && base + count > from);
}

function toBatch({ topic, partition, from }: Range, { base, count, time, frame }: BatchRow, to: number): Batch {
  return {
    topic,
    partition,
    baseOffset: base,
    endOffset: base + count,
    count,
    busTimeMicros: time,
    frame: () => frame,
    records: () => decodeFrame(frame, { topic, partition, count, from, to }),
  };
}

async function changed(reader: () => Reader, version: number, pollMs: number, signal?: AbortSignal): Promise<void> {
  do await pause(pollMs, signal); while (reader().version() === version);
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    function abort(): void {
      clearTimeout(timer);
      reject(signal!.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function gap(topic: string, partition: number, at: number): Error {
  return new Error(
    `Cannot read "${topic}" as partition ${partition} must have no gap: nothing at offset ${at}; restore the bus from a copy`,
  );
}
