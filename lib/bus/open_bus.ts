import type { KafkaAddress } from "./_kafka_cluster.ts";
import { openSqliteBus } from "./_sqlite_bus.ts";
import type { Bus } from "./bus.ts";

/** Where the bus lies: a folder on a local disk, made when missing, or the brokers of a Kafka cluster. */
export type BusLocation = { kind: "sqlite"; dir: string } | { kind: "kafka" } & KafkaAddress;

/** How long the bus waits, and what it leaves free. */
export interface BusOptions {
  /** Milliseconds that a lock of another process is waited for before an append fails; 30,000 by default. */
  lockWaitMs?: number;
  /** Milliseconds between two looks for new records of a read that follows an embedded bus; 20 by default. */
  pollMs?: number;
  /**
   * Bytes that the embedded bus leaves free on its disk; 256 MiB by default. Below them it refuses appends with
   * DiskReserveError, but to reserved topics; reading, commits and truncation go on. Space that truncation has freed within
   * its file counts as free.
   */
  reserveBytes?: number;
  /** Milliseconds that a broker is waited for before what is asked of it fails; 30,000 by default. */
  brokerWaitMs?: number;
  /** Told now and then while no broker answers; writes to standard error by default. */
  onRetry?: (note: string) => void;
}

const LOCK_WAIT_MS = 30_000; // longer than any commit takes, shorter than people wait for an answer
const RESERVE_BYTES = 256 * 1024 * 1024; // room for checkpoints, commits to the lake and whatever else must still end
const POLL_MS = 20; // a look costs a microsecond; followers are seen to react at once
const BROKER_WAIT_MS = 30_000; // longer than a broker takes to start again

/**
 * Opens a bus. Any number of processes may open the same one.
 *
 * @param location Where it lies.
 * @param options How long it waits, and what it leaves free.
 * @returns The bus; dispose of it, for it holds a thread or connections.
 * @throws {Error} When the folder or its file cannot be opened, or no broker answers in time.
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
export async function openBus(location: BusLocation, options: BusOptions = {}): Promise<Bus> {
  const { lockWaitMs = LOCK_WAIT_MS, pollMs = POLL_MS, reserveBytes = RESERVE_BYTES } = options;
  if (location.kind === "sqlite") return await openSqliteBus(location.dir, { lockWaitMs, pollMs, reserveBytes });
  const { openKafkaBus } = await import("./_kafka_bus.ts"); // its client costs every start that does not need it
  const { brokerWaitMs: waitMs = BROKER_WAIT_MS, onRetry = console.error } = options;
  return await openKafkaBus(location, { waitMs, onRetry });
}
