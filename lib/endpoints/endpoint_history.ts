import type { Bus } from "../bus/mod.ts";
import { type ControlOp, type ControlState, decide, EMPTY_STATE, recordReader } from "../control/mod.ts";

/** One request that concerned an endpoint. */
export interface HistoryEntry {
  /** Offset on topic `control`. */
  offset: number;
  /** When the bus took it, microseconds since 1970. */
  atMicros: number;
  /** What was asked. */
  op: ControlOp;
  /** The revision that it named. */
  revision: string | null;
  /** Who asked. */
  by: string;
  /** Why. */
  why: string;
  /** True when it took effect. */
  applied: boolean;
}

/**
 * Lists what was asked of an endpoint, by reading topic `control` from its beginning, which is never truncated.
 *
 * @param bus the bus
 * @param key the workbench's signing key
 * @param endpoint name of the endpoint
 * @returns requests, oldest first
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { endpointHistory } from "./endpoint_history.ts";
 * await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
 * await using _control = await openControl({ bus, key: "secret" });
 * if ((await endpointHistory(bus, "secret", "flight-delay")).length !== 0) throw new Error("unexpected");
 * ```
 */
export async function endpointHistory(bus: Bus, key: string, endpoint: string): Promise<HistoryEntry[]> {
  const read = recordReader(key);
  const to = (await bus.positions("control"))[0]?.high ?? 0;
  const entries: HistoryEntry[] = [];
  let state: ControlState = EMPTY_STATE;
  if (to === 0) return entries;
  for await (const batch of bus.read("control", 0, 0, { to })) {
    for (const record of batch.records().map(read)) {
      const decided = decide(state, record);
      state = decided.state;
      if (record.kind !== "request" || record.request.target !== endpoint) continue;
      const { op, revision = null, by, why } = record.request;
      if (!["apply", "force", "propose", "activate", "rollback"].includes(op)) continue;
      const { offset, atMicros } = record;
      entries.push({ offset, atMicros, op, revision, by, why, applied: decided.outcome.applied });
    }
  }
  return entries;
}
