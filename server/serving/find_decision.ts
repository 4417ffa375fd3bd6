import { type Json, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { Problem } from "../http/mod.ts";
import { findInLake, findOnBus, type FindParts, type FoundEvent, type Sought } from "./find_records.ts";

/** What is known of one decision. */
export interface FoundDecision extends Record<string, Json> {
  /** When it was made, ISO 8601 UTC. */
  time: string | null;
  /** What it should have answered, oldest first; of several with one name the last counts. */
  labels: Json[];
}

/** Clocks of nodes and brokers differ by less. */
export const SKEW_MS = 60_000;
/** An event that waits longer for its bus is lost with its node. */
const LATE_MS = 2 * 86_400_000;
/** Lookups that wait for their turn; DuckDB answers one at a time, so that it never takes both cores from answers. */
const MAX_WAITING = 32;

/**
 * Makes what finds decisions: on the bus, as far as the lake does not have it yet, and in the lake. Ids of decisions are
 * UUIDs of version 7, so that an id itself tells the days to read.
 *
 * @param parts bus and store
 * @returns answers what is known of a decision, null = nothing; rejects with Problem 404 for what is no id, 503 when too
 *   many ask
 */
export function decisionFinder(parts: FindParts): (id: string) => Promise<FoundDecision | null> {
  let waiting = 0, last: Promise<unknown> = Promise.resolve();
  return async (id) => {
    const madeMs = timeOfId(id);
    if (waiting >= MAX_WAITING) {
      throw new Problem(503, `The node looks for ${MAX_WAITING} decisions already`, { retryAfterS: 1 });
    }
    waiting++;
    const found = last.then(() => find(parts, id, madeMs));
    last = found.catch(() => null);
    return await found.finally(() => waiting--);
  };
}

/**
 * Tells when a decision was made, by its id (RFC 9562, section 5.7).
 *
 * @param id id of a decision
 * @returns milliseconds since 1970
 * @throws {Problem} 404 when no decision has such an id
 */
export function timeOfId(id: string): number {
  if (isDecisionId(id)) return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  throw new Problem(404, `"${id.slice(0, 100)}" is not the id of a decision: ids are UUIDs of version 7`);
}

/**
 * Tells whether a text can be the id of a decision.
 *
 * @param id the text
 * @returns whether it is a lower-case UUID of version 7
 */
export function isDecisionId(id: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id);
}

async function find(parts: FindParts, id: string, madeMs: number): Promise<FoundDecision | null> {
  if (madeMs > Date.now() + SKEW_MS) return null;
  const sought = { key: id, sinceMs: madeMs - SKEW_MS };
  const inference: Sought = { ...sought, kind: STANDARD_EVENTS.inference!, untilMs: madeMs + LATE_MS };
  // The bus first: what is committed meanwhile is in the lake then.
  const event = (await findOnBus(parts, inference, 1))[0] ?? (await findInLake(parts.store, inference))[0];
  if (event === undefined) return null;
  const label: Sought = { ...sought, kind: STANDARD_EVENTS.label! };
  const onBus = await findOnBus(parts, label, Infinity);
  const byId = new Map([...await findInLake(parts.store, label), ...onBus].map((each) => [each.id, each]));
  return { ...event.data, time: event.time, labels: [...byId.values()].sort(byAt).map(({ data }) => data) };
}

function byAt({ data: one }: FoundEvent, { data: other }: FoundEvent): number {
  return Date.parse(one.at as string) - Date.parse(other.at as string);
}
