import { join } from "node:path";
import { type Bus, type BusLocation, openBus } from "../../lib/bus/mod.ts";
import type { TopicSchema } from "../../lib/ingest/mod.ts";
import { openStore, type Store, type StoreLocation } from "../../lib/store/mod.ts";

/** Where the workbench of one run lies; it crosses to the children as JSON. */
export interface Place {
  /** Its bus. */
  bus: BusLocation;
  /** Its store. */
  store: StoreLocation;
  /** Absolute folder for files in passing. */
  tmpDir: string;
  /** Name of the topic, and of its table. */
  topic: string;
}

/** Partitions of the topic. */
export const PARTITIONS = 2;

/** Type of the topic's events. */
export const TYPE = "proof.thing.v1";

/** Answers what the events of the topic must look like: every seventh record does not. */
export function schemasOf({ topic }: Place): () => Promise<ReadonlyMap<string, TopicSchema>> {
  const schema = { type: "object", required: ["n"], properties: { n: { type: "integer" } } };
  return () => Promise.resolve(new Map([[topic, { type: TYPE, schema }]]));
}

/** The signing key of every run. */
export const KEY = "proof";

/** An open workbench. */
export interface Opened extends AsyncDisposable {
  /** Its bus. */
  bus: Bus;
  /** Its store. */
  store: Store;
}

/**
 * Opens bus and store of a run.
 *
 * @param place where they lie
 * @returns both, open
 */
export async function openPlace(place: Place): Promise<Opened> {
  const bus = await openBus(place.bus);
  const store = await openStore(place.store);
  return { bus, store, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
}

/**
 * Names the folder in which one ingester keeps files in passing.
 *
 * @param place where the workbench lies
 * @param name name of the ingester
 * @returns absolute folder
 */
export function tmpDirOf(place: Place, name: string): string {
  return join(place.tmpDir, name);
}
