import { expect } from "vitest";
import type { Batch, Bus, BusRecord, Message, ReadOptions } from "./bus.ts";

/** Opens a bus; every call reaches the same topics, and those of other tests may be there. */
export type Open = () => Promise<Bus>;

/** A name that no other test uses. */
export const newTopic = (): string => `conformance-${crypto.randomUUID()}`;

/** What a promise is rejected with; null when it is not. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error) => error);

/** Messages that are numbered by their value. */
export function numbered(from: number, count: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({ key: `key-${from + i}`, eventTimeMicros: null, value: from + i }));
}

/** The batches that a read gives. */
export async function batchesOf(
  bus: Bus,
  topic: string,
  from = 0,
  options: ReadOptions = {},
  partition = 0,
): Promise<Batch[]> {
  return await Array.fromAsync(bus.read(topic, partition, from, options));
}

/** The records that a read gives. */
export async function recordsOf(
  bus: Bus,
  topic: string,
  from = 0,
  options: ReadOptions = {},
  partition = 0,
): Promise<BusRecord[]> {
  return (await batchesOf(bus, topic, from, options, partition)).flatMap((batch) => batch.records());
}

/** Expects a RangeError whose message holds a text. */
export async function expectRangeError(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await rejection(promise);
  expect(error).toBeInstanceOf(RangeError);
  expect((error as Error).message).toContain(message);
}
