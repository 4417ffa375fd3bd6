import { openSqliteBus } from "./_sqlite_bus.ts";
import type { Bus } from "./bus.ts";

/** Where the bus lies. */
export interface BusLocation {
  /** The one kind of this version. */
  kind: "sqlite";
  /** Absolute folder on a local disk; made when missing. */
  dir: string;
}

/** How long the bus waits. */
export interface BusOptions {
  /** Milliseconds that a lock of another process is waited for before an append fails; 30,000 by default. */
  lockWaitMs?: number;
  /** Milliseconds between two looks for new records of a read that follows; 20 by default. */
  pollMs?: number;
}

const LOCK_WAIT_MS = 30_000; // longer than any commit takes, shorter than people wait for an answer
const POLL_MS = 20; // a look costs a microsecond; followers are seen to react at once

/**
 * Opens a bus. Any number of processes may open the same one.
 *
 * @param location Where it lies.
 * @param options How long it waits.
 * @returns The bus; dispose of it, for it holds a thread.
 * @throws {Error} When the folder or its file cannot be opened.
 *
 * @example
 * ```ts
 * import { openBus } from "./open_bus.ts";
 *
 * await using bus = await openBus({ kind: "sqlite", dir: await Deno.makeTempDir() });
 * await bus.createTopic("flights", { partitions: 2 });
 * await bus.publish("flights", [{ key: "ORD-LGA", eventTimeMicros: null, value: { delay: 3 } }]);
 * const offsets = (await bus.positions("flights")).map(({ high }) => high);
 * console.assert(offsets.join() === "1,0" || offsets.join() === "0,1");
 * ```
 */
export function openBus(location: BusLocation, options: BusOptions = {}): Promise<Bus> {
  const { lockWaitMs = LOCK_WAIT_MS, pollMs = POLL_MS } = options;
  return openSqliteBus(location.dir, { lockWaitMs, pollMs });
}
