import type { Bus } from "../bus/mod.ts";
import { readSnapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";

/** Counts of one topic; nothing is missing when `bus` is the sum of the others. */
export interface Completeness {
  /** Records that the bus took, truncated ones included. */
  bus: number;
  /** Rows of the lake that fit. */
  lake: number;
  /** Rows of the lake that do not fit. */
  rejected: number;
  /** Records that ingest left out because a producer had sent them twice. */
  duplicates: number;
}

/**
 * Compares what the bus took with what the lake has.
 *
 * @param bus The bus.
 * @param store The store that holds the lake.
 * @param topic Name of the topic.
 * @returns The counts.
 * @throws {RangeError} When there is no such topic.
 * @throws {Error} When a file in the lake does not tell its rows.
 */
export async function completenessOf(bus: Bus, store: Store, topic: string): Promise<Completeness> {
  const positions = await bus.positions(topic);
  const files = (await readSnapshot(store, topic))?.files ?? [];
  const rowsOf = (fit: string) =>
    files.filter(({ partition }) => partition.fit === fit).reduce((sum, { path, rows }) => {
      if (rows !== null) return sum + rows;
      throw new Error(`Cannot count the rows of "${topic}" as each file must tell its own: "${path}" does not`);
    }, 0);
  return {
    bus: positions.reduce((sum, { high }) => sum + high, 0),
    lake: rowsOf("true"),
    rejected: rowsOf("false"),
    duplicates: 0, // the embedded bus drops them when they are appended
  };
}
