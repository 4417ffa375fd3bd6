import { readSnapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import type { ControlSnapshot } from "./snapshot.ts";

const TOPIC = "control";

/** Which control topic, and up to where. */
export interface History {
  /** Identity of the topic. */
  incarnation: string;
  /** Offset that it is known up to. */
  end: number;
}

/**
 * Tells what a node knows.
 *
 * @param snapshot Its snapshot.
 * @returns The history that it has folded.
 */
export function historyOf({ incarnation, state }: ControlSnapshot): History {
  return { incarnation, end: state.offset };
}

/**
 * Tells what the lake knows.
 *
 * @param store The store of the lake.
 * @returns The history that ingest has committed; null for none.
 */
export async function historyInLake(store: Store): Promise<History | null> {
  const snapshot = await readSnapshot(store, TOPIC);
  for (const [appId, end] of snapshot?.txns ?? []) {
    const [topic, incarnation, partition] = appId.split("/");
    if (topic === TOPIC && incarnation !== undefined && partition === "0") return { incarnation, end };
  }
  return null;
}

/**
 * Refuses a bus that lacks a history which is known already: its fold would be another workbench's.
 *
 * @param where Who knows it, for the message.
 * @param known What is known.
 * @param found What the bus has.
 * @throws {RangeError} When the topic is another one, or ends earlier.
 */
export function checkSame(where: string, known: History, found: History): void {
  if (known.incarnation === found.incarnation && known.end <= found.end) return;
  throw new RangeError(
    `Cannot open topic "${TOPIC}" as it must be the one that ${where}, ${known.incarnation} up to offset ${known.end}: ` +
      `got ${found.incarnation} up to ${found.end}; bring the old one over with "boathouse bus move", or remove what is left of it`,
  );
}
