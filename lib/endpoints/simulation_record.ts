import { canonicalJson } from "../events/mod.ts";
import { putObject, type Store } from "../store/mod.ts";

/** What is kept of a simulation of one revision against another. */
export interface SimulationRecord {
  /** Name of the endpoint. */
  endpoint: string;
  /** Revision that was active; null where none was. */
  base: string | null;
  /** Revision that was to answer. */
  candidate: string;
  /** Decisions that were made again. */
  n: number;
  /** Those of them whose answers differed. */
  changed: number;
  /** When, ISO 8601 UTC. */
  at: string;
}

/**
 * Keeps a simulation under its digest; of several of one pair of revisions the last is found.
 *
 * @param store object store
 * @param record the simulation
 * @returns SHA-256 of its canonical JSON
 * @throws {Error} when the store cannot be written
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { findSimulation, saveSimulation } from "./simulation_record.ts";
 * const store = await openStore({ kind: "directory", dir: Deno.makeTempDirSync() });
 * const pair = { endpoint: "e", base: null, candidate: "0".repeat(64) };
 * const digest = await saveSimulation(store, { ...pair, n: 9, changed: 1, at: "2001-05-01T00:00:00Z" });
 * if (await findSimulation(store, pair) !== digest) throw new Error("unexpected");
 * ```
 */
export async function saveSimulation(store: Store, record: SimulationRecord): Promise<string> {
  const digest = await putObject(store, new TextEncoder().encode(canonicalJson({ ...record })));
  await store.put(pathOf(record), new TextEncoder().encode(digest));
  return digest;
}

/**
 * Finds the last simulation of exactly one revision against exactly another.
 *
 * @param store object store
 * @param pair endpoint and revisions
 * @returns digest of the record, null where there is none
 */
export async function findSimulation(
  store: Store,
  pair: Pick<SimulationRecord, "endpoint" | "base" | "candidate">,
): Promise<string | null> {
  const path = pathOf(pair);
  return await store.exists(path) ? new TextDecoder().decode(await store.get(path)) : null;
}

function pathOf({ endpoint, base, candidate }: Pick<SimulationRecord, "endpoint" | "base" | "candidate">): string {
  return `objects/simulations/${endpoint}/${base ?? "none"}-${candidate}`;
}
